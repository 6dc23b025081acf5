"""Who else works on a registry: the lock of a data folder tells it for one machine, a PostgreSQL database for all."""

import time

from modelry.storage.folder import FolderError
from modelry.storage.store import Store

_PATIENCE_S = 1
"""PostgreSQL takes a moment to forget a session that has ended."""
_AGAIN_S = 0.05


def check_alone(store: Store) -> None:
    """Return if no other session of this program is connected to a PostgreSQL database.

    Raises:
        FolderError: one is, perhaps one that a pooler keeps.
    """
    if store.dialect != "postgresql":
        return
    from modelry.storage.postgresql.bulk import others  # noqa: PLC0415  an extra
    from modelry.storage.postgresql.store import PostgresqlStore  # noqa: PLC0415

    assert isinstance(store, PostgresqlStore)  # noqa: S101  as it says itself
    deadline = time.monotonic() + _PATIENCE_S
    while (found := others(store)).sessions:
        if time.monotonic() > deadline:
            raise FolderError(
                f"{found.sessions} other sessions named {found.name!r} are connected to {store.name}: stop the servers"
                " first; if only a pooler keeps them, --force goes on"
            )
        time.sleep(_AGAIN_S)
