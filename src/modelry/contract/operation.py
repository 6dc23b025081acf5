"""The declaration of one API operation: frozen data that everything else is derived from.

Nothing in this package imports storage, handlers or a web framework, so the command line, the Terraform provider and
the documentation read the declarations without starting a server.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, dataclass_transform

import msgspec

from modelry.errors import ErrorCode

Method = Literal["GET", "POST", "PUT", "DELETE"]
Level = Literal["create", "get", "list", "update", "delete"]
"""RAM's access levels. `get` and `list` read a snapshot; the others run in the writer's transaction."""


class _ShapeMeta(msgspec.StructMeta):
    """Makes `kw_only` hold in subclasses too."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        return super().__new__(mcs, name, bases, namespace, **{"kw_only": True, **options})


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Shape(msgspec.Struct, metaclass=_ShapeMeta, frozen=True, kw_only=True, rename="pascal"):
    """Base of every request, answer and resource: `version_name` here is `VersionName` on the wire.

    A field that may be absent has the default `UNSET`; absent, empty and zero are three things. `null` on the wire
    reads as absent.
    """


INT64_MAX = 2**63 - 1

JsonObject = Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "object"})]
"""A JSON object, kept as the bytes that were sent: every number comes back as it was written."""

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=INT64_MAX)]

Req = TypeVar("Req", bound=Shape)
Res = TypeVar("Res", bound=Shape)


@dataclass(frozen=True, slots=True)
class Roa:
    """How a REST-like operation is addressed: method and path.

    Paths cannot be guessed from names (`/member`, a trailing slash, one without `/api/v1`), so they are written out.
    """

    method: Method
    path: str
    """`{Name}` segments are fields of the request."""

    product: ClassVar[str] = "AIWorkSpace"
    version: ClassVar[str] = "2021-02-04"

    in_query: frozenset[str] = frozenset()
    """Wire names that travel in the query although the method has a body."""

    @property
    def path_fields(self) -> tuple[str, ...]:
        """Wire names of the `{...}` segments, in order."""
        return tuple(s[1:-1] for s in self.path.split("/") if s.startswith("{"))

    def place(self, wire_name: str) -> Literal["path", "query", "body"]:
        """Where a field travels: the path if named there, else the body unless GET or DELETE.

        Source: holds for all 127 official operations but for one field, which `in_query` names.
        """
        if wire_name in self.path_fields:
            return "path"
        if wire_name in self.in_query or self.method in {"GET", "DELETE"}:
            return "query"
        return "body"


@dataclass(frozen=True, slots=True)
class Rpc:
    """How an operation of RAM, STS or Resource Manager is addressed: path `/`, with its name as the action.

    Its fields travel as parameters, in the query or in a form, and count as the query here: lists and structures as
    JSON text in one parameter, or flattened (`Tag.1.Key`).

    Source: recorded requests of the official SDKs, of Terraform and of the `aliyun` command line.
    """

    product: str
    """`Ram`, `Sts` or `ResourceManager`."""

    version: str
    """Of the API, `2015-05-01`; the version, not the product, is what a request names."""

    method: ClassVar[Method] = "POST"
    path: ClassVar[str] = "/"
    path_fields: ClassVar[tuple[str, ...]] = ()

    def place(self, wire_name: str) -> Literal["query"]:  # noqa: ARG002  as Roa answers it for each field
        """Where a field travels."""
        return "query"


Style = Roa | Rpc


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """What a caller must be allowed to do, in the columns of the official RAM table."""

    action: str
    """RAM action, e.g. `paimodel:CreateModelVersion`."""

    level: Level
    """RAM access level; also decides whether the operation reads a snapshot or writes."""

    resources: tuple[str, ...] = ()
    """What the request itself says that it is about, as the end of an ARN: `user/{UserName}`, `group/*`.

    Every one of them must be allowed. Empty where what the operation is about has to be looked up first: its handler
    then decides (`Caller.require`, `Caller.reach`). A field that is absent stands for the caller's own name.
    """

    looked_up: tuple[str, ...] = ()
    """What the handler finds and decides about, in the same form, where the path does not say it."""

    open_to_all: bool = False
    """Whether it needs no permission: whoever can sign may."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Operation(Generic[Req, Res]):
    """One row of the API. The request struct holds path, query and body fields alike.

    Two operations are equal only if they are the same row.
    """

    name: str
    style: Style
    request: type[Req]
    response: type[Res]
    access: Access
    summary: str
    errors: Sequence[ErrorCode] = ()
    """What this operation refuses besides the errors that every operation shares."""

    request_id_keys: tuple[str, ...] = field(default=("RequestId",))
    """The answer's spelling of the request id; eleven official operations read `requestId`."""

    @property
    def full_name(self) -> str:
        """The name together with its product, `Ram:CreateUser`: some names occur in several products."""
        return f"{self.style.product}:{self.name}"

    @property
    def about(self) -> tuple[str, ...]:
        """What an order for it is about, as the ends of ARNs: `model/{ModelId}`; `*` for everything."""
        fields = self.style.path_fields
        in_path = "".join(f"{start}{{{name}}}" for name, start in _IN_PATHS if name in fields)
        return self.access.resources or self.access.looked_up or (in_path or "*",)

    @property
    def label(self) -> str:
        """What logs and metrics call it: the name, with its product where it is not AIWorkSpace's."""
        return self.name if isinstance(self.style, Roa) else self.full_name

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.access.level not in {"get", "list"}


_IN_PATHS = (("ModelId", "model/"), ("VersionName", "/modelVersion/"), ("WorkspaceId", "workspace/"))
"""How fields of a path begin what they name in an ARN."""

AnyOperation = Operation[Any, Any]
