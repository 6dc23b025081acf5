"""What Terraform needs to know of a type of resource: its operations, and what does not follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from modelry.contract.operation import AnyOperation

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """Labels, written and taken off by operations of their own."""

    write: AnyOperation
    take: AnyOperation


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A set whose entries are given and taken one by one."""

    give: AnyOperation
    take: AnyOperation
    entry: str
    """The field of both requests that names the entry."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """A value with an operation of its own."""

    operation: AnyOperation
    fields: Mapping[str, str]
    """Field of its request to the attribute, or the part of the id, that it carries."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Same:
    """The default of an attribute that is another attribute's value."""

    attribute: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Lookup:
    """How a resource is found whose creation was not answered: by attributes that are unique together."""

    operation: AnyOperation
    attributes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ResourceType:
    """A type of resource.

    What its attributes are called, their types, which are required and which force a new resource is derived: an
    attribute that the create operation takes and the update operation does not forces a new one.
    """

    name: str
    """As the official provider calls it."""
    identity: tuple[str, ...]
    """Fields of the read request; the id is their values, joined by `:`."""
    create: AnyOperation
    read: AnyOperation
    update: AnyOperation | None
    delete: AnyOperation
    entry: str = ""
    """The list in requests and answers that holds this one resource, where they speak of many."""
    answered: tuple[str, ...] = ()
    """Fields that only answers have, and that are attributes."""
    renamed: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """Field to attribute, where the two have different names."""
    defaults: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    """By attribute, a value or `Same`; also what it gets again when it is taken out of the configuration."""
    kept: frozenset[str] = frozenset()
    """Optional attributes that stay as they are when they are taken out of the configuration."""
    replaced: frozenset[str] = frozenset()
    """Attributes that force a new resource although the update operation has them."""
    volatile: frozenset[str] = frozenset()
    """Answered attributes that an update may change."""
    apart: Mapping[str, Labelled | Held | Moved] = field(default_factory=lambda: _NONE)
    """Attributes that change through operations of their own."""
    twins: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """Attribute to the one that it is another spelling of."""
    lookup: Lookup | None = None
    gone: frozenset[str] = frozenset()
    """Codes by which the real service says that it is not there, besides those that the operations declare."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DataType:
    """A type of data source: what a list operation finds, or one of it.

    Its arguments are the fields of the list's request without those of its pages, and its results the fields of the
    list's entries, as far as they are no structures of their own.
    """

    name: str
    listing: AnyOperation
    entries: str
    """The field of the answer that holds them."""
    choice: Literal["all", "only", "newest"]
    """`only`: that exactly one is found is demanded."""
    exact: tuple[str, ...] = ()
    """Arguments that name a value as a whole where the list operation looks for a part of it."""
    words: Mapping[str, frozenset[str]] = field(default_factory=lambda: _NONE)
    """Values of an argument that say nothing: `latest`."""
    identity: tuple[str, ...] = ()
    """The fields that the id of one entry is made of, as the resource's."""
    read: AnyOperation | None = None
    """What finds an entry by its identity alone, which may then be given too."""
