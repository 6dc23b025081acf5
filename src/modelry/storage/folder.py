"""The data folder: whose it is while something works on it, and files that appear whole or not at all."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK_NAME = "server.lock"
UNFINISHED = "restore.unfinished"
"""Lies in a folder for as long as a restore into it is not complete."""

_WORKPLACE = ".modelry-work-"


class FolderError(Exception):
    """A folder cannot be used; the message says why."""


class InUseError(FolderError):
    """A server uses the folder."""

    def __init__(self, folder: Path, holder: str) -> None:
        """Name the process that holds it."""
        self.holder = holder or "unknown"
        super().__init__(f"the data folder {folder} is in use by another server (process {self.holder})")


def made(folder: Path) -> Path:
    """The folder, which can be written.

    Raises:
        FolderError: it cannot, or a restore into it was cut off.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        message = f"the data folder {folder} cannot be written: {error.strerror}"
        raise FolderError(message) from error
    if (folder / UNFINISHED).exists():
        message = f"a restore into {folder} was cut off: run `modelry restore` with the backup again"
        raise FolderError(message)
    return folder


def locked(folder: Path) -> int:
    """A descriptor that holds the folder; it is inherited, so the lock lives as long as any worker.

    Raises:
        InUseError: another one holds it.
    """
    fd = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        found = os.pread(fd, 32, 0).decode("ascii", "replace").strip()
        os.close(fd)
        raise InUseError(folder, found) from error
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
    return fd


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep servers away from the folder meanwhile.

    Raises:
        FolderError: one uses it, or it cannot be written.
    """
    try:
        fd = locked(made(folder))
    except InUseError as error:
        message = f"the data folder {folder} is in use by a server (process {error.holder}): stop it first"
        raise FolderError(message) from error
    try:
        yield
    finally:
        os.close(fd)


def holder(folder: Path) -> str | None:
    """The process that holds the folder, if one does."""
    try:
        fd = os.open(folder / LOCK_NAME, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
    finally:
        os.close(fd)
    return None


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read; it is on disk, whole, when this returns."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    put_in_place(beside, path)


def put_in_place(new: Path, path: Path) -> None:
    """Give a file that is on disk its name, in the place of what has it; also that is on disk when this returns."""
    new.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """A private folder for what is not ready, in `folder`; what killed processes have left of theirs goes with it."""
    _tidy(folder)
    place, lock_fd = _begun(folder)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock_fd)


def _begun(folder: Path) -> tuple[Path, int]:
    """A new place, and the descriptor that holds it; until it is held, somebody else may tidy it away."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=_WORKPLACE, dir=folder))
        try:
            fd = os.open(place, os.O_RDONLY)
        except FileNotFoundError:
            continue
        fcntl.flock(fd, fcntl.LOCK_EX)
        if place.exists():
            return place, fd
        os.close(fd)


def _tidy(folder: Path) -> None:
    for left in folder.glob(f"{_WORKPLACE}*"):
        try:
            fd = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue  # it has gone meanwhile, or it is another user's
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        except BlockingIOError:
            pass  # somebody is at work there
        finally:
            os.close(fd)
