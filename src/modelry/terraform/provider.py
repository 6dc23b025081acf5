"""The provider as Terraform's plugin protocol wants it: with its functions, all that knows the package `tf`.

`tf` is extended where it is too simple: plans look at the configuration, lists of blocks and single blocks exist, and
states that another provider wrote are taken over.
"""

import json
import threading
from collections.abc import Iterable
from enum import Enum
from typing import Any

import grpc
from msgpack import ExtType
from tf.function import Function
from tf.gen import tfplugin_pb2 as pb
from tf.iface import Config, DataSource, Provider, Resource
from tf.provider import ProviderServicer
from tf.schema import Attribute, Block, NestedBlock, Schema
from tf.types import Bool, List, Map, Number, Set, String, TfType
from tf.types import Unknown as UnknownOfTf
from tf.utils import Diagnostics, read_dynamic_value, to_dynamic_value

from modelry import families
from modelry.contract.resource_type import DataType, ResourceType
from modelry.terraform import attributes as derived
from modelry.terraform import data as data_sources
from modelry.terraform.block import ARGUMENTS, BLOCKS, Argument, Nested
from modelry.terraform.connection import ConfigurationError, Connection
from modelry.terraform.functions import DECLARED, function_class
from modelry.terraform.life import Life, Outcome
from modelry.terraform.planning import TIMEOUTS, faults, plan
from modelry.terraform.values import UNKNOWN, Kind, State


class Nesting(Enum):
    """How blocks nest; `tf` itself knows no lists."""

    SINGLE = pb.Schema.NestedBlock.NestingMode.SINGLE
    LIST = pb.Schema.NestedBlock.NestingMode.LIST
    SET = pb.Schema.NestedBlock.NestingMode.SET


class PlainBlock(NestedBlock):  # type: ignore[misc]  # `tf` has no annotations that mypy reads
    """Blocks whose values are taken as they are."""

    _mode_map = {mode: mode.value for mode in Nesting}  # noqa: RUF012  as `tf` has it

    def encode(self, value: Any) -> Any:  # noqa: ANN401  any value
        """As it is."""
        return value

    def decode(self, value: Any) -> Any:  # noqa: ANN401  any value
        """As it is."""
        return value

    def semantically_equal(self, a_decoded: Any, b_decoded: Any) -> bool:  # noqa: ANN401  any values
        """Whether they are equal."""
        return bool(a_decoded == b_decoded)


class Whole(Number):  # type: ignore[misc]  # as above
    """A number; one that no machine word holds travels as text."""

    def decode(self, value: Any) -> Any:  # noqa: ANN401  any value
        """A number."""
        if not isinstance(value, str):
            return value
        return int(value) if value.lstrip("-").isdigit() else float(value)


_TYPES: dict[Kind, TfType] = {
    Kind.TEXT: String(),
    Kind.NUMBER: Whole(),
    Kind.TRUTH: Bool(),
    Kind.SET: Set(String()),
    Kind.MAP: Map(String()),
    Kind.JSON: String(),
    Kind.DOCUMENT: String(),
    Kind.TAGS: Map(String()),
}
_ARGUMENT_TYPES: dict[str, TfType] = {"string": String(), "number": Whole(), "bool": Bool()}
_LABEL = Block(attributes=[Attribute(name, String(), optional=True) for name in ("key", "value")])
_TIMEOUTS = Block(attributes=[Attribute(name, String(), optional=True) for name in TIMEOUTS])


def schema(kind: ResourceType) -> Schema:
    """The schema of a type of resource."""
    plain = [a for a in derived.attributes(kind) if a.kind is not Kind.LABELS]
    blocks = [a.name for a in derived.attributes(kind) if a.kind is Kind.LABELS]
    return Schema(
        version=0,  # as the official provider's, so that neither has to convert the other's states
        attributes=[Attribute("id", String(), computed=True), *map(_attribute, plain)],
        block_types=[
            *(PlainBlock(name, Nesting.LIST, _LABEL) for name in blocks),
            PlainBlock("timeouts", Nesting.SINGLE, _TIMEOUTS),
        ],
    )


