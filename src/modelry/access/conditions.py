"""The Condition element of a policy: its operators, its keys, and what each asks of a request or of an object.

Source: Alibaba Cloud's documentation of RAM's condition operators and policy elements. Decided here: the `IfExists`
forms, and that a negated operator holds where its key is absent.
"""

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeAlias

from modelry.access import wildcard
from modelry.access.grammar import PolicyError, members, shown, texts
from modelry.access.predicate import Has, HasMatching, IsIn, Matches, Not, Predicate, Present, Some

Kind = Literal["String", "Numeric", "Date", "Bool", "IpAddress"]
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class Context(NamedTuple):
    """What a request says of itself."""

    source_ip: str
    secure_transport: bool
    time_s: int
    """Since 1970, UTC."""

    user_agent: str
    mfa_present: bool = False
    external_id: str | None = None
    """Given to AssumeRole; `None` for any other request."""


class Operator(NamedTuple):
    """How the value of a key is compared with each value of the policy."""

    kind: Kind
    matches: Callable[[Any, Any], bool]
    negated: bool = False


class RequestKey(NamedTuple):
    """A key that the request answers."""

    kind: Kind
    field: str
    """Of the context."""

    as_text: Callable[[Any], str | None]
    """The value that string operators see; `None`: the key is absent."""

    typed: Callable[[Any], Any]
    """The value that operators of the key's own kind see; `None`: the key is absent."""


class ObjectKey(NamedTuple):
    """A key that the object answers."""

    attribute: str
    vocabulary: tuple[str, ...] = ()
    """All that the attribute can be, where that is known."""

    label: str | None = None
    """Of which label the key is the value."""


class Condition(NamedTuple):
    """One key under one operator; it holds if any of the values matches, or none does where the operator is negated."""

    operator: Operator
    if_exists: bool
    key: RequestKey | ObjectKey | None
    """`None`: nothing here answers it, so it is always absent."""

    values: tuple[Any, ...]
    written: str
    """As an explanation names it."""


def parse(block: object, where: str) -> tuple[Condition, ...]:
    """The conditions of a statement, all of which must hold.

    Raises:
        PolicyError: an operator is unknown, or a value is none of its kind.
    """
    operators = members(block, where, required=(), optional=_FORMS)
    found: list[Condition] = []
    for name, keys in operators.items():
        there = f"{where}.{name}"
        if not isinstance(keys, Mapping) or not keys:
            raise PolicyError(f"{there}: must be an object that names at least one key.")
        found.extend(_condition(name, key, values, f"{there}[{shown(key)}]") for key, values in keys.items())
    return tuple(found)


def decided(condition: Condition, context: Context) -> bool:
    """Whether a condition on the request holds."""
    key, sign = condition.key, condition.operator
    value = None
    if isinstance(key, RequestKey):
        given = getattr(context, key.field)
        value = key.typed(given) if sign.kind == key.kind else key.as_text(given)
    if value is None:
        return condition.if_exists or sign.negated
    return any(sign.matches(value, wanted) for wanted in condition.values) is not sign.negated


def predicate(condition: Condition) -> Predicate | None:
    """What a condition on the object asks of it; `None` if no list could ask that."""
    if not isinstance(condition.key, ObjectKey):
        raise TypeError(condition.written)
    key = condition.key
    matched = _matched(condition.operator, key, condition.values)
    if matched is None or condition.operator.negated:
        return None if matched is None else Not(matched)
    if not condition.if_exists:
        return matched
    present = Present(key.attribute) if key.label is None else HasMatching(key.attribute, key.label, "*")
    return Some((Not(present), matched))


def _condition(name: str, key: str, values: object, where: str) -> Condition:
    plain = name.removesuffix("IfExists")
    sign = _OPERATORS[plain]
    subject = _subject(key, where)
    if isinstance(subject, RequestKey) and sign.kind not in {subject.kind, "String"}:
        raise PolicyError(f"{where}: {plain} does not compare with what {key} is.")
    typed = tuple(_typed(sign.kind, text, where) for text in texts(values, where, bare=sign.kind in _BARE_KINDS))
    return Condition(sign, plain != name, subject, typed, f"{name} of {key}")


def _subject(key: str, where: str) -> RequestKey | ObjectKey | None:
    folded = key.lower()
    for prefix in _LABEL_PREFIXES:
        if folded.startswith(prefix):
            if len(key) == len(prefix):
                raise PolicyError(f"{where}: names no label.")
            return ObjectKey("labels", label=key[len(prefix) :])
    return _OBJECT_KEYS.get(folded) or _REQUEST_KEYS.get(folded)


def _typed(kind: Kind, text: str, where: str) -> object:
    try:
        return _READERS[kind](text)
    except (ValueError, ArithmeticError) as error:
        raise PolicyError(f"{where}: {shown(text)} is not {_KINDS_IN_WORDS[kind]}.") from error


