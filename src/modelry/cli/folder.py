"""The data folder as a command reads it: beside a running server or without one."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
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
    from modelry.storage.database import FILE_NAME, Connection, connect

    path = loaded({"data": folder} if folder else {}, os.environ).folder / FILE_NAME
    if not os.path.exists(path):  # noqa: PTH110  pathlib raises where a folder may not be entered
        raise SettingsError(f"there is no registry in {path.parent}")
    with closing(connect(path)) as raw:
        database = Connection(raw)
        with database.snapshot():
            yield database
