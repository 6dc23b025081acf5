"""The data folder as a command reads it: beside a running server or without one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from modelry.settings import SettingsError, loaded

if TYPE_CHECKING:
    from modelry.storage.database import Connection


@contextmanager
def opened(folder: str | None) -> "Iterator[Connection]":
    """One state of the data; of the settings' folder if none is given.

    Raises:
        SettingsError: there is none.
        StorageError: it cannot be read.
    """
    from modelry.storage.stores import store_of

    store = store_of(loaded({"data": folder} if folder else {}, os.environ))
    if not store.exists():
        raise SettingsError(f"there is no registry in {store.name}")
    with store.reading() as database, database.snapshot():
        yield database