def _matched(sign: Operator, key: ObjectKey, values: tuple[Any, ...]) -> Predicate | None:
    """That the key is there and any of the values matches it; `None` if SQL cannot tell."""
    if sign.kind != "String":
        return None
    if key.vocabulary:
        return IsIn(key.attribute, tuple(w for w in key.vocabulary if any(sign.matches(w, v) for v in values)))
    if key.label is None:  # an id in digits, which have no case
        like = sign.matches is _like
        return Matches(key.attribute, values) if like else IsIn(key.attribute, values)
    if sign.matches is _like:
        return Some(tuple(HasMatching(key.attribute, key.label, v) for v in values))
    return Some(tuple(Has(key.attribute, (key.label, v)) for v in values)) if sign.matches is operator.eq else None


def _equal_folded(value: str, wanted: str) -> bool:
    return value.casefold() == wanted.casefold()


def _like(value: str, wanted: str) -> bool:
    return wildcard.matches(wanted, value)


def _within(value: Address, wanted: Network) -> bool:
    return value in wanted


def _number(text: str) -> Decimal:
    if not re.fullmatch(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", text):
        raise ValueError(text)
    return Decimal(text)


def _date(text: str) -> int:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)", text, re.ASCII):
        raise ValueError(text)
    return int(datetime.fromisoformat(text).timestamp())


def _truth(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


def _network(text: str) -> Network:
    """The addresses of a CIDR block; bits of the given address after the prefix mean nothing."""
    if not re.fullmatch(r"[^/%]+(/[0-9]{1,3})?", text):
        raise ValueError(text)
    network = ipaddress.ip_network(text, strict=False)
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is None or network.prefixlen < _MAPPED_PREFIX:
        return network
    return ipaddress.ip_network(f"{mapped}/{network.prefixlen - _MAPPED_PREFIX}", strict=False)


@lru_cache(maxsize=1024)
def _address(text: str) -> Address | None:
    """The address of a connection; an IPv4 one that came over IPv6 is an IPv4 one."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None) or address


def _address_text(text: str) -> str | None:
    address = _address(text)
    return None if address is None else str(address)


def _moment(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _same(value: Any) -> Any:  # noqa: ANN401  whatever the context holds
    return value


def _lower(value: bool) -> str:  # noqa: FBT001  the value of a key
    return str(value).lower()


def _given(value: str | None) -> str | None:
    """What the client sent; an empty text is as good as none."""
    return value or None


_MAPPED_PREFIX = 96
"""Bits before the IPv4 address in an IPv6 one."""

_OPERATORS: Mapping[str, Operator] = {
    "StringEquals": Operator("String", operator.eq),
    "StringNotEquals": Operator("String", operator.eq, negated=True),
    "StringEqualsIgnoreCase": Operator("String", _equal_folded),
    "StringNotEqualsIgnoreCase": Operator("String", _equal_folded, negated=True),
    "StringLike": Operator("String", _like),
    "StringNotLike": Operator("String", _like, negated=True),
    **{
        f"{kind}{name}": Operator(kind, matches, negated=name == "NotEquals")
        for kind in ("Numeric", "Date")
        for name, matches in {
            "Equals": operator.eq,
            "NotEquals": operator.eq,
            "LessThan": operator.lt,
            "LessThanEquals": operator.le,
            "GreaterThan": operator.gt,
            "GreaterThanEquals": operator.ge,
        }.items()
    },
    "Bool": Operator("Bool", operator.eq),
    "IpAddress": Operator("IpAddress", _within),
    "NotIpAddress": Operator("IpAddress", _within, negated=True),
}

_FORMS = frozenset(_OPERATORS) | {f"{name}IfExists" for name in _OPERATORS}

_READERS: Mapping[Kind, Callable[[str], object]] = {
    "String": str,
    "Numeric": _number,
    "Date": _date,
    "Bool": _truth,
    "IpAddress": _network,
}

_BARE_KINDS = {"Numeric", "Bool"}
"""Whose values JSON can write without quotes."""

_KINDS_IN_WORDS: Mapping[Kind, str] = {
    "String": "a text",
    "Numeric": "a number",
    "Date": "a time such as 2026-01-31T08:00:00Z or 2026-01-31T16:00:00+08:00",
    "Bool": "true or false",
    "IpAddress": "an IP address or a CIDR block",
}

_REQUEST_KEYS: Mapping[str, RequestKey] = {
    "acs:sourceip": RequestKey("IpAddress", "source_ip", _address_text, _address),
    "acs:securetransport": RequestKey("Bool", "secure_transport", _lower, _same),
    "acs:currenttime": RequestKey("Date", "time_s", _moment, _same),
    "acs:useragent": RequestKey("String", "user_agent", _given, _given),
    "acs:mfapresent": RequestKey("Bool", "mfa_present", _lower, _same),
    "sts:externalid": RequestKey("String", "external_id", _given, _given),
}

_WORKSPACE_ID = ObjectKey("workspace_id")

_OBJECT_KEYS: Mapping[str, ObjectKey] = {
    "paimodel:accessibility": ObjectKey("accessibility", vocabulary=("PUBLIC", "PRIVATE")),
    "paimodel:approvalstatus": ObjectKey("approval_status", vocabulary=("Pending", "Approved", "Rejected")),
    "paimodel:workspaceid": _WORKSPACE_ID,
    "paiworkspace:workspaceid": _WORKSPACE_ID,
}

_LABEL_PREFIXES = ("acs:resourcetag/", "paimodel:label/")
