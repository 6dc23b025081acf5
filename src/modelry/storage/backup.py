"""Backups: one file with one state of the data, which is known again to the byte.

A backup is a plain tar: `manifest.json`, the database, perhaps the sealing key, and last the SHA-256 of everything
before it. The end of the file follows from that sum alone, so a byte that was changed, added or lost anywhere shows,
in the parts of a tar that hold nothing too. The sum is no signature: whoever can write the file can write another sum.
"""

import hashlib
import os
import sqlite3
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from modelry import __version__
from modelry.storage.copying import Progress
from modelry.storage.database import Connection, StorageError
from modelry.storage.folder import FolderError, put_in_place, workplace, write_private
from modelry.storage.instance import Instance, instance
from modelry.storage.sqlite import FILE_NAME, connect
from modelry.storage.times import shown

SEALING_KEY_NAME = "sealing.key"
FORMAT = "modelry backup"
FORMAT_VERSION = 1

_MANIFEST = "manifest.json"
_CHECKSUM = "checksum.sha256"
_BLOCK = tarfile.BLOCKSIZE
_PIECE = 1 << 20
_PAGES_AT_ONCE = 2000
_MANIFEST_MOST = 1 << 20


class BackupError(Exception):
    """A backup cannot be made or used; the message says why."""


class Member(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A file in a backup."""

    name: str
    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What a backup is of."""

    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    program: str
    """Version of the program that made it."""
    schema: int
    """How many migrations the data has seen."""
    created_at: str
    account_id: str
    region: str
    members: tuple[Member, ...]
    """In the order of the file."""
    rows: dict[str, int]
    """How many each table has."""

    def has(self, name: str) -> bool:
        """Whether a file is in the backup."""
        return any(member.name == name for member in self.members)


class Contents(NamedTuple):
    """What a database holds, once it was found whole."""

    instance: Instance
    schema: int
    rows: dict[str, int]


def unwatched(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody looks at."""


def back_up(
    save: Callable[[Path, Progress], None],
    target: Path,
    *,
    sealing_key: bytes | None = None,
    check: Callable[[sqlite3.Connection], None] | None = None,
    progress: Progress = unwatched,
) -> Manifest:
    """Write a registry's backup to `target`, beside a running server or without; nothing waits for it.

    `save` writes one state of its data into a new SQLite file, whatever database it is in. The backup takes twice the
    space of that for a while, in the folder of `target`, and has that name only when it is complete and on disk.
    `check` looks at the state that is saved.

    Raises:
        BackupError: the data is damaged, or the file cannot be written.
    """
    with explained(f"the backup {target} cannot be written"), workplace(target.parent) as place:
        copy = place / FILE_NAME
        save(copy, progress)
        contents = examined(copy, check, progress)
        files = [copy]
        if sealing_key is not None:
            write_private(place / SEALING_KEY_NAME, f"{sealing_key.hex()}\n".encode())
            files.append(place / SEALING_KEY_NAME)
        manifest = Manifest(
            program=__version__,
            schema=contents.schema,
            created_at=shown(time.time_ns() // 1000),
            account_id=str(contents.instance.account_id),
            region=contents.instance.region,
            members=tuple(_member(file, progress) for file in files),
            rows=contents.rows,
        )
        _pack(place / "backup", manifest, files, progress)
        put_in_place(place / "backup", target)
    return manifest


def verified(path: Path, progress: Progress = unwatched) -> Manifest:
    """What a backup is of, once every byte of it was found to be as it was written.

    Raises:
        BackupError: it is no backup, was cut short or altered, or is of a newer format.
    """
    try:
        with path.open("rb") as file:
            _check_sum(path, file, progress)
        with tarfile.open(path, "r:") as tar:
            text = opened(tar, _MANIFEST).read(_MANIFEST_MOST)
        manifest = msgspec.json.decode(text, type=Manifest)
    except OSError as error:
        raise BackupError(f"the backup {path} cannot be read: {error.strerror}") from error
    except (tarfile.TarError, KeyError, msgspec.DecodeError) as error:
        raise BackupError(f"{path} is no backup that this version can read: {error}") from error
    if manifest.format != FORMAT or manifest.format_version > FORMAT_VERSION:
        raise BackupError(f"{path} was written by a newer version of this program ({manifest.program})")
    return manifest


def examined(
    path: Path, check: Callable[[sqlite3.Connection], None] | None, progress: Progress = unwatched
) -> Contents:
    """What a database file that nobody writes holds.

    Raises:
        BackupError: it is damaged, or nobody's.
    """
    progress("checking", 0, 1)
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as raw:
        try:
            (faults, *_) = raw.execute("PRAGMA quick_check(1)").fetchone()
            if faults != "ok" or raw.execute("PRAGMA foreign_key_check").fetchone():
                raise BackupError(f"the database is damaged ({faults}): `modelry doctor` says more")
            database = Connection(raw)
            found = instance(database)
            if found is None:
                raise BackupError("the registry has never been started: there is nothing to back up")
            if check is not None:
                check(raw)
            tables = [name for (name,) in database.all("SELECT name FROM pragma_table_list WHERE type = 'table'")]
            rows = {name: database.count(f'FROM "{name}"') for name in sorted(tables) if not name.startswith("sqlite_")}
            (schema,) = database.one("SELECT version FROM schema_version") or (0,)
        except sqlite3.DatabaseError as error:
            raise BackupError(f"the database is damaged ({error})") from error
    progress("checking", 1, 1)
    return Contents(found, schema, rows)


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what the system and the database say into one line."""
    try:
        yield
    except OSError as error:
        raise BackupError(f"{what}: {error.strerror or error}") from error
    except (sqlite3.Error, StorageError, FolderError) as error:
        raise BackupError(f"{what}: {error}") from error


def copied_file(source: Path) -> Callable[[Path, Progress], None]:
    """Saves one state of a file that may be in use: for `back_up`.

    Pages are copied inside one read transaction: writers go on, and nothing of theirs gets in.
    """

    def copy(target: Path, progress: Progress) -> None:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(connect(source)) as raw, closing(sqlite3.connect(target, isolation_level=None)) as made:
            made.execute("PRAGMA synchronous = OFF")  # it is put on disk at the end, when its content is known
            raw.execute("BEGIN")
            raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
            raw.backup(
                made,
                pages=_PAGES_AT_ONCE,
                progress=lambda _status, remaining, total: progress("copying", total - remaining, total),
            )
            raw.execute("COMMIT")

    return copy


def _member(file: Path, progress: Progress) -> Member:
    size_bytes = file.stat().st_size
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        for piece in pieces(opened, size_bytes, "summing", progress):
            digest.update(piece)
    return Member(name=file.name, size_bytes=size_bytes, sha256=digest.hexdigest())


def _pack(target: Path, manifest: Manifest, files: list[Path], progress: Progress) -> None:
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as out:
        digest = hashlib.sha256()

        def put(content: bytes) -> None:
            digest.update(content)
            out.write(content)

        text = msgspec.json.format(msgspec.json.encode(manifest)) + b"\n"
        put(_header(_MANIFEST, len(text)) + text + _padding(len(text)))
        for file in files:
            size_bytes = file.stat().st_size
            put(_header(file.name, size_bytes))
            with file.open("rb") as opened:
                for piece in pieces(opened, size_bytes, "packing", progress):
                    put(piece)
            put(_padding(size_bytes))
        out.write(_end(digest.hexdigest()))
        out.flush()
        os.fsync(out.fileno())


def pieces(file: IO[bytes], size_bytes: int, what: str, progress: Progress) -> Iterator[bytes]:
    """The next bytes of a file, a piece at a time."""
    done = 0
    while done < size_bytes and (piece := file.read(min(_PIECE, size_bytes - done))):
        done += len(piece)
        progress(what, done, size_bytes)
        yield piece


def _header(name: str, size_bytes: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size_bytes, 0o600
    return entry.tobuf(tarfile.GNU_FORMAT)


def _padding(size_bytes: int) -> bytes:
    return bytes(-size_bytes % _BLOCK)


def _end(sha256: str) -> bytes:
    """The last entry of the tar and the two empty blocks after it; they follow from the sum."""
    text = f"{sha256}\n".encode()
    return _header(_CHECKSUM, len(text)) + text + _padding(len(text)) + bytes(2 * _BLOCK)


def _check_sum(path: Path, file: IO[bytes], progress: Progress) -> None:
    size_bytes = os.fstat(file.fileno()).st_size
    end_bytes = len(_end(hashlib.sha256().hexdigest()))
    if file.read(len(_MANIFEST)) != _MANIFEST.encode():
        raise BackupError(f"{path} is no backup of this program")
    if size_bytes < end_bytes or size_bytes % _BLOCK:
        raise BackupError(f"the backup {path} was cut short or altered: its size cannot be right")
    file.seek(0)
    digest = hashlib.sha256()
    for piece in pieces(file, size_bytes - end_bytes, "verifying", progress):
        digest.update(piece)
    if file.read() != _end(digest.hexdigest()):
        raise BackupError(f"the backup {path} was cut short or altered: its checksum is not that of its content")


def opened(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    """A file in a backup.

    Raises:
        KeyError: there is none of this name.
    """
    found = tar.extractfile(name)
    if found is None:
        raise KeyError(f"{name} is no file")
    return found
