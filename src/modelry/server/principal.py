"""Access keys as the hot path needs them: one snapshot a key, dropped when anything that it depends on changes."""

from collections.abc import Callable
from typing import NamedTuple

from modelry.access.policy import residual
from modelry.access.predicate import Predicate
from modelry.access.principal import Principal
from modelry.access.sealing import Sealer
from modelry.access.signature import SigningKey
from modelry.errors import INACTIVE_ACCESS_KEY, UNKNOWN_ACCESS_KEY, ApiError
from modelry.families.ram.keys import store
from modelry.storage.database import Connection


class Identity(NamedTuple):
    """Who a key stands for, what verifies its signatures, and what was decided for it already."""

    principal: Principal
    signing_key: SigningKey
    reaches: dict[str, Predicate]

    def reach(self, action: str) -> Predicate:
        """What must hold of an object for this identity to perform `action` on it."""
        known = self.reaches.get(action)
        if known is None:
            known = self.reaches[action] = residual(self.principal, action)
        return known


class Keyring:
    """The identities of the keys that were used, until the machine's generation moves."""

    def __init__(self, database: Connection, sealer: Sealer, generation: Callable[[], int]) -> None:
        """Read keys from `database`; `generation` is a cheap counter that every change of keys or policies moves."""
        self._database = database
        self._sealer = sealer
        self._generation = generation
        self._seen = -1
        self._identities: dict[str, Identity] = {}

    def identity(self, access_key_id: str) -> Identity:
        """Whoever holds a key.

        Raises:
            ApiError: UNKNOWN_ACCESS_KEY or INACTIVE_ACCESS_KEY.
        """
        generation = self._generation()
        if generation != self._seen:
            self._identities.clear()
            self._seen = generation
        found = self._identities.get(access_key_id)
        if found is None:
            found = self._identities[access_key_id] = self._read(access_key_id)
        return found

    def _read(self, access_key_id: str) -> Identity:
        stored = store.key(self._database, access_key_id)
        if stored is None:
            raise ApiError(UNKNOWN_ACCESS_KEY)
        if stored.status != "Active":
            raise ApiError(INACTIVE_ACCESS_KEY)
        secret = self._sealer.open(stored.sealed_secret, belongs_to=access_key_id)
        return Identity(stored.principal, SigningKey(secret), {})
