"""A registry taken from one database to another one: by a move, by a backup, by a restore."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from modelry import families
from modelry.server import custody
from modelry.server.custody import ROOT_KEY_NAME
from modelry.server.neighbours import check_alone
from modelry.settings import Settings
from modelry.storage.backup import SEALING_KEY_NAME, copied_file
from modelry.storage.copying import CopyError, Known, Progress, Source, Sum, copied, into_file, of_file, overall
from modelry.storage.folder import FolderError, held, put_in_place, workplace, write_private
from modelry.storage.sqlite import FILE_NAME
from modelry.storage.store import Store
from modelry.storage.stores import SqliteStore, store_of

if TYPE_CHECKING:
    from modelry.storage.postgresql.store import PostgresqlStore


class Moved(NamedTuple):
    """A registry that is in two places now."""

    source: str
    target: str
    tables: dict[str, Sum]
    checksum: str
    keys: tuple[Path, ...]
    """Files with keys that were put into another data folder."""


def moved(settings: Settings, target: Store, *, beside_others: bool, progress: Progress) -> Moved:
    """Copy the registry of the settings into a store that has none; all of it, or nothing.

    Nobody writes to it meanwhile: the data folder is held, and writers of a PostgreSQL database wait. `beside_others`
    goes on although other sessions are connected to that.

    Raises:
        CopyError, FolderError, SchemaError, StorageError: nothing was copied.
    """
    source = store_of(settings)
    if not source.exists():
        raise CopyError(f"there is no registry in {source.name}")
    if source.name == target.name:
        raise CopyError(f"{source.name} is both where the registry is and where it is to go")
    with held(settings.folder), ExitStack() as opened:
        with source.reading() as database:
            custody.settle(settings.folder, database)
        if not beside_others:
            check_alone(source)
        of = opened.enter_context(_of(source))
        if isinstance(target, SqliteStore):
            sums, keys = _into_folder(of, target.folder, settings.folder, progress)
        else:
            sums, keys = fill(of, target, progress), ()
    return Moved(source.name, target.name, sums, overall(sums), keys)


def saving(store: Store) -> Callable[[Path, Progress], None]:
    """Writes one state of a store, which may be in use, into a new SQLite file."""
    if isinstance(store, SqliteStore):
        return copied_file(store.folder / FILE_NAME)

    def save(path: Path, progress: Progress) -> None:
        with _of(store, alone=False) as source, into_file(path, str(path)) as target:
            copied(source, target, _known(), progress)

    return save


def filling(store: Store) -> Callable[[Path, Progress], None]:
    """Puts what a SQLite file holds into a store that has no registry; all of it, or nothing."""

    def put(path: Path, progress: Progress) -> None:
        with of_file(path, str(path)) as source:
            fill(source, store, progress)

    return put


def fill(source: Source, store: Store, progress: Progress) -> dict[str, Sum]:
    """Copy into a PostgreSQL database."""
    from modelry.storage.postgresql.bulk import into_database  # noqa: PLC0415  an extra

    with into_database(_postgresql(store)) as target:
        return copied(source, target, _known(), progress)


def _into_folder(
    source: Source, folder: Path, keys_from: Path, progress: Progress
) -> tuple[dict[str, Sum], tuple[Path, ...]]:
    """Copy into the file of a data folder, and the keys beside it; the file appears last and whole."""
    with _claimed(folder, keys_from):
        if (folder / FILE_NAME).exists():
            raise CopyError(f"{folder / FILE_NAME} is there already: take it away, or name another folder")
        with workplace(folder) as place:
            with into_file(place / FILE_NAME, str(folder)) as target:
                sums = copied(source, target, _known(), progress)
            keys = _copied_keys(keys_from, folder)
            put_in_place(place / FILE_NAME, folder / FILE_NAME)
    return sums, keys


@contextmanager
def _claimed(folder: Path, held_already: Path) -> Iterator[None]:
    """Hold a folder; one that is made for it goes again when the work in it fails."""
    if folder.resolve() == held_already.resolve():
        yield
        return
    existed = folder.exists()
    with held(folder):
        try:
            yield
        except BaseException:
            if not existed:
                shutil.rmtree(folder, ignore_errors=True)
            raise


def _copied_keys(of: Path, to: Path) -> tuple[Path, ...]:
    """The files with keys of one data folder put into another one.

    Raises:
        FolderError: that has one already, which is not the same.
    """
    made = []
    for name in (SEALING_KEY_NAME, ROOT_KEY_NAME):
        if of.resolve() == to.resolve() or not (of / name).exists():
            continue
        content = (of / name).read_bytes()
        if (to / name).exists() and (to / name).read_bytes() != content:
            raise FolderError(f"{to / name} is there already, and is another one than {of / name}")
        write_private(to / name, content)
        made.append(to / name)
    return tuple(made)


@contextmanager
def _of(store: Store, *, alone: bool = True) -> Iterator[Source]:
    """One state of a store."""
    if isinstance(store, SqliteStore):
        with of_file(store.folder / FILE_NAME, store.name) as file:
            yield file
        return
    from modelry.storage.postgresql.bulk import of_database  # noqa: PLC0415  an extra

    with of_database(_postgresql(store), alone=alone) as database:
        yield database


def _postgresql(store: Store) -> "PostgresqlStore":
    from modelry.storage.postgresql.store import PostgresqlStore  # noqa: PLC0415  an extra

    if not isinstance(store, PostgresqlStore):
        raise TypeError(store)
    return store


def _known() -> Known:
    return Known(families.migrations, tuple(families.derived()))
