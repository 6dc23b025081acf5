"""The schema of a data folder brought up to date, with the state of before kept in a backup."""

import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from modelry import families
from modelry.storage import migrations
from modelry.storage.backup import BackupError, Progress, back_up, unwatched
from modelry.storage.database import Connection
from modelry.storage.instance import instance
from modelry.storage.migrations import Migration, SchemaError

BACKUPS = "backups"
"""Folder within the data folder."""

_PREFIX = "before-migration-"


class Upgrade(NamedTuple):
    """What was done to bring a schema up to date."""

    applied: list[Migration]
    backup: Path | None
    """Where the state of before is; none for a folder without data, or where the settings want none."""


def upgraded(raw: sqlite3.Connection, folder: Path, *, keep: int, progress: Progress = unwatched) -> Upgrade:
    """Apply what is pending to a folder that is held; of the backups that this makes, the newest `keep` stay.

    Raises:
        SchemaError: the database and this program do not fit together, or it cannot be written.
        BackupError: the backup cannot be made; nothing was migrated then.
    """
    known = list(families.migrations())
    try:
        pending = migrations.pending(raw, known)
        kept = None
        if pending and keep and _has_data(raw):
            kept = _kept(folder, keep, progress)
        return Upgrade(migrations.apply(raw, known), kept)
    except sqlite3.Error as error:
        raise SchemaError(f"the schema of {folder} cannot be brought up to date: {error}") from error


def check_current(raw: sqlite3.Connection) -> None:
    """Return if nothing is pending.

    Raises:
        SchemaError: something is, or the database and this program do not fit together.
    """
    pending = migrations.pending(raw, families.migrations())
    if pending:
        message = f"{len(pending)} migrations of the schema are pending: run `modelry migrate` first"
        raise SchemaError(message)


def check_known(raw: sqlite3.Connection) -> None:
    """Return if this program can serve a database, perhaps after migrations.

    Raises:
        SchemaError: it was written by a newer one.
    """
    migrations.pending(raw, families.migrations())


def _has_data(raw: sqlite3.Connection) -> bool:
    made = raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'instance'").fetchone()
    return made is not None and instance(Connection(raw)) is not None


def _kept(folder: Path, keep: int, progress: Progress) -> Path:
    place = folder / BACKUPS
    try:
        place.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise BackupError(f"{place} cannot be made: {error.strerror}") from error
    target = place / f"{_PREFIX}{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.tar"
    try:
        back_up(folder, target, progress=progress)
    except BackupError as error:
        message = f"{error}; nothing was migrated: make room, or set migration_backups to 0 to go on without a backup"
        raise BackupError(message) from error
    for old in sorted(place.glob(f"{_PREFIX}*.tar"))[:-keep]:
        old.unlink()
    return target
