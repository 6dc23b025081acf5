"""Attributes of a type of resource, derived from the structs of its operations."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

import msgspec
from msgspec import UNSET

from modelry.contract.notes import field_notes
from modelry.contract.operation import JsonObject
from modelry.contract.resource_type import ResourceType, Same
from modelry.contract.text import bare
from modelry.families.labels.structs import Label
from modelry.terraform.values import Kind

COMPANION = "_json"
"""What the name of an attribute ends with that gives a JSON object as text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute:
    """One argument or attribute of a resource, beside `id` and `timeouts`."""

    name: str
    field: str
    """Of the structs."""
    wire_name: str
    kind: Kind
    type: Any
    """What a given value has to fit."""
    required: bool
    given: bool
    """Whether a configuration may hold it."""
    computed: bool
    replaced: bool
    """Whether another value needs another resource."""
    description: str
    default: Any = UNSET
    """A value, `Same`, or UNSET."""

    @property
    def is_companion(self) -> bool:
        """Whether it is the other spelling of a MAP."""
        return self.kind is Kind.JSON


@cache
def attributes(kind: ResourceType) -> tuple[Attribute, ...]:
    """The attributes of a type, in the order of their names."""
    given = {f.name: f for f in msgspec.structs.fields(_resource(kind, kind.create.request))}
    everything = {f.name: f for f in msgspec.structs.fields(kind.create.request) if f.name != kind.entry} | given
    answered = {f.name: f for f in msgspec.structs.fields(_resource(kind, kind.read.response))}
    made = [*everything.values(), *(answered[name] for name in kind.answered)]
    notes = field_notes(kind.read.response) | field_notes(kind.create.request)
    return tuple(sorted(_made(kind, made, notes), key=lambda attribute: attribute.name))


def _made(kind: ResourceType, fields: list[Any], notes: dict[str, str]) -> Iterator[Attribute]:
    changeable = _names(kind, kind.update.request) - set(kind.identity) if kind.update else set()
    for field in fields:
        name = kind.renamed.get(field.name, field.name)
        given = field.name not in kind.answered
        required = given and field.required
        default = kind.defaults.get(name, UNSET)
        held = kind_of(field.type)
        attribute = Attribute(
            name=name,
            field=field.name,
            wire_name=field.encode_name,
            kind=held,
            type=field.type,
            required=required,
            given=given,
            computed=not required
            and (not given or default is not UNSET or name in kind.kept or held in {Kind.NUMBER, Kind.MAP}),
            replaced=given and (name in kind.replaced or not (changeable | set(kind.apart) | set(kind.twins)) & {name}),
            description=notes.get(field.name, ""),
            default=default,
        )
        yield attribute
        if held is Kind.MAP:
            yield _companion(attribute)


def _companion(of: Attribute) -> Attribute:
    return Attribute(
        name=f"{of.name}{COMPANION}",
        field=of.field,
        wire_name=of.wire_name,
        kind=Kind.JSON,
        type=str,
        required=False,
        given=True,
        computed=True,
        replaced=of.replaced,
        description=f"`{of.name}` as JSON, where it holds more than text.",
    )


def kind_of(type_: Any) -> Kind:  # noqa: ANN401  any annotation
    """What an attribute of this type holds."""
    if _is_json(type_):
        return Kind.MAP
    plain = bare(type_)
    if get_origin(plain) is list:
        return Kind.LABELS if get_args(plain)[0] is Label else Kind.SET
    return {int: Kind.NUMBER, bool: Kind.TRUTH}.get(plain, Kind.TEXT)


def _is_json(type_: Any) -> bool:  # noqa: ANN401  any annotation
    return bare(type_) is bare(JsonObject)


def _resource(kind: ResourceType, struct: Any) -> Any:  # noqa: ANN401  any struct
    """The struct that describes one resource: the entry's, where a request or an answer holds a list of them."""
    for field in msgspec.structs.fields(struct):
        if kind.entry and field.name == kind.entry:
            return get_args(bare(field.type))[0]
    return struct


def _names(kind: ResourceType, struct: Any) -> set[str]:  # noqa: ANN401  any struct
    return {f.name for f in msgspec.structs.fields(_resource(kind, struct))}


def own_default(attribute: Attribute, values: dict[str, Any]) -> Any:  # noqa: ANN401  any value
    """What an attribute is that the configuration leaves out; `values` has those that others depend on."""
    if isinstance(attribute.default, Same):
        return values[attribute.default.attribute]
    return attribute.default
