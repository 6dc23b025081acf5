"""Where the data lies, as the settings say it: a file in the data folder, or a PostgreSQL database."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import Error as SqliteError
from typing import TypeVar

from modelry.settings import Settings
from modelry.storage import sqlite
from modelry.storage.database import Connection, StatementError, StorageError, Transaction
from modelry.storage.migrations import Schema
from modelry.storage.store import Store
from modelry.storage.writer import Database

T = TypeVar("T")


class SqliteStore(Store):
    """The file in a data folder."""

    dialect = "sqlite"

    def __init__(self, folder: Path, synchronous: str = "FULL") -> None:
        """`synchronous` is the setting of this name."""
        self.folder = folder
        self._synchronous = synchronous

    @property
    def name(self) -> str:
        """As declared."""
        return str(self.folder)

    def exists(self) -> bool:
        """As declared."""
        return (self.folder / sqlite.FILE_NAME).exists()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """As declared."""
        with closing(sqlite.connect(self.folder / sqlite.FILE_NAME)) as raw:
            yield Connection(raw)

    @contextmanager
    def schema(self) -> Iterator[Schema]:
        """As declared; the file is made if there is none."""
        path = self.folder / sqlite.FILE_NAME
        with closing(sqlite.connect(path, synchronous=self._synchronous)) as raw:
            path.chmod(0o600)
            yield sqlite.SqliteSchema(raw)

    def write_alone(self, work: Callable[[Transaction], T]) -> T:
        """As declared."""
        return sqlite.write_alone(self.folder, work)

    def open(self, watch: str) -> Database:  # noqa: ARG002  the machine's own counter tells
        """As declared."""
        return sqlite.SqliteDatabase(self.folder, synchronous=self._synchronous)


def store_of(settings: Settings) -> Store:
    """The store that the settings name; nothing is opened yet.

    Raises:
        StorageError: the database's URL cannot be read, or its driver is not installed.
    """
    if settings.database:
        try:
            from modelry.storage.postgresql.store import PostgresqlStore  # noqa: PLC0415  an extra
        except ImportError as error:
            message = f"PostgreSQL needs its driver ({error}): pip install 'modelry[postgres]'"
            raise StorageError(message) from error
        return PostgresqlStore(
            settings.database, prepared=settings.database_prepared, timeout_s=settings.database_timeout_s
        )
    return SqliteStore(settings.folder, settings.synchronous)


FAULTS = (SqliteError, StatementError)
"""What the databases raise of data that is damaged or of before a migration, beside their `StorageError`."""
