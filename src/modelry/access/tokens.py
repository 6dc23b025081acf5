"""Security tokens: what AssumeRole hands out and every request with a temporary key brings back.

A token is the session itself, sealed. Nothing is stored: what the role may do is read afresh, the token says only who
the session is, until when it lasts, and what narrows it.
"""

import hmac
import secrets
import string
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from modelry.access import handout
from modelry.access.sealing import Sealer, SealError
from modelry.errors import EXPIRED_TOKEN, MISMATCHED_TOKEN, UNSUPPORTED_TOKEN, ApiError

MAX_POLICY_BYTES = 2048
"""Of a session policy in UTF-8. Source: Alibaba Cloud's documentation of AssumeRole."""

TEMPORARY = "STS."
"""How the id of every temporary key begins."""

_PURPOSE = "security token"
_MAX_CHARACTERS = 8192
_ALPHABET = string.ascii_letters + string.digits
_ID_CHARACTERS = 24
_SECRET_CHARACTERS = 44


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody acting as a role for a while."""

    account_id: int
    role_id: str
    """Never given to another role, so a role of the same name that is made later does not take over the session."""
    role_name: str
    """As it was when the session began."""
    session_name: str
    access_key_id: str
    secret: str
    expires_s: int
    """Unix time from which on the session is over."""
    policy: str | None = None
    """The session policy, as it was given."""
    source_identity: str | None = None


class TemporaryKey(NamedTuple):
    """An access key that counts together with its token alone."""

    access_key_id: str
    secret: str


def new_key() -> TemporaryKey:
    """A temporary key that nobody had before."""
    return TemporaryKey(TEMPORARY + _random(_ID_CHARACTERS), _random(_SECRET_CHARACTERS))


def issue(sealer: Sealer, session: Session) -> str:
    """The token of a session."""
    return handout.written(sealer.for_purpose(_PURPOSE), msgspec.json.encode(session).decode())


def opened(sealer: Sealer, token: str, *, access_key_id: str, now: float) -> Session:
    """The session that a token is of, for the key that signed and the time now in Unix seconds.

    Raises:
        ApiError: UNSUPPORTED_TOKEN: this server did not issue it. MISMATCHED_TOKEN: it belongs to another key.
            EXPIRED_TOKEN: the session is over.
    """
    if len(token) > _MAX_CHARACTERS:
        raise ApiError(UNSUPPORTED_TOKEN)
    try:
        text = handout.read(sealer.for_purpose(_PURPOSE), token)
    except SealError as error:
        raise ApiError(UNSUPPORTED_TOKEN) from error
    session = msgspec.json.decode(text, type=Session)
    if not hmac.compare_digest(session.access_key_id.encode(), access_key_id.encode()):
        raise ApiError(MISMATCHED_TOKEN)
    check_lifetime(session, now)
    return session


def check_lifetime(session: Session, now: float) -> None:
    """Return while a session lasts.

    Raises:
        ApiError: EXPIRED_TOKEN.
    """
    if now >= session.expires_s:
        raise ApiError(EXPIRED_TOKEN, expiration=expiration(session))


def expiration(session: Session) -> str:
    """When a session is over, `2015-04-09T11:52:19Z`: the credentials libraries read exactly this form."""
    return datetime.fromtimestamp(session.expires_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