def _attribute(attribute: derived.Attribute) -> Attribute:
    return Attribute(
        attribute.name,
        _TYPES[attribute.kind],
        description=attribute.description,
        required=attribute.required,
        optional=attribute.given and not attribute.required,
        # An empty text that another provider wrote may stay where nothing is given: only so Terraform lets it.
        computed=attribute.computed or not attribute.required,
        sensitive=attribute.hidden,
        deprecated=attribute.old,
        requires_replace=attribute.replaced,
    )


class DeclaredResource(Resource):  # type: ignore[misc]  # as above
    """A resource of one declared type; `resource_class` makes the class of each."""

    kind: ResourceType

    def __init__(self, provider: "AlicloudProvider") -> None:
        self._provider = provider

    @classmethod
    def get_name(cls) -> str:
        """The type's name."""
        return cls.kind.name

    @classmethod
    def get_schema(cls) -> Schema:
        """The type's schema."""
        return schema(cls.kind)

    def validate(self, diags: Diagnostics, type_name: str, config: Config) -> None:
        """Tell what is wrong with a configuration."""
        for fault in faults(self.kind, decoded(self.kind, config) or {}):
            diags.add_error(f"{type_name}: unusable {fault.attribute}", fault.message, path=[fault.attribute])

    def create(self, ctx: Any, planned: State) -> State | None:  # noqa: ANN401  `tf`'s contexts
        """Create it."""
        return _told(ctx.diagnostics, self._life.made(ours(planned)))

    def read(self, ctx: Any, current: State) -> State | None:  # noqa: ANN401  as above
        """What is there."""
        return _told(ctx.diagnostics, self._life.found(current))

    def update(self, ctx: Any, current: State, planned: State) -> State | None:  # noqa: ANN401  as above
        """Change it."""
        return _told(ctx.diagnostics, self._life.changed(current, ours(planned)))

    def delete(self, ctx: Any, current: State) -> State | None:  # noqa: ANN401  as above
        """Delete it; the state that is left."""
        return _told(ctx.diagnostics, self._life.removed(current))

    def import_(self, ctx: Any, id: str) -> State | None:  # noqa: A002, ANN401  `tf` calls it so
        """The state with which reading starts."""
        return _told(ctx.diagnostics, self._life.imported(id))

    @property
    def _life(self) -> Life:
        return Life(self.kind, self._provider.connection.client, self._provider.stopping)


def resource_class(kind: ResourceType) -> type[DeclaredResource]:
    """The class that `tf` wants for a type."""
    return type(kind.name, (DeclaredResource,), {"kind": kind})


class Objects(TfType):  # type: ignore[misc]  # as above
    """A list of objects, taken as it is."""

    def __init__(self, parts: dict[str, TfType]) -> None:
        self._parts = parts

    def encode(self, value: Any) -> Any:  # noqa: ANN401  any value
        """As it is."""
        return value

    def decode(self, value: Any) -> Any:  # noqa: ANN401  any value
        """As it is."""
        return value

    def tf_type(self) -> bytes:
        """`tf` knows no objects."""
        parts = {name: json.loads(part.tf_type()) for name, part in self._parts.items()}
        return json.dumps(["list", ["object", parts]]).encode()


_RESULT_TYPES = _TYPES | {Kind.SET: List(String()), Kind.LABELS: Objects({"key": String(), "value": String()})}


