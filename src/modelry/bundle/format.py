"""The file: a zip archive of a manifest and of JSON Lines, an `Entry` a line, each file with its SHA-256.

The format is decided here. A file is read and written line by line, whatever its size.
"""

import hashlib
import os
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import IO, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from modelry import __version__
from modelry.contract.operation import Int64, JsonObject, Shape

FORMAT = "modelry-bundle"
FORMAT_VERSION = 1
"""A reader takes this one and those before it."""

Kind: TypeAlias = Literal["Workspace", "Role", "Member", "Config", "Model", "Version"]

FILES: dict[Kind, str] = {
    "Workspace": "workspace.jsonl",
    "Role": "roles.jsonl",
    "Member": "members.jsonl",
    "Config": "configs.jsonl",
    "Model": "models.jsonl",
    "Version": "models.jsonl",  # each after its model, in the order in which they were made
}
"""Where entries of a kind lie; the files stand in this order."""

_MANIFEST = "manifest.json"
_LINE_MAX_BYTES = 64 * 2**20
_READ_BYTES = 2**20
_NO_DATE = (1980, 1, 1, 0, 0, 0)
"""Of the files in the archive: the manifest says when."""


class BundleError(Exception):
    """A bundle cannot be read, or what it holds cannot be taken in; the message says why."""


class NoWorkspaceError(BundleError):
    """Nothing has this id or name."""

    def __init__(self, id_or_name: str) -> None:
        super().__init__(f"there is no workspace {id_or_name}")


class Entry(Shape):
    """One thing of a workspace."""

    kind: Kind
    document: JsonObject
    """As its Get or List operation answers it, without the RequestId; a model without its latest version."""
    created_us: Int64 | UnsetType = UNSET
    """Microseconds since the epoch: more of the time than the document shows. Out of a data folder alone."""
    modified_us: Int64 | UnsetType = UNSET
    """Likewise."""
    highest_version: str | UnsetType = UNSET
    """Of a model: the `MAJOR.MINOR` that automatic numbering goes on from. Out of a data folder alone."""
    collections: list[str] | UnsetType = UNSET
    """Of a model. Out of a data folder alone."""


class Origin(Shape):
    """Where a workspace comes from."""

    source: Literal["data folder", "service"]
    endpoint: str | UnsetType = UNSET
    """Of a service."""
    account_id: str | UnsetType = UNSET
    """Absent if a service showed no model, which would tell."""
    region: str | UnsetType = UNSET
    workspace_id: str
    workspace_name: str


class File(Shape):
    """One file of a bundle."""

    counts: dict[Kind, int]
    size_bytes: int
    sha256: str


class Manifest(Shape):
    """What a bundle holds."""

    format: Literal["modelry-bundle"]
    format_version: int
    written_by: str
    written_at: str
    origin: Origin
    files: dict[str, File]

    @property
    def counts(self) -> Counter[Kind]:
        """Entries by kind."""
        return sum((Counter(file.counts) for file in self.files.values()), Counter())


_entry = msgspec.json.Decoder(Entry)
_manifest = msgspec.json.Decoder(Manifest)


def entry_of(line: bytes) -> Entry:
    """The entry of a line.

    Raises:
        msgspec.DecodeError: it is none.
    """
    found = _entry.decode(line)
    msgspec.json.decode(found.document, type=dict[str, msgspec.Raw])
    return found


def line_of(entry: Shape) -> bytes:
    """An entry as a line: line breaks inside are blanks between values, as those in texts are escaped."""
    return msgspec.json.encode(entry).replace(b"\n", b" ").replace(b"\r", b" ") + b"\n"


