"""The registry as a command reads it: beside a running server or without one."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from modelry.cli.given import settings_of
from modelry.settings import Settings, SettingsError

if TYPE_CHECKING:
    from modelry.storage.database import Connection
    from modelry.storage.store import Store


def found(settings: Settings) -> "Store":
    """Where the registry of the settings is.

    Raises:
        SettingsError: there is none.
        StorageError: nobody can say.
    """
    from modelry.storage.stores import store_of

    store = store_of(settings)
    if not store.exists():
        raise SettingsError(f"there is no registry in {store.name}")
    return store


@contextmanager
def opened(given: argparse.Namespace) -> "Iterator[Connection]":
    """One state of the data of the registry that a command is given.

    Raises:
        SettingsError: there is none.
        StorageError: it cannot be read.
    """
    with found(settings_of(given)).reading() as database, database.snapshot():
        yield database
