"""What `modelry doctor` looks at: each check says how it is and, if it is not well, what to do."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from modelry.server.checks import content, folder, postgresql, sqlite
from modelry.server.checks.result import OfDatabase, OfFolder, Result, State
from modelry.settings import Settings
from modelry.storage.database import Connection, Dialect, StorageError
from modelry.storage.store import Store
from modelry.storage.stores import FAULTS, store_of


class Finding(NamedTuple):
    """The outcome of a check."""

    name: str
    state: State
    text: str
    advice: str = ""
    """What to do; empty when there is nothing to do."""


class Checks(NamedTuple):
    """All checks of a registry in one kind of database, in their order."""

    of_folder: tuple[tuple[str, OfFolder], ...]
    of_database: tuple[tuple[str, OfDatabase], ...]
    unreadable: str
    """What to do about a database that cannot be opened."""


_OF_FOLDER: tuple[tuple[str, OfFolder], ...] = (
    ("modes", folder.modes),
    ("lock", folder.lock),
    ("disk", folder.disk),
    ("nonces", folder.nonces),
)
_OF_CONTENT: tuple[tuple[str, OfDatabase], ...] = (
    ("schema", content.schema),
    ("clock", content.clock),
    ("sealing key", content.sealing_key),
    ("root key", content.root_key),
    ("signature", content.signature),
)
CHECKS: Mapping[Dialect, Checks] = {
    "sqlite": Checks(
        (("folder", folder.folder_of_registry), *_OF_FOLDER),
        (("integrity", sqlite.integrity), *_OF_CONTENT),
        "restore a backup into another folder: modelry restore",
    ),
    "postgresql": Checks(
        (("folder", folder.folder), *_OF_FOLDER),
        (
            ("server", postgresql.server),
            ("encoding", postgresql.encoding),
            ("primary", postgresql.primary),
            ("replication", postgresql.replication),
            ("durability", postgresql.durability),
            ("timeouts", postgresql.timeouts),
            ("connections", postgresql.connections),
            ("pooler", postgresql.pooler),
            *_OF_CONTENT,
        ),
        "start the server, or correct the URL, the password or what pg_hba.conf lets in",
    ),
}


def findings(settings: Settings) -> Iterator[Finding]:
    """The outcome of every check, one after the other; those that need a database come only where there is one.

    Raises:
        StorageError: the database's URL cannot be read, or its driver is not installed.
    """
    store = store_of(settings)
    checks = CHECKS[store.dialect]
    for name, check in checks.of_folder:
        result = check(settings)
        yield Finding(name, *result)
        if name == "folder" and result.state == "failed":
            return
    try:
        yield from _of_database(settings, store, checks)
    except StorageError as error:
        yield Finding("database", "failed", str(error), checks.unreadable)


def _of_database(settings: Settings, store: Store, checks: Checks) -> Iterator[Finding]:
    if not store.exists():
        yield Finding("database", "failed", f"there is no registry in {store.name}", "modelry init, or: modelry move")
        return
    with store.reading() as database:
        for name, look in checks.of_database:
            yield Finding(name, *_looked(look, settings, database))


def _looked(look: OfDatabase, settings: Settings, database: Connection) -> Result:
    """What a check comes to; it fails if the database cannot be asked."""
    try:
        return look(settings, database)
    except (StorageError, *FAULTS) as error:
        return Result("failed", f"the database does not answer: {error}", "restore a backup: modelry restore")
