"""Requests that carry a resource's values, and what answers say of it."""

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any, get_args

import msgspec
from msgspec import UNSET

from modelry.contract.operation import AnyOperation
from modelry.contract.resource_type import ResourceType
from modelry.contract.text import bare
from modelry.terraform.attributes import NEW, attributes, fields
from modelry.terraform.values import Kind, State, is_known, same, sent, shown

Fields = dict[str, Any]
"""Values by the fields of the structs."""


def id_parts(kind: ResourceType, identity: str) -> dict[str, str] | None:
    """The fields that an id is made of; None when it is none."""
    if kind.mark:
        mark, _, identity = identity.partition(":")
        if mark != kind.mark:
            return None
    parts = identity.split(":", len(kind.identity) - 1)
    return dict(zip(kind.identity, parts, strict=True)) if len(parts) == len(kind.identity) and all(parts) else None


def id_of(kind: ResourceType, fields: Mapping[str, Any]) -> str | None:
    """The id; None as long as a part of it is not known."""
    parts = [fields.get(name) for name in kind.identity]
    return ":".join([*([kind.mark] if kind.mark else ()), *map(str, parts)]) if all(parts) else None


def id_form(kind: ResourceType) -> str:
    """What ids look like, for people."""
    return ":".join([*([kind.mark] if kind.mark else ()), *(f"<{name}>" for name in kind.identity)])


def fields_of(kind: ResourceType, state: State, names: set[str] | None = None) -> Fields:
    """What requests may carry of a state: the parts of its id, its values, and what is the same for all of its type.

    Args:
        kind: the type of resource.
        state: its values; those that are unknown are left out.
        names: the attributes whose absence is carried too, as an empty value, so that it clears.
    """
    identity = state.get("id")
    carried = {**kind.constants, **((id_parts(kind, identity) or {}) if isinstance(identity, str) else {})}
    for attribute in attributes(kind):
        value = state.get(attribute.name)
        if attribute.kind is Kind.MAP or attribute.old or not is_known(value) or attribute.name in kind.twins:
            continue
        if attribute.kind is Kind.LABELS:
            value = labels_of(kind, attribute.name, state)
        absent = value is None or value == []
        if not absent or (names is not None and attribute.name in names):
            carried[attribute.field] = sent(attribute.kind, value)
    return carried | {alias: carried[name] for alias, name in kind.aliases.items() if name in carried}


def changing(kind: ResourceType, prior: State, planned: State, changed: set[str]) -> Fields:
    """What a request to change carries whose new values have names of their own: `new_...`."""
    before = fields_of(kind, prior)
    after = fields_of(kind, {n: v for n, v in planned.items() if n in changed}, changed)
    return {name: before[name] for name in kind.address or kind.identity} | {f"{NEW}{n}": v for n, v in after.items()}


def labels_of(kind: ResourceType, attribute: str, state: State) -> list[dict[str, str | None]]:
    """The labels of a state, in whichever spelling they are."""
    spellings = (attribute, *(twin for twin, of in kind.twins.items() if of == attribute))
    return next((state[name] for name in spellings if state.get(name)), [])


def request(kind: ResourceType, operation: AnyOperation, carried: Fields) -> Any:  # noqa: ANN401  any request
    """The request that carries what it can of these fields.

    A list that is the plural of one of them carries it alone; the list that holds whole resources holds this one.
    """
    struct = operation.request
    lists: Fields = {}
    for field in fields(struct):
        if kind.entry and field.name == kind.entry:
            (entry,) = get_args(bare(field.type))
            lists[field.name] = [_filled(entry, carried)]
        elif field.name.endswith("s") and field.name.removesuffix("s") in carried:
            lists[field.name] = [carried[field.name.removesuffix("s")]]
    return _filled(struct, carried | lists)


def _filled(struct: Any, carried: Fields) -> Any:  # noqa: ANN401  any struct
    return struct(**{f.name: _typed(carried[f.name], f.type) for f in fields(struct) if f.name in carried})


def _typed(value: Any, type_: Any) -> Any:  # noqa: ANN401  any value
    return value if isinstance(value, msgspec.Raw) else msgspec.convert(value, type_, from_attributes=True)


def answered(kind: ResourceType, answer: Any, carried: Fields) -> Any | None:  # noqa: ANN401  any answer
    """What an answer says of one resource: the answer itself, parts of it, or the one entry that fits `carried`."""
    parts = [getattr(answer, name) for name in reversed(kind.parts) if hasattr(answer, name)]
    if parts:
        return SimpleNamespace(**{f.name: getattr(part, f.name) for part in parts for f in fields(type(part))})
    entries = within(answer, kind.entry)
    return answer if entries is None else chosen(kind, entries, carried)


def within(answer: Any, path: str) -> list[Any] | None:  # noqa: ANN401  any answer
    """The list of an answer; None when it has none there."""
    for name in path.split(".") if path else ():
        answer = getattr(answer, name, None)
    return answer if path and isinstance(answer, list) else None


def chosen(kind: ResourceType, entries: Iterable[Any], carried: Fields) -> Any | None:  # noqa: ANN401  any entry
    """The entry that is this resource."""
    lasting = {*kind.identity, *(a.field for a in attributes(kind) if a.replaced)} & set(carried)
    return next((entry for entry in entries if fits(entry, carried, lasting)), None)


def fits(entry: Any, carried: Fields, names: Iterable[str]) -> bool:  # noqa: ANN401  any entry
    """Whether those of the named fields that an entry has are what they are in `carried`."""
    return all(getattr(entry, name) == carried[name] for name in names if hasattr(entry, name))


def seen(kind: ResourceType, state: State, answer: Any) -> State:  # noqa: ANN401  any answer
    """The state with what an answer shows; what means the same stays as it is written."""
    found = dict(state)
    for attribute in attributes(kind):
        if attribute.name in kind.twins or attribute.own or not hasattr(answer, attribute.field):
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


def filled(kind: ResourceType, state: State, answer: Any) -> State:  # noqa: ANN401  any answer
    """The state with what an answer shows in place of what is unknown; the rest stays unknown."""
    told = {a.name for a in attributes(kind) if not a.own and getattr(answer, a.field, UNSET) is not UNSET}
    found = seen(kind, dict.fromkeys(state), answer)
    return {name: found[name] if name in told and not is_known(value) else value for name, value in state.items()}
