"""What the parameters of AssumeRole may be.

Source: Alibaba Cloud's documentation of AssumeRole; decided here: case does not matter in a reserved beginning.
"""

import re
from typing import NamedTuple

import msgspec

from modelry.access.policy import PolicyError, parse, unrenderable
from modelry.access.tokens import MAX_POLICY_BYTES
from modelry.errors import ApiError, ErrorCode
from modelry.errors import ram as e
from modelry.families.sts.structs import AssumeRole

MIN_DURATION_S = 900
DEFAULT_DURATION_S = 3600

_ROLE_ARN = re.compile(r"acs:ram:\*?:([0-9]{1,18}):role/([A-Za-z0-9.@-]{1,64})")
_FORMS: tuple[tuple[str, re.Pattern[str], ErrorCode], ...] = (
    ("role_session_name", re.compile(r"[A-Za-z0-9.@_-]{2,64}"), e.INVALID_ROLE_SESSION_NAME),
    ("external_id", re.compile(r"[A-Za-z0-9_+=,.@:/-]{2,1224}"), e.INVALID_EXTERNAL_ID),
    (
        "source_identity",
        re.compile(r"(?!(?i:acs:|aliyun:|alibabacloud:))[A-Za-z0-9_+=,.@-]{2,64}"),
        e.INVALID_SOURCE_IDENTITY,
    ),
)


class RoleName(NamedTuple):
    """Which role of which account."""

    account_id: int
    name: str


def check(request: AssumeRole) -> None:
    """Return if the texts of a request are well formed, whatever they name.

    Raises:
        ApiError: the row of the parameter that is not.
    """
    for name, form, row in _FORMS:
        value = getattr(request, name)
        if value is not msgspec.UNSET and not form.fullmatch(value):
            raise ApiError(row)
    if request.policy is not msgspec.UNSET:
        _check_policy(request.policy)


def named_role(role_arn: str) -> RoleName:
    """The role that an ARN names.

    Raises:
        ApiError: INVALID_ROLE_ARN.
    """
    found = _ROLE_ARN.fullmatch(role_arn)
    if found is None:
        raise ApiError(e.INVALID_ROLE_ARN)
    return RoleName(int(found[1]), found[2])


def duration_s(request: AssumeRole, longest: int) -> int:
    """How long the session lasts.

    Raises:
        ApiError: INVALID_DURATION_SECONDS.
    """
    if request.duration_seconds is msgspec.UNSET:
        return min(DEFAULT_DURATION_S, longest)
    if not MIN_DURATION_S <= request.duration_seconds <= longest:
        raise ApiError(e.INVALID_DURATION_SECONDS, shortest=MIN_DURATION_S, longest=longest)
    return request.duration_seconds


def _check_policy(document: str) -> None:
    if len(document.encode()) > MAX_POLICY_BYTES:
        raise ApiError(e.INVALID_POLICY_SIZE, limit=MAX_POLICY_BYTES)
    try:
        reason = unrenderable(parse(document))
    except PolicyError as error:
        raise ApiError(e.INVALID_POLICY_GRAMMAR, reason=_phrase(str(error))) from error
    if reason is not None:
        raise ApiError(e.INVALID_POLICY_GRAMMAR, reason=_phrase(reason))


def _phrase(sentence: str) -> str:
    return sentence.rstrip(".")
