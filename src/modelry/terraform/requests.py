"""Requests that carry a resource's values, and what answers say of it."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

import msgspec

from modelry.contract.operation import AnyOperation
from modelry.contract.resource_type import ResourceType
from modelry.contract.text import bare
from modelry.terraform.attributes import attributes
from modelry.terraform.values import Kind, State, is_known, same, sent, shown

Fields = dict[str, Any]
"""Values by the fields of the structs."""


def id_parts(kind: ResourceType, identity: str) -> dict[str, str] | None:
    """The fields that an id is made of; None when it is none."""
    parts = identity.split(":", len(kind.identity) - 1)
    return dict(zip(kind.identity, parts, strict=True)) if len(parts) == len(kind.identity) and all(parts) else None


def id_of(kind: ResourceType, fields: Mapping[str, Any]) -> str | None:
    """The id; None as long as a part of it is not known."""
    parts = [fields.get(name) for name in kind.identity]
    return ":".join(map(str, parts)) if all(parts) else None


def fields_of(kind: ResourceType, state: State, names: set[str] | None = None) -> Fields:
    """What requests may carry of a state: the parts of its id, and its values.

    Args:
        kind: the type of resource.
        state: its values; those that are unknown are left out.
        names: the attributes whose absence is carried too, as an empty value, so that it clears.
    """
    fields = dict(id_parts(kind, state["id"]) or {}) if isinstance(state.get("id"), str) else {}
    for attribute in attributes(kind):
        value = state.get(attribute.name)
        if attribute.kind is Kind.MAP or not is_known(value) or attribute.name in kind.twins:
            continue
        if attribute.kind is Kind.LABELS:
            value = labels_of(kind, attribute.name, state)
        absent = value is None or value == []
        if not absent or (names is not None and attribute.name in names):
            fields[attribute.field] = sent(attribute.kind, value)
    return fields


def labels_of(kind: ResourceType, attribute: str, state: State) -> list[dict[str, str | None]]:
    """The labels of a state, in whichever spelling they are."""
    spellings = (attribute, *(twin for twin, of in kind.twins.items() if of == attribute))
    return next((state[name] for name in spellings if state.get(name)), [])


def request(kind: ResourceType, operation: AnyOperation, fields: Fields) -> Any:  # noqa: ANN401  any request
    """The request that carries what it can of `fields`.

    A list that is the plural of one of them carries it alone; the list that holds whole resources holds this one.
    """
    struct = operation.request
    carried: Fields = {}
    for field in msgspec.structs.fields(struct):
        if kind.entry and field.name == kind.entry:
            (entry,) = get_args(bare(field.type))
            carried[field.name] = [_filled(entry, fields)]
        elif field.name.endswith("s") and field.name.removesuffix("s") in fields:
            carried[field.name] = [fields[field.name.removesuffix("s")]]
    return _filled(struct, fields | carried)


def _filled(struct: Any, fields: Fields) -> Any:  # noqa: ANN401  any struct
    known = {f.name: f for f in msgspec.structs.fields(struct)}
    return struct(**{name: _typed(value, known[name].type) for name, value in fields.items() if name in known})


def _typed(value: Any, type_: Any) -> Any:  # noqa: ANN401  any value
    return value if isinstance(value, msgspec.Raw) else msgspec.convert(value, type_, from_attributes=True)


def answered(kind: ResourceType, answer: Any, fields: Fields) -> Any | None:  # noqa: ANN401  any answer
    """What an answer says of one resource: the answer itself, or the one of its entries that fits `fields`."""
    entries = getattr(answer, kind.entry, None) if kind.entry else None
    if entries is None:
        return answer
    lasting = {*kind.identity, *(a.field for a in attributes(kind) if a.replaced)} & set(fields)
    return next((entry for entry in entries if fits(entry, fields, lasting)), None)


def fits(entry: Any, fields: Fields, names: Iterable[str]) -> bool:  # noqa: ANN401  any entry
    """Whether those of the named fields that an entry has are what they are in `fields`."""
    return all(getattr(entry, name) == fields[name] for name in names if hasattr(entry, name))


def seen(kind: ResourceType, state: State, answer: Any) -> State:  # noqa: ANN401  any answer
    """The state with what an answer shows; what means the same stays as it is written."""
    found = dict(state)
    for attribute in attributes(kind):
        if attribute.name in kind.twins or not hasattr(answer, attribute.field):
            continue
        value = shown(attribute.kind, getattr(answer, attribute.field))
        name = _spelling(kind, attribute.name, state)
        if not same(attribute.kind, state.get(name), value):
            found[name] = value
    return found


def _spelling(kind: ResourceType, attribute: str, state: State) -> str:
    """Under which name a value is shown: a twin's, where that one is used."""
    return next((twin for twin, of in kind.twins.items() if of == attribute and state.get(twin)), attribute)


def completed(kind: ResourceType, state: State, answer: Any | None) -> State:  # noqa: ANN401  any answer
    """The state with what an answer shows in place of what is unknown; None where it shows nothing."""
    found = seen(kind, dict.fromkeys(state), answer) if answer is not None else {}
    return {name: value if is_known(value) else found.get(name) for name, value in state.items()}
