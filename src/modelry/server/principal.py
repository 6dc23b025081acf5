"""Access keys as the hot path needs them: one snapshot a key, dropped when anything that it depends on changes."""

from collections.abc import Callable
from typing import NamedTuple

from modelry.access.authority import Authority
from modelry.access.claim import Claim
from modelry.access.principal import Principal
from modelry.access.sealing import Sealer
from modelry.access.signature import SigningKey
from modelry.access.tokens import TEMPORARY, Session, check_lifetime, opened
from modelry.errors import INACTIVE_ACCESS_KEY, MISSING_SECURITY_TOKEN, UNKNOWN_ACCESS_KEY, UNSUPPORTED_TOKEN, ApiError
from modelry.families.ram import generation
from modelry.families.ram.keys import store as keys
from modelry.families.ram.roles.store import role_by_id
from modelry.server.authorities import authority
from modelry.storage.database import Connection
from modelry.storage.writer import Database

_SESSIONS_MAX = 4096
"""Identities of temporary keys that are kept; each has a token of its own."""


class Identity(NamedTuple):
    """Who a key stands for, what verifies its signatures, and what it may do."""

    authority: Authority
    signing_key: SigningKey
    generation: int
    """What `families.ram.generation` said when this was read."""
    session: Session | None
    """The session of a temporary key."""


class Keyring:
    """The identities of the keys that were used, until the machine's generation moves."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        moved: Callable[[], int],
        *,
        region: str,
        now: Callable[[], float],
    ) -> None:
        """Read keys from `database`; `moved` is a cheap counter that every change of keys or policies moves."""
        self._database = database
        self._sealer = sealer
        self._moved = moved
        self._region = region
        self._now = now
        self._seen = -1
        self._identities: dict[str, Identity] = {}
        self._sessions: dict[str, Identity] = {}
        self._uses: dict[str, int] = {}
        self._told: dict[str, int] = {}

    def known(self, claim: Claim) -> Identity | None:
        """Whoever holds the key that is said to have signed, if that has been read and still holds on this machine.

        Raises:
            ApiError: what is wrong with the security token.
        """
        moved = self._moved()
        if moved != self._seen:
            self._identities.clear()
            self._sessions.clear()
            self._seen = moved
        if claim.security_token is not None or claim.key_id.startswith(TEMPORARY):
            return self._known_session(claim)
        return self._identities.get(claim.key_id)

    async def identity(self, claim: Claim) -> Identity:
        """Whoever holds the key that is said to have signed, as the data says now.

        Raises:
            ApiError: UNKNOWN_ACCESS_KEY, INACTIVE_ACCESS_KEY, or what is wrong with the security token.
        """
        seen = self._seen
        found = await self._database.read(lambda snapshot: self._read(claim, snapshot))
        if seen != self._seen:
            return found  # what it depends on may have changed since: good for this request, not to be kept
        if claim.security_token is None:
            self._identities[claim.key_id] = found
        else:
            if len(self._sessions) >= _SESSIONS_MAX:
                self._sessions.clear()
            self._sessions[claim.security_token] = found
        return found

    def used(self, key_id: str, now_s: int) -> None:
        """Note that a key was proved to sign."""
        self._uses[key_id] = now_s

    def new_uses(self, *, apart_s: int) -> dict[str, int]:
        """When permanent keys were last used, in Unix seconds; of each key at most once in `apart_s`."""
        told = {
            key_id: used
            for key_id, used in self._uses.items()
            if used >= self._told.get(key_id, 0) + apart_s and not key_id.startswith(TEMPORARY)
        }
        self._told |= told
        self._uses = {key_id: used for key_id, used in self._uses.items() if key_id not in told}
        return told

    def as_of(self, current: int, identity: Identity, claim: Claim, database: Connection) -> Identity:
        """The same caller as the data says now; `current` is the generation of what `database` shows.

        Raises:
            ApiError: the key was revoked, or the session's role removed, meanwhile.
        """
        return identity if identity.generation == current else self._read(claim, database)

    def _known_session(self, claim: Claim) -> Identity | None:
        token = claim.security_token
        if token is None:
            raise ApiError(MISSING_SECURITY_TOKEN)
        found = self._sessions.get(token)
        if found is None or found.session is None or found.session.access_key_id != claim.key_id:
            return None
        check_lifetime(found.session, self._now())
        return found

    def _read(self, claim: Claim, database: Connection) -> Identity:
        with database.snapshot():
            current = generation.current(database)
            if claim.security_token is not None:
                return self._session(claim.key_id, claim.security_token, database, current)
            stored = keys.key(database, claim.key_id)
            if stored is None:
                raise ApiError(UNKNOWN_ACCESS_KEY)
            if stored.status != "Active":
                raise ApiError(INACTIVE_ACCESS_KEY)
            principal = stored.principal
            secret = self._sealer.open(stored.sealed_secret, belongs_to=claim.key_id)
            found = authority(database, principal, None, region=self._region)
            return Identity(found, SigningKey(secret), current, None)

    def _session(self, key_id: str, token: str, database: Connection, current: int) -> Identity:
        """The identity of a temporary key; its role and the role's policies are what they are now."""
        session = opened(self._sealer, token, access_key_id=key_id, now=self._now())
        role = role_by_id(database, session.account_id, session.role_id)
        if role is None:
            raise ApiError(UNSUPPORTED_TOKEN)
        principal = Principal(
            account_id=session.account_id,
            user_id=role.role_id,
            access_key_id=key_id,
            name=role.role_name,
            session_name=session.session_name,
        )
        found = authority(database, principal, session.policy, region=self._region)
        return Identity(found, SigningKey(session.secret), current, session)
