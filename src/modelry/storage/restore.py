"""A data folder out of a backup: complete, or not at all."""

import hashlib
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from modelry.storage.backup import (
    SEALING_KEY_NAME,
    BackupError,
    Manifest,
    Member,
    examined,
    explained,
    opened,
    pieces,
    unwatched,
    verified,
)
from modelry.storage.copying import Progress
from modelry.storage.folder import LOCK_NAME, UNFINISHED, locked, put_in_place, sync_folder, workplace, write_private
from modelry.storage.sqlite import FILE_NAME

_OF_A_VOLUME = "lost+found"
"""What an empty file system has of its own."""


def restore(
    path: Path,
    folder: Path,
    check: Callable[[sqlite3.Connection], None],
    progress: Progress = unwatched,
    *,
    put: Callable[[Path, Progress], None] | None = None,
) -> Manifest:
    """Make a data folder of a backup; its database appears last and whole, and nothing is left when this fails.

    `put` takes the SQLite file's rows to another database, which keeps all of them or none; then the folder has none.

    Raises:
        BackupError: see `verified`; the folder is not empty, or what is in the backup does not hold together.
    """
    manifest = verified(path, progress)
    with explained(f"{folder} cannot be made"), _claimed(folder):
        with workplace(folder) as place:
            extract(path, manifest, place, check, progress)
            if (place / SEALING_KEY_NAME).exists():
                put_in_place(place / SEALING_KEY_NAME, folder / SEALING_KEY_NAME)
            if put is None:
                put_in_place(place / FILE_NAME, folder / FILE_NAME)
            else:
                put(place / FILE_NAME, progress)
        (folder / UNFINISHED).unlink()
        sync_folder(folder)
    return manifest


def extract(
    path: Path,
    manifest: Manifest,
    place: Path,
    check: Callable[[sqlite3.Connection], None],
    progress: Progress = unwatched,
) -> None:
    """Put the files of a backup into `place`, and see that they hold together.

    Raises:
        BackupError: they do not.
    """
    try:
        with explained(f"{path} cannot be unpacked"), tarfile.open(path, "r:") as tar:
            for member in manifest.members:
                if member.name not in {FILE_NAME, SEALING_KEY_NAME}:
                    raise BackupError(f"{path} holds {member.name!r}, which this version does not know")
                _extract_one(tar, member, place / member.name, progress)
    except (tarfile.TarError, KeyError) as error:
        raise BackupError(f"{path} has not all the files of its manifest: {error}") from error
    contents = examined(place / FILE_NAME, check, progress)
    of_manifest = (manifest.account_id, manifest.region, manifest.schema, manifest.rows)
    if of_manifest != (str(contents.instance.account_id), contents.instance.region, contents.schema, contents.rows):
        raise BackupError(f"the database in {path} is not the one that its manifest is of")


def _extract_one(tar: tarfile.TarFile, member: Member, target: Path, progress: Progress) -> None:
    digest = hashlib.sha256()
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as out:
        for piece in pieces(opened(tar, member.name), member.size_bytes, "unpacking", progress):
            digest.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    if (target.stat().st_size, digest.hexdigest()) != (member.size_bytes, member.sha256):
        raise BackupError(f"{member.name} in the backup is not what its manifest says")


@contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """Hold a folder that is empty, marked as unfinished; it is empty again, or gone, when the work in it fails.

    What a restore that was cut off has left there goes first.
    """
    existed = folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_free(folder)
    lock_fd = locked(folder)
    try:
        _check_free(folder)  # again, as a server may have come first
        _empty(folder)
        folder.chmod(0o700)
        write_private(folder / UNFINISHED, b"")
        try:
            yield
        except BaseException:
            _empty(folder)
            for name in (UNFINISHED, LOCK_NAME):
                (folder / name).unlink(missing_ok=True)
            if not existed:
                folder.rmdir()
            raise
    finally:
        os.close(lock_fd)


def _check_free(folder: Path) -> None:
    found = {path.name for path in folder.iterdir()} - {_OF_A_VOLUME, LOCK_NAME, f".{UNFINISHED}.new"}
    if found and UNFINISHED not in found:
        raise BackupError(f"the folder {folder} is not empty: a restore makes a new one and changes none")


def _empty(folder: Path) -> None:
    """Take away what a restore puts into a folder, but for its mark and its lock."""
    for path in folder.iterdir():
        if path.name in {_OF_A_VOLUME, LOCK_NAME, UNFINISHED}:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
