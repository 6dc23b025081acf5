"""What RAM's parameters may look like, as data: each broken rule has a code of its own."""

import re
from typing import NamedTuple

import msgspec

from modelry.errors import ApiError, ErrorCode
from modelry.errors.ram import INVALID_CHARS, INVALID_FORMAT, INVALID_LENGTH


class Rule(NamedTuple):
    """What a text may be: empty if `shortest` is 0, else of this length and of this pattern."""

    shortest: int
    longest: int
    """Characters."""
    pattern: re.Pattern[str] | None = None
    of_its_own_form: bool = False
    """Whether the pattern is a form (code `.Format`) rather than a set of characters (code `.InvalidChars`)."""


_USER_NAME = Rule(1, 64, re.compile(r"[A-Za-z0-9.@_-]+"))
_GROUP_NAME = Rule(1, 64, re.compile(r"[A-Za-z0-9._-]+"))
_DISPLAY_NAME = Rule(0, 128, re.compile(r"[^\x00-\x1f\x7f-\x9f]+"))
"""Decided here: the documented patterns differ, and clients write plain words."""
_COMMENTS = Rule(0, 128)
_DESCRIPTION = Rule(0, 1024)
_DOCUMENT = Rule(1, 6144)
_MOBILE_PHONE = Rule(0, 64, re.compile(r"[0-9]{1,6}-[0-9]{1,32}"), of_its_own_form=True)
"""`86-18888888888`."""
_EMAIL = Rule(0, 128, re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+"), of_its_own_form=True)

RULES = {
    "user_name": _USER_NAME,
    "new_user_name": _USER_NAME,
    "display_name": _DISPLAY_NAME,
    "new_display_name": _DISPLAY_NAME,
    "mobile_phone": _MOBILE_PHONE,
    "new_mobile_phone": _MOBILE_PHONE,
    "email": _EMAIL,
    "new_email": _EMAIL,
    "comments": _COMMENTS,
    "new_comments": _COMMENTS,
    "group_name": _GROUP_NAME,
    "new_group_name": _GROUP_NAME,
    "policy_name": Rule(1, 128, re.compile(r"[A-Za-z0-9-]+")),
    "policy_document": _DOCUMENT,
    "version_id": Rule(1, 16, re.compile(r"v[1-9][0-9]*"), of_its_own_form=True),
    "description": _DESCRIPTION,
    "new_description": _DESCRIPTION,
    "role_name": Rule(1, 64, re.compile(r"[A-Za-z0-9.@-]+")),
    "assume_role_policy_document": _DOCUMENT,
    "new_assume_role_policy_document": _DOCUMENT,
    "account_alias": Rule(3, 32, re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*"), of_its_own_form=True),
}
"""By the field's name in Python. Source: Alibaba Cloud's documentation of RAM and the official SDK's field notes."""


def check(request: msgspec.Struct, *names: str) -> None:
    """Return if each of these fields is absent or as its rule says.

    Raises:
        ApiError: the row of `refusals(name)` that says what is wrong.
    """
    encoded = dict(zip(request.__struct_fields__, request.__struct_encode_fields__, strict=True))
    for name in names:
        value = getattr(request, name)
        if value is not msgspec.UNSET:
            _check(encoded[name], RULES[name], value)


def refusals(*names: str) -> tuple[ErrorCode, ...]:
    """The errors that `check` raises of these fields, for an operation's row."""
    wire_names = ("".join(part.capitalize() for part in name.split("_")) for name in names)
    return tuple(rows[n] for n in wire_names for rows in (INVALID_CHARS, INVALID_LENGTH, INVALID_FORMAT) if n in rows)


def _check(wire_name: str, rule: Rule, value: str) -> None:
    if not rule.shortest <= len(value) <= rule.longest:
        row = INVALID_LENGTH.get(wire_name) or INVALID_FORMAT[wire_name]
        raise ApiError(row, shortest=rule.shortest, longest=rule.longest)
    if value and rule.pattern and not rule.pattern.fullmatch(value):
        raise ApiError((INVALID_FORMAT if rule.of_its_own_form else INVALID_CHARS)[wire_name])
