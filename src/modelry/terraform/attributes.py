"""Attributes of a type of resource, derived from the structs of its operations."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, get_args, get_origin

import msgspec
from msgspec import UNSET

from modelry.contract.notes import field_notes
from modelry.contract.operation import JsonObject
from modelry.contract.resource_type import Own, ResourceType, Same, Tagged
from modelry.contract.text import bare
from modelry.families.labels.structs import Label
from modelry.terraform.values import Kind

NEW = "new_"
"""What the fields of a request to change begin with, where those beside them say what is changed."""

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
    hidden: bool = False
    """Whether it is not to be printed."""
    old: bool = False
    """Whether it is the old name of another one."""
    own: bool = False
    """Whether no request carries it as it is."""
    refused: str = ""
    """Why it cannot be given."""

    @property
    def is_companion(self) -> bool:
        """Whether it is the other spelling of a MAP."""
        return self.kind is Kind.JSON


@cache
def attributes(kind: ResourceType) -> tuple[Attribute, ...]:
    """The attributes of a type, in the order of their names."""
    new = (kind.create or kind.read).request
    given = {f.name: f for f in fields(_resource(kind, new))}
    everything = {f.name: f for f in fields(new) if f.name != kind.entry} | given
    answered = {f.name: f for f in _answered(kind)}
    made = [f for f in everything.values() if f.name not in kind.absent]
    made += [answered[name] for name in (*kind.answered, *sorted(kind.later), *kind.once)]
    notes = field_notes(kind.read.response) | field_notes(new)
    attributes = [*_made(kind, made, notes), *(_own(kind, own) for own in kind.own)]
    return tuple(sorted(attributes, key=lambda attribute: attribute.name))


@cache
def by_name(kind: ResourceType) -> dict[str, Attribute]:
    """The attributes of a type by their names."""
    return {attribute.name: attribute for attribute in attributes(kind)}


_FIELDS: dict[Any, tuple[Any, ...]] = {}


def fields(struct: Any) -> tuple[Any, ...]:  # noqa: ANN401  any struct
    """The fields of a struct; finding them out takes a while, and is done once."""
    found = _FIELDS.get(struct)
    if found is None:
        found = _FIELDS[struct] = msgspec.structs.fields(struct)
    return found


def _answered(kind: ResourceType) -> Iterator[Any]:
    """The fields of what the read operation answers of one resource, and those that the creation alone answers."""
    answers = (
        [kind.read.response] if not kind.once or kind.create is None else [kind.create.response, kind.read.response]
    )
    for answer in answers:
        held = {f.name: bare(f.type) for f in fields(answer)}
        parts = [held[name] for name in reversed(kind.parts) if name in held]
        for struct in parts or [_resource(kind, answer)]:
            yield from fields(struct)


def _made(kind: ResourceType, found: list[Any], notes: dict[str, str]) -> Iterator[Attribute]:
    changeable = _changeable(kind)
    old_names = {present: old for old, present in kind.doubles.items()}
    for field in found:
        name = kind.renamed.get(field.name, field.name)
        given = field.name not in {*kind.answered, *kind.once}
        required = given and field.required and name not in kind.later
        default = kind.defaults.get(name, UNSET)
        held = _kind(kind, name, field.type)
        optional = not required and (not given or default is not UNSET or name in kind.kept or held in _EITHER_WAY)
        attribute = Attribute(
            name=name,
            field=field.name,
            wire_name=field.encode_name,
            kind=held,
            type=field.type,
            required=required and name not in old_names,
            given=given,
            computed=optional or name in old_names,
            replaced=given
            and (name in kind.replaced or not (field.name in changeable or name in {*kind.apart, *kind.twins})),
            description=notes.get(field.name, ""),
            default=default,
            hidden=name in kind.hidden,
        )
        yield attribute
        if held is Kind.MAP:
            yield _companion(attribute)
        if name in old_names:
            yield replace(attribute, name=old_names[name], old=True, description=f"The old name of `{name}`.")


_EITHER_WAY = frozenset({Kind.NUMBER, Kind.MAP})


def _changeable(kind: ResourceType) -> set[str]:
    """The fields that the update operation changes, without those by which it is addressed."""
    if kind.update is None:
        return set()
    names = {f.name for f in fields(_resource(kind, kind.update.request))} - {*kind.identity, *kind.address}
    return {name.removeprefix(NEW) for name in names}


def _own(kind: ResourceType, own: Own) -> Attribute:
    return Attribute(
        name=own.name,
        field=own.name,
        wire_name=own.name,
        kind=kind_of(own.type),
        type=own.type,
        required=own.required,
        given=own.given,
        computed=not own.given,
        replaced=own.replaced,
        description="",
        hidden=own.name in kind.hidden,
        own=own.name not in kind.apart,
        refused=own.refused,
    )


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


def _kind(kind: ResourceType, name: str, type_: Any) -> Kind:  # noqa: ANN401  any annotation
    if name in kind.documents:
        return Kind.DOCUMENT
    return Kind.TAGS if isinstance(kind.apart.get(name), Tagged) else kind_of(type_)


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
    found = struct
    for name in kind.entry.split(".") if kind.entry else ():
        field = next((f for f in fields(found) if f.name == name), None)
        if field is None:
            return struct
        found = bare(field.type)
    return found if found is struct else get_args(found)[0]


def own_default(attribute: Attribute, values: dict[str, Any]) -> Any:  # noqa: ANN401  any value
    """What an attribute is that the configuration leaves out; `values` has those that others depend on."""
    if isinstance(attribute.default, Same):
        return values[attribute.default.attribute]
    return attribute.default
