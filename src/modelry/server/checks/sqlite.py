"""Checks of SQLite's file."""

from modelry.server.checks.result import Result
from modelry.settings import Settings
from modelry.storage.database import Connection


def integrity(_settings: Settings, database: Connection) -> Result:
    """Whether the file is whole."""
    advice = "keep a copy of the folder, then restore a backup: modelry restore"
    faults = [str(row[0]) for row in database.all("PRAGMA quick_check(3)")]
    if faults != ["ok"]:
        return Result("failed", f"the database is damaged: {'; '.join(faults)}".replace("\n", " "), advice)
    loose = database.all("PRAGMA foreign_key_check")
    if loose:
        tables = ", ".join(sorted({str(row[0]) for row in loose}))
        return Result("failed", f"{len(loose)} rows refer to what is not there, in {tables}", advice)
    return Result("ok", "pages, indexes and references hold together")