def data_schema(data: DataType) -> Schema:
    """The schema of a type of data source."""
    given = {a.name: a for a in data_sources.arguments(data)}
    found = {r.name: _RESULT_TYPES[r.kind] for r in data_sources.results(data)}
    computed = {"id": String()}
    named = [Attribute("name_regex", String(), optional=True)] if data.named else []
    if data.choice == "all":
        computed |= {data.entries.partition(".")[0]: Objects(found)} | ({"names": List(String())} if data.named else {})
        named.append(Attribute("ids", List(String()), optional=bool(data.named), computed=True))
    else:
        computed |= {name: type_ for name, type_ in found.items() if name not in given}
    asked = [
        Attribute(
            a.name,
            _RESULT_TYPES[a.kind],
            description=a.description,
            required=a.required,
            optional=not a.required,
            computed=data.choice != "all" and a.name in found and not a.required,
        )
        for a in given.values()
        if not a.parts
    ]
    return Schema(
        version=0,
        attributes=[*asked, *named, *(Attribute(name, type_, computed=True) for name, type_ in computed.items())],
        block_types=[
            PlainBlock(a.name, Nesting.LIST, Block([Attribute(p.lower(), String(), optional=True) for p in a.parts]))
            for a in given.values()
            if a.parts
        ],
    )


class DeclaredData(DataSource):  # type: ignore[misc]  # as above
    """A data source of one declared type."""

    data: DataType

    def __init__(self, provider: "AlicloudProvider") -> None:
        self._provider = provider

    @classmethod
    def get_name(cls) -> str:
        """The type's name."""
        return cls.data.name

    @classmethod
    def get_schema(cls) -> Schema:
        """The type's schema."""
        return data_schema(cls.data)

    def read(self, ctx: Any, config: Config) -> State | None:  # noqa: ANN401  `tf`'s contexts
        """What is found."""
        found = data_sources.found(self.data, config, self._provider.connection.client())
        if isinstance(found, dict):
            return found
        ctx.diagnostics.add_error(found.summary, found.detail)
        return None


class AlicloudProvider(Provider):  # type: ignore[misc]  # as above
    """The provider `alicloud`, for the types that are declared."""

    connection: Connection
    """Once it is configured."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.kinds = {kind.name: kind for kind in families.resource_types()}

    def get_model_prefix(self) -> str:
        """Nothing: the declared names are whole."""
        return ""

    def full_name(self) -> str:
        """The address of the official provider."""
        return "registry.terraform.io/aliyun/alicloud"

    def get_provider_schema(self, diags: Diagnostics) -> Schema:  # noqa: ARG002  `tf` calls it so
        """The official provider's block."""
        return Schema(version=0, attributes=_arguments(ARGUMENTS), block_types=[_nested(block) for block in BLOCKS])

    def validate_config(self, diags: Diagnostics, config: Config) -> None:
        """Whether the protocol is one."""
        if ours(config)["protocol"] not in {None, UNKNOWN, "HTTP", "HTTPS"}:
            diags.add_error("Unusable protocol", "`protocol` is HTTP or HTTPS.", path=["protocol"])

    def configure_provider(self, diags: Diagnostics, config: Config) -> None:
        """Find the key and the address; nothing is sent."""
        try:
            self.connection = Connection(_replaced(ours(config), None))
        except ConfigurationError as error:
            diags.add_error(
                "The provider cannot be used", str(error), path=[error.argument] if error.argument else None
            )

    def get_data_sources(self) -> list[type[DataSource]]:
        """The declared types."""
        return [type(data.name, (DeclaredData,), {"data": data}) for data in families.data_types()]

    def get_resources(self) -> list[type[Resource]]:
        """The declared types."""
        return [resource_class(kind) for kind in self.kinds.values()]

    def get_functions(self) -> list[type[Function]]:
        """The declared functions."""
        return [function_class(declared) for declared in DECLARED]