def write(path: Path, origin: Origin, entries: Iterable[Entry]) -> Manifest:
    """Write a bundle; at `path` there is nothing, or what was there before, until it is whole.

    `entries` come in the order of `FILES`.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as raw:
            manifest = _archive(raw, origin, entries)
            raw.flush()
            os.fsync(raw.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def _archive(raw: IO[bytes], origin: Origin, entries: Iterable[Entry]) -> Manifest:
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        files = {
            name: _write_file(archive, name, group) for name, group in groupby(entries, lambda each: FILES[each.kind])
        }
        manifest = Manifest(
            format="modelry-bundle",
            format_version=FORMAT_VERSION,
            written_by=f"modelry {__version__}",
            written_at=datetime.now(UTC).isoformat(timespec="seconds"),
            origin=origin,
            files=files,
        )
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        archive.writestr(zipfile.ZipInfo(_MANIFEST, _NO_DATE), text, zipfile.ZIP_DEFLATED)
    return manifest


def _write_file(archive: zipfile.ZipFile, name: str, entries: Iterable[Entry]) -> File:
    counts: Counter[Kind] = Counter()
    size_bytes, digest = 0, hashlib.sha256()
    described = zipfile.ZipInfo(name, _NO_DATE)
    described.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(described, "w", force_zip64=True) as file:
        for entry in entries:
            line = line_of(entry)
            file.write(line)
            digest.update(line)
            size_bytes += len(line)
            counts[entry.kind] += 1
    return File(counts=dict(counts), size_bytes=size_bytes, sha256=digest.hexdigest())


class Bundle:
    """A bundle that is read."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        """Read `archive`, which is what `manifest` says."""
        self._archive = archive
        self.manifest = manifest

    def check(self) -> None:
        """See that every file is as it was written.

        Raises:
            BundleError: one is not.
        """
        for name, file in self.manifest.files.items():
            size_bytes, digest = 0, hashlib.sha256()
            with _damage(name), self._archive.open(name) as lines:
                while part := lines.read(_READ_BYTES):
                    digest.update(part)
                    size_bytes += len(part)
            if (size_bytes, digest.hexdigest()) != (file.size_bytes, file.sha256):
                raise BundleError(f"{name} is not what was written: its SHA-256 is another one")
        for _ in self.entries():
            pass  # each is read once, so that nothing is taken in of a bundle with a bad line

    def entries(self) -> Iterator[Entry]:
        """Everything in it, in the order of `FILES`.

        Raises:
            BundleError: a line is no entry, or stands where it must not.
        """
        for name in dict.fromkeys(FILES.values()):
            if name in self.manifest.files:
                yield from self._entries(name)

    def _entries(self, name: str) -> Iterator[Entry]:
        with _damage(name), self._archive.open(name) as lines:
            number = 0
            while line := lines.readline(_LINE_MAX_BYTES):
                number += 1
                try:
                    entry = entry_of(line)
                except msgspec.DecodeError as error:
                    raise BundleError(f"{name}, line {number}: {error}") from error
                if FILES[entry.kind] != name or (number == 1 and entry.kind == "Version"):
                    raise BundleError(f"{name}, line {number}: a {entry.kind} has no place there")
                yield entry


@contextmanager
def opened(path: Path) -> Iterator[Bundle]:
    """A bundle.

    Raises:
        BundleError: the file is none, is cut off, or is of a later format.
        OSError: it cannot be read.
    """
    with path.open("rb") as raw, ExitStack() as stack:
        with _damage(path.name):
            archive = stack.enter_context(zipfile.ZipFile(raw))
            manifest = _read_manifest(archive)
        yield Bundle(archive, manifest)


def _read_manifest(archive: zipfile.ZipFile) -> Manifest:
    names = archive.namelist()
    if _MANIFEST not in names:
        raise BundleError(f"it has no {_MANIFEST}: it is no bundle")
    try:
        text = archive.read(_MANIFEST)
        version = msgspec.json.decode(text, type=_Versioned).format_version
        if version > FORMAT_VERSION:
            raise BundleError(
                f"it is of format {version}, this program reads up to {FORMAT_VERSION}: take a later version of modelry"
            )
        manifest = _manifest.decode(text)
    except msgspec.DecodeError as error:
        raise BundleError(f"its {_MANIFEST} cannot be read: {error}") from error
    if sorted(names) != sorted([_MANIFEST, *manifest.files]):
        raise BundleError(f"it holds {', '.join(sorted(names))}, but its {_MANIFEST} names others")
    if unknown := manifest.files.keys() - set(FILES.values()):
        raise BundleError(f"it holds {', '.join(sorted(unknown))}, which no bundle has")
    return manifest


class _Versioned(Shape):
    format: Literal["modelry-bundle"]
    format_version: int


_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError)
"""What reading a damaged archive may end in: a cut, other bytes, an unknown compression, a password."""


@contextmanager
def _damage(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGES as error:
        raise BundleError(f"{name} is damaged, cut off, or no bundle: {error}") from error
