"""What has been fetched of a service, kept on disk: an import that was interrupted goes on from there.

Lines of JSON that are only added: the entries of a model, then one that says that the model is whole. What follows the
last such line was cut off and is fetched again.
"""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

import msgspec

from modelry.bundle.format import BundleError, Entry, entry_of, line_of
from modelry.contract.operation import Shape


class _Head(Shape):
    """The first line: whose models these are."""

    spool_of: str


class _Whole(Shape):
    """A model has been fetched; its entries stand before."""

    whole: str
    """Its id."""
    fingerprint: str


class _Kept(NamedTuple):
    start: int
    end: int
    fingerprint: str


class Spool:
    """The models of one workspace of one service."""

    def __init__(self, path: Path, source: str) -> None:
        """Open the file, or begin it; `source` says what it is for.

        Raises:
            BundleError: it is another one's, or in use.
            OSError: it cannot be written.
        """
        self.path = path
        self._models: dict[str, _Kept] = {}
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b")
        try:
            self._lock()
            self._read(source)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def models(self) -> int:
        """How many models it has."""
        return len(self._models)

    def has(self, model_id: str, fingerprint: str) -> bool:
        """Whether a model has been fetched since it became what `fingerprint` stands for."""
        kept = self._models.get(model_id)
        return kept is not None and kept.fingerprint == fingerprint

    def add(self, model_id: str, fingerprint: str, entries: Iterator[Entry]) -> None:
        """Keep a model, once all of its entries are there."""
        start = self._file.seek(0, os.SEEK_END)
        try:
            for entry in entries:
                self._write(entry)
            end = self._file.tell()
            self._write(_Whole(whole=model_id, fingerprint=fingerprint))
            self._file.flush()
        except BaseException:
            self._file.seek(start)
            self._file.truncate()
            raise
        self._models[model_id] = _Kept(start, end, fingerprint)

    def entries(self, model_id: str) -> Iterator[Entry]:
        """A model and its versions."""
        kept = self._models[model_id]
        at = kept.start
        while at < kept.end:
            self._file.seek(at)
            line = self._file.readline()
            at += len(line)
            yield entry_of(line)

    def discard(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)

    def _write(self, line: Shape) -> None:
        self._file.write(line_of(line))

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BundleError(f"{self.path} is in use: the same is being fetched already") from error

    def _read(self, source: str) -> None:
        """Find the models that are whole, and cut off what follows the last."""
        head = self._file.readline()
        end = len(head)
        if not head.endswith(b"\n"):
            self._file.seek(0)
            self._file.truncate()
            self._write(_Head(spool_of=source))
            self._file.flush()
            return
        if _begun(head) != source:
            raise BundleError(f"{self.path} holds what was fetched of {_begun(head) or 'something else'}: remove it")
        for start, stop, whole in _models(self._file, end):
            self._models[whole.whole] = _Kept(start, stop, whole.fingerprint)
            end = self._file.tell()
        self._file.seek(end)
        self._file.truncate()


def _begun(head: bytes) -> str:
    try:
        return msgspec.json.decode(head, type=_Head).spool_of
    except msgspec.DecodeError:
        return ""


def _models(file: IO[bytes], start: int) -> Iterator[tuple[int, int, _Whole]]:
    """Where the entries of each model start and end, until something is no line of a spool."""
    stop = start
    while (line := file.readline()).endswith(b"\n"):
        if not line.startswith(b'{"Whole":'):
            stop += len(line)
            continue
        try:
            whole = msgspec.json.decode(line, type=_Whole)
        except msgspec.DecodeError:
            return
        yield start, stop, whole
        start = stop = stop + len(line)