class Servicer(ProviderServicer):  # type: ignore[misc]  # as above
    """What answers Terraform."""

    app: AlicloudProvider

    def PlanResourceChange(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802  the protocol's
        """What will be; by the configuration, which `tf` does not look at."""
        kind = self.app.kinds[request.type_name]
        config, prior = (decoded(kind, read_dynamic_value(value)) for value in (request.config, request.prior_state))
        if config is None:
            return pb.PlanResourceChange.Response(planned_state=to_dynamic_value(None))
        planned = plan(kind, config, prior)
        return pb.PlanResourceChange.Response(
            planned_state=to_dynamic_value(theirs(planned.state)),
            requires_replace=[
                pb.AttributePath(steps=[pb.AttributePath.Step(attribute_name=name)]) for name in planned.replaced
            ],
        )

    def UpgradeResourceState(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802  as above
        """The state in our attributes, whoever wrote it."""
        kind = self.app.kinds[request.type_name]
        written = json.loads(request.raw_state.json)
        empty: State = {"id": None, "timeouts": None}
        empty |= {a.name: [] if a.kind is Kind.LABELS else None for a in derived.attributes(kind)}
        state = {name: written.get(name, value) for name, value in empty.items()}
        return pb.UpgradeResourceState.Response(upgraded_state=to_dynamic_value(state))

    def StopProvider(self, request: Any, context: Any) -> Any:  # noqa: ANN401, ARG002, N802  as above
        """Have waiting end; what is under way comes to its end, so that its state is not lost."""
        self.app.stopping.set()
        return pb.StopProvider.Response()


def decoded(kind: ResourceType, values: Any) -> State | None:  # noqa: ANN401  what the protocol carries
    """Values in our types."""
    if values is None:
        return None
    state: State = ours(values)
    for name, attribute in derived.by_name(kind).items():
        if attribute.kind is Kind.NUMBER and isinstance(state.get(name), str):
            state[name] = _TYPES[Kind.NUMBER].decode(state[name])
    return state


def ours(value: Any) -> Any:  # noqa: ANN401  any value
    """A value with our UNKNOWN in it; Terraform may say of what is unknown how it begins, which `tf` leaves packed."""
    kind = value.__class__
    if kind is dict:
        return {name: each if each is None or each.__class__ is str else ours(each) for name, each in value.items()}
    if kind is list:
        return [ours(each) for each in value]
    return UNKNOWN if value is UnknownOfTf or kind is ExtType else value


def theirs(value: Any) -> Any:  # noqa: ANN401  any value
    """A value with `tf`'s Unknown in it."""
    return _replaced(value, UnknownOfTf)


def _replaced(value: Any, other: object) -> Any:  # noqa: ANN401  any value
    """A value with something else in place of UNKNOWN."""
    kind = value.__class__
    if kind is dict:
        return {
            name: each if each is None or each.__class__ is str else _replaced(each, other)
            for name, each in value.items()
        }
    if kind is list:
        return [_replaced(each, other) for each in value]
    return other if value is UNKNOWN else value


def _told(diagnostics: Diagnostics, outcome: Outcome) -> State | None:
    for problem in outcome.problems:
        add = diagnostics.add_error if problem.severity == "error" else diagnostics.add_warning
        add(problem.summary, problem.detail, path=[problem.attribute] if problem.attribute else None)
    return outcome.state


def _arguments(arguments: Iterable[Argument]) -> list[Attribute]:
    return [Attribute(a.name, _ARGUMENT_TYPES[a.type], optional=True, sensitive=a.secret) for a in arguments]


def _nested(block: Nested) -> PlainBlock:
    inside = Block(attributes=_arguments(block.arguments), block_types=[_nested(each) for each in block.blocks])
    return PlainBlock(block.name, Nesting.LIST if block.ordered else Nesting.SET, inside, max_items=1)


def add_to(server: grpc.Server, provider: AlicloudProvider) -> None:
    """Have a server answer Terraform."""
    from tf.gen import tfplugin_pb2_grpc  # noqa: PLC0415  a test of the protocol needs no server

    tfplugin_pb2_grpc.add_ProviderServicer_to_server(Servicer(provider), server)
