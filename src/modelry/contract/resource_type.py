"""What Terraform needs to know of a type of resource: its operations, and what does not follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from modelry.contract.operation import AnyOperation

OperationName = str
"""`Ram:DeleteAccessKey`: an operation that may be another family's, whose operations no family imports."""

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
class Tagged:
    """A map of tags, which is read, written and taken off by operations for resources of several types."""

    listing: OperationName
    write: OperationName
    take: OperationName
    fields: Mapping[str, str]
    """Of their requests, to what says which resource: a part of the id, or a constant of the type."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """An argument that no request carries."""

    name: str
    type: Any = str
    required: bool = False
    given: bool = True
    """Whether a configuration may hold it."""
    replaced: bool = False
    refused: str = ""
    """Why it cannot be given, where the official provider knows more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """What stands in the way of a deletion, and is taken away first where that is asked for (`force`)."""

    take: OperationName
    listing: OperationName = ""
    """What finds it; empty where there is one at most."""
    entries: str = ""
    """The field of the listing's answer that holds them; `a.b` for a list in a structure."""
    fields: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """Field of the taking request to the entry's, beside what says which resource."""


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
    create: AnyOperation | None
    """None: it is the set that it holds, whose entries are those of the read operation's list."""
    read: AnyOperation
    update: AnyOperation | None
    """Its fields may be called `new_...`; it is then addressed by what was before the change."""
    delete: AnyOperation | None
    """None as `create`."""
    entry: str = ""
    """The list in requests and answers that holds this one resource, where they speak of many; `a.b` for a list in a
    structure."""
    parts: tuple[str, ...] = ()
    """Fields of answers whose structures hold the resource together; the first one's fields go before the others'."""
    mark: str = ""
    """What every id begins with, before the first `:`."""
    address: tuple[str, ...] = ()
    """Fields by which requests name it, where the id is not their value."""
    scan: AnyOperation | None = None
    """Lists where it is found by its id, or by its address in place of the id, where nothing else knows its address."""
    constants: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    """Fields of requests whose value is the same for every resource of the type."""
    aliases: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """Field of requests to the field that it is another name of."""
    absent: frozenset[str] = frozenset()
    """Fields of the create request that are no attributes."""
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
    apart: Mapping[str, Labelled | Held | Moved | Tagged] = field(default_factory=lambda: _NONE)
    """Attributes that change through operations of their own."""
    twins: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """Attribute to the one that it is another spelling of."""
    doubles: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """Old name of an attribute to its present one: either may be given, and both are shown."""
    documents: frozenset[str] = frozenset()
    """Attributes that are JSON documents: the same document in other words is no change."""
    hidden: frozenset[str] = frozenset()
    """Attributes that are not to be printed."""
    later: frozenset[str] = frozenset()
    """Attributes that the create request does not have and the update request has."""
    once: tuple[str, ...] = ()
    """Fields that only the answer to the creation has, and that are attributes."""
    file: str = ""
    """The attribute that names a file for the answer to the creation."""
    own: tuple[Own, ...] = ()
    released: tuple[Release, ...] = ()
    identified: OperationName = ""
    """Answers what the id is made of, where neither its creation nor its reading does."""
    repeated: frozenset[str] = frozenset()
    """Codes by which a creation says that it is there already, where that is as good as having made it."""
    importable: bool = True
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
    """The field of the answer that holds them; `a.b` for a list in a structure, which is shown as `a`."""
    choice: Literal["all", "only", "newest", "itself"]
    """`only`: that exactly one is found is demanded; `itself`: the answer is the one that there is."""
    shown: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NONE)
    """Field of entries to the names by which it is shown, where it is not its own."""
    named: str = ""
    """The field of entries whose values are `names`, and which `name_regex` looks at; `ids` may be given then, too."""
    renamed: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """Field of the list's request to argument, where the two have different names."""
    exact: tuple[str, ...] = ()
    """Arguments that name a value as a whole where the list operation looks for a part of it."""
    words: Mapping[str, frozenset[str]] = field(default_factory=lambda: _NONE)
    """Values of an argument that say nothing: `latest`."""
    identity: tuple[str, ...] = ()
    """The fields that the id of one entry is made of, as the resource's."""
    read: AnyOperation | None = None
    """What finds an entry by its identity alone, which may then be given too."""
