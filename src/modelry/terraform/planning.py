"""What a configuration makes of a resource: what stays, what changes, and what needs another resource.

The configuration itself is looked at, not only what Terraform proposes: a proposal keeps the old value of whatever is
left out, and leaving out is how a value is cleared.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from modelry.contract.resource_type import ResourceType, Same
from modelry.terraform.attributes import COMPANION, Attribute, attributes, own_default
from modelry.terraform.durations import duration_s
from modelry.terraform.values import UNKNOWN, Kind, State, as_json, flat, is_known, is_object, same, sent

TIMEOUTS = ("create", "update", "delete")


class Plan(NamedTuple):
    """What will be, and the attributes whose change needs another resource."""

    state: State
    replaced: list[str]


class Fault(NamedTuple):
    """What is wrong with an argument."""

    attribute: str
    message: str


def plan(kind: ResourceType, config: State, prior: State | None) -> Plan:
    """What will be; values that follow from the answer alone are UNKNOWN.

    Args:
        kind: the type of resource.
        config: as it is written, None for what is left out.
        prior: what is, None for a resource that does not exist.
    """
    config = with_present_names(kind, config)
    state: State = {"id": UNKNOWN if prior is None else prior["id"], "timeouts": config.get("timeouts")}
    for attribute in _in_order(kind):
        if attribute.kind is Kind.MAP:
            state |= _object(attribute, config, prior)
        elif not attribute.is_companion and not attribute.old:
            state[attribute.name] = _value(attribute, config, prior, state)
    state |= {old: state[present] for old, present in kind.doubles.items()}
    if prior is None:
        return Plan(state, [])
    changed = [a.name for a in attributes(kind) if not same(a.kind, state[a.name], prior[a.name])]
    if changed:
        state |= dict.fromkeys(kind.volatile, UNKNOWN)
    return Plan(state, [a.name for a in attributes(kind) if a.replaced and a.name in changed])


def with_present_names(kind: ResourceType, config: State) -> State:
    """A configuration in which what is given by an old name is given by the present one."""
    given = {present: config[old] for old, present in kind.doubles.items() if config.get(present) is None}
    return {**config, **given} if given else config


def faults(kind: ResourceType, config: State) -> Iterator[Fault]:
    """What is wrong with a configuration; what is unknown is not looked at."""
    for attribute in attributes(kind):
        value = config.get(attribute.name)
        if value is not None and is_known(value) and attribute.given:
            yield from (Fault(attribute.name, message) for message in _wrong(attribute, value))
    for one, other in _exclusive(kind):
        if config.get(one) and config.get(other):
            yield Fault(one, f"`{one}` and `{other}` are two spellings of one value: give one of them")
    for old, present in kind.doubles.items():
        if config.get(old) is None and config.get(present) is None:
            yield Fault(present, f"it is needed; `{old}` is its old name")
    for name, text in (config.get("timeouts") or {}).items():
        if isinstance(text, str) and duration_s(text) is None:
            yield Fault("timeouts", f"`{name}` is no duration, such as 30s, 5m or 1h30m: {text!r}")


@cache
def _in_order(kind: ResourceType) -> Sequence[Attribute]:
    """With those last whose default is another's value."""
    return sorted(attributes(kind), key=lambda attribute: isinstance(attribute.default, Same))


def _value(attribute: Attribute, config: State, prior: State | None, planned: State) -> Any:  # noqa: ANN401  any value
    given, was = config.get(attribute.name), prior[attribute.name] if prior is not None else None
    if attribute.kind is Kind.LABELS:
        return given if given is not None else []
    if given is not None:
        return was if was is not None and same(attribute.kind, given, was) else given
    if attribute.own and attribute.kind is Kind.TRUTH and not was:
        return was  # left out is the same as false, whoever wrote the state
    if attribute.default is not UNSET:
        return own_default(attribute, planned)
    if attribute.kind is Kind.NUMBER and attribute.given:
        return was if was is None else 0
    if not attribute.computed:
        return was if same(attribute.kind, was, None) else None
    return UNKNOWN if prior is None else was


def _object(attribute: Attribute, config: State, prior: State | None) -> State:
    """A JSON object in both spellings."""
    name, companion = attribute.name, f"{attribute.name}{COMPANION}"
    given, text = config.get(name), config.get(companion)
    was, was_text = (prior[name], prior[companion]) if prior is not None else (None, None)
    if text is not None:
        if not is_known(text):
            return {name: UNKNOWN, companion: UNKNOWN}
        kept = was_text if was_text is not None and same(Kind.JSON, text, was_text) else text
        return {name: flat(kept), companion: kept}
    if given is not None:
        if not is_known(given):
            return {name: given, companion: UNKNOWN}
        unchanged = was_text is not None and flat(was_text) == given
        return {name: given, companion: was_text if unchanged else as_json(given)}
    empty = same(Kind.MAP, was, None)
    return {name: was if empty else None, companion: was_text if empty else None}


def _exclusive(kind: ResourceType) -> Iterable[tuple[str, str]]:
    yield from kind.twins.items()
    yield from kind.doubles.items()
    yield from ((a.name, f"{a.name}{COMPANION}") for a in attributes(kind) if a.kind is Kind.MAP)


def _wrong(attribute: Attribute, value: Any) -> Iterator[str]:  # noqa: ANN401  any value
    """Why a value does not fit, by the limits that the API declares."""
    if attribute.refused:
        yield attribute.refused
    elif attribute.kind in {Kind.JSON, Kind.DOCUMENT}:
        if not is_object(value):
            yield "it is no JSON object"
    elif attribute.kind is Kind.TAGS:
        yield from _wrong_tags(attribute, value)
    elif attribute.kind is Kind.MAP:
        if None in value.values():
            yield "a value is null; leave its key out"
    elif attribute.kind is Kind.NUMBER and value != int(value):
        yield f"it is a whole number, not {value}"
    else:
        try:
            msgspec.convert(_labelled(attribute, value), attribute.type)
        except msgspec.ValidationError as error:
            yield str(error)


def _wrong_tags(attribute: Attribute, value: State) -> Iterator[str]:
    try:
        msgspec.convert(sent(attribute.kind, value), attribute.type)
    except msgspec.ValidationError as error:
        yield str(error)


def _labelled(attribute: Attribute, value: Any) -> Any:  # noqa: ANN401  any value
    """The value as the API takes it; a label without a key has none there either."""
    if attribute.kind is not Kind.LABELS:
        return sent(attribute.kind, value)
    return [{k: v for k, v in label.items() if v is not None} for label in sent(Kind.LABELS, value)]
