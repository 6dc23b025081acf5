"""The schema of a data folder brought up to date, with the state of before kept in a backup."""

import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from modelry import families
from modelry.storage import migrations
from modelry.storage.backup import BackupError, back_up, copied_file, unwatched
from modelry.storage.copying import Progress
from modelry.storage.instance import instance
from modelry.storage.migrations import Migration, Schema, SchemaError
from modelry.storage.sqlite import FILE_NAME, SqliteSchema
from modelry.storage.store import Store
from modelry.storage.stores import SqliteStore

BACKUPS = "backups"
"""Folder within the data folder."""

_PREFIX = "before-migration-"


class Upgrade(NamedTuple):
    """What was done to bring a schema up to date."""

    applied: list[Migration]
    backup: Path | None
    """Where the state of before is; none for a folder without data, or where the settings want none."""


def upgraded(store: Store, *, keep: int, progress: Progress = unwatched) -> Upgrade:
    """Apply what is pending; of the backups of a data folder, which is held, that this makes the newest `keep` stay.

    Raises:
        SchemaError: the database and this program do not fit together, or it cannot be written.
        BackupError: the backup cannot be made; nothing was migrated then.
    """
    known = list(families.migrations(store.dialect))
    try:
        with store.schema() as schema:
            _check_place(schema)
            pending = migrations.pending(schema, known)
            kept = None
            if pending and keep and isinstance(store, SqliteStore) and schema.has_table("instance"):
                kept = _kept(store, keep, progress)
            return Upgrade(migrations.apply(schema, known), kept)
    except sqlite3.Error as error:
        raise SchemaError(f"the schema of {store.name} cannot be brought up to date: {error}") from error


def _check_place(schema: Schema) -> None:
    """Return if a PostgreSQL database has a registry, or may get one; a file is this program's by its name."""
    if schema.dialect == "postgresql":
        from modelry.storage.postgresql.place import check_place  # noqa: PLC0415  an extra

        check_place(schema)


def pending(store: Store) -> list[Migration]:
    """The migrations that were not applied yet.

    Raises:
        SchemaError: the database and this program do not fit together.
    """
    with store.schema() as schema:
        _check_place(schema)
        return migrations.pending(schema, families.migrations(store.dialect))


def check_current(store: Store) -> None:
    """Return if nothing is pending.

    Raises:
        SchemaError: something is, or the database and this program do not fit together.
    """
    left = pending(store)
    if left:
        message = f"{len(left)} migrations of the schema are pending: run `modelry migrate` first"
        raise SchemaError(message)


def check_known(raw: sqlite3.Connection) -> None:
    """Return if this program can serve a database, perhaps after migrations.

    Raises:
        SchemaError: it was written by a newer one.
    """
    migrations.pending(SqliteSchema(raw), families.migrations("sqlite"))


def _kept(store: SqliteStore, keep: int, progress: Progress) -> Path | None:
    with store.reading() as database:
        if instance(database) is None:
            return None
    place = store.folder / BACKUPS
    try:
        place.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise BackupError(f"{place} cannot be made: {error.strerror}") from error
    target = place / f"{_PREFIX}{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.tar"
    try:
        back_up(copied_file(store.folder / FILE_NAME), target, progress=progress)
    except BackupError as error:
        message = f"{error}; nothing was migrated: make room, or set migration_backups to 0 to go on without a backup"
        raise BackupError(message) from error
    for old in sorted(place.glob(f"{_PREFIX}*.tar"))[:-keep]:
        old.unlink()
    return target
