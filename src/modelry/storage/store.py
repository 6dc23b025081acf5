"""What a place for the data of one registry offers.

What a command or the start of a server does to it without an event loop is here; `open` is for a worker.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from modelry.storage.database import Connection, Dialect, Transaction
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
