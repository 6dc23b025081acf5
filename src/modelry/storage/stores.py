"""Where the data lies, as the settings say it: a file in the data folder, or a PostgreSQL database.

What a command or the start of a server does to it without an event loop is here; `open` is for a worker.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from sqlite3 import Error as SqliteError
from typing import TypeVar

from modelry.settings import Settings
from modelry.storage import sqlite
from modelry.storage.database import Connection, Dialect, StatementError, StorageError, Transaction
from modelry.storage.migrations import Schema
from modelry.storage.writer import Database

T = TypeVar("T")


class Store(ABC):
    """A place for the data of one registry."""

    dialect: Dialect

    @property
    @abstractmethod
    def name(self) -> str:
        """Where it is, for a message: never with a password."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether there is something to read."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """Reads beside running servers.

        Raises:
            StorageError: it cannot be opened.
        """

    @abstractmethod
    def schema(self) -> AbstractContextManager[Schema]:
        """Its schema, to be looked at and changed.

        Raises:
            StorageError: it cannot be opened.
        """

    @abstractmethod
    def write_alone(self, work: Callable[[Transaction], T]) -> T:
        """Run one transaction, beside running servers if there are any."""

    @abstractmethod
    def open(self, watch: str) -> Database:
        """The database for a worker; its schema is up to date already.

        `watch` reads the number that says whether what decisions stand on has changed, where other machines may
        change it.
        """


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
