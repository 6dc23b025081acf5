"""What the processes of one machine share: the nonces used lately, and a counter that moves when access changes.

Both lie in one file of fixed size, `machine.state`. A first page says what the file is and since when its table is
complete; after it come buckets of 64 entries of 16 bytes, each the date of a request and a keyed digest of its access
key and nonce. An entry may be overwritten only when a request of its date would be refused for its age. A full bucket
throttles: nothing is forgotten early, so as long as the file is believed, a nonce in it is used once.

Only the first page is read through a memory map, and nothing is written through one. It would save a microsecond, but
the file is sparse: on a full disk a store into a hole kills the process with SIGBUS, and in a memory file system so
does a load, where `pread` gives zeros and `pwrite` an error.

The nonces of writes are not here but in the database, in the transaction of the write. docs/replay.md has the whole.
"""

import errno
import hashlib
import mmap
import os
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_UN, flock, lockf
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Self

from modelry.access.claim import iso_8601
from modelry.errors import NONCE_USED, THROTTLED, TIMESTAMP_EXPIRED, UNAVAILABLE, ApiError

WINDOW_S = 900
"""How far a request's date may lie from the server's clock, either way: an entry dated `d` is needed until `d + 900`.

The same as the window of `access.claim.check_window`.
"""

ENTRY_BYTES = 16
BUCKET_BYTES = 1024
MIN_SIZE_BYTES = 1 << 20
"""The smallest table worth offering in a setting: 65,536 entries. `MachineState.open` itself takes any whole bucket."""
DEFAULT_SIZE_BYTES = 64 << 20
"""Four Mi entries; docs/replay.md says which rates that serves."""

_BUCKET_ENTRIES = BUCKET_BYTES // ENTRY_BYTES
_DATE_BYTES = 4
_DIGEST_BYTES = ENTRY_BYTES - _DATE_BYTES
_PART_ENTRIES = 16
_PARTS = _BUCKET_ENTRIES // _PART_ENTRIES
_PART_DATES = struct.Struct(f"={'I12x' * _PART_ENTRIES}")
_BUCKET_DATES = struct.Struct(f"={'I12x' * _BUCKET_ENTRIES}")
_DATE = struct.Struct("=I")

_MAGIC = b"modelry\x01"
_LAYOUT = 1
_HEADER_BYTES = 4096
_FIXED = struct.Struct("<8sIIQQ32s40s")
_CHECKSUM_BYTES = 16
_WORDS_START = 128
_WORDS = struct.Struct("=QQ")
_WORD = struct.Struct("=Q")
_GENERATION, _COMPLETE_SINCE = 0, 1

_MIN_RETRY_MS = 100
_MAX_RETRY_MS = 60_000
_SAMPLED_BUCKETS = 64
_BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")


class _Header(NamedTuple):
    """The part of the first page that is written only when the file is opened or closed."""

    magic: bytes
    layout: int
    clean: int
    """1 when everything was on disk as the last process left; 0 as soon as the file is open."""
    size_bytes: int
    """Of the table, without this page."""
    inode: int
    """Of the file itself: most copies put back from a backup show by it (an inode number can be used again)."""
    table_key: bytes
    """Secret and random: nobody outside can choose nonces that meet in one bucket."""
    boot_id: bytes
    """The boot of the machine under which the file was last open; empty where the system does not tell."""


class MachineState:
    """The shared file of one machine, open in this process.

    The parent process calls `open` before it starts workers, and each worker calls `attach`. Within a process it may
    be called from any thread, but it is made for one, the event loop: a thread waits while another inserts.
    """

    made_new: str | None
    """Why `open` made the table new (for the log); `None` when it believed the one that was there."""

    def __init__(self, fd: int, *, shared: bool, made_new: str | None = None) -> None:
        """Map the file that `open` or `attach` found good; takes over `fd`."""
        header = _read_header(fd)
        if header is None:
            os.close(fd)
            raise ValueError("not a machine state file of this version of modelry")
        self.made_new = made_new
        self._fd = fd
        self._shared = shared
        self._size_bytes = header.size_bytes
        self._buckets = header.size_bytes // BUCKET_BYTES
        self._in_process = Lock()  # The file's locks are between processes: any thread of the holder gets them too.
        self._keyed = hashlib.blake2b(digest_size=_DIGEST_BYTES, key=header.table_key)
        self._map = mmap.mmap(fd, _HEADER_BYTES, access=mmap.ACCESS_READ)
        self._words = memoryview(self._map)[_WORDS_START : _WORDS_START + _WORDS.size].cast("Q")

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        now: float,
        size_bytes: int = DEFAULT_SIZE_BYTES,
        boot_id: str | None = None,
        shared: bool = False,
    ) -> Self:
        """Open the file for this machine, or make it new where the one at `path` cannot be believed.

        It is believed when its header is whole, it has this size, its inode says that it is no copy, and it was either
        written under this boot of the machine (a killed process loses nothing: the page cache outlives it) or closed
        clean. Otherwise the table starts empty, with a new key, complete since `now` rounded down to the second.

        Call it in the parent only, while it holds the data directory: a file made new replaces the old one by name,
        and a process that still had the old one open would go on using that.

        Args:
            path: The file; a symbolic link is followed, so it may lie in a memory file system.
            now: Unix seconds.
            size_bytes: Of the table, a multiple of 1,024. A change makes the table new.
            boot_id: What tells one boot of the machine from another; read from the system when `None`. An empty one
                is never taken for the same boot.
            shared: Whether other processes use the file at the same time; each insert then takes a lock.

        """
        if size_bytes <= 0 or size_bytes % BUCKET_BYTES:
            raise ValueError(f"the table of used nonces takes a multiple of {BUCKET_BYTES} bytes, not {size_bytes}")
        path = path.resolve()
        boot = (current_boot_id() if boot_id is None else boot_id).encode()[:40]
        with _lock_beside(path):
            doubt = _doubt(path, size_bytes=size_bytes, now=int(now), boot_id=boot)
            if doubt is None:
                fd = _reopen(path, boot_id=boot)
            else:
                fd = _create(path, size_bytes=size_bytes, complete_since=int(now), boot_id=boot)
        return cls(fd, shared=shared, made_new=doubt)

    @classmethod
    def attach(cls, path: Path, *, shared: bool = True) -> Self:
        """Open the file that another process has opened; changes nothing.

        Raises:
            OSError: When there is none; no server runs on that data directory then.
            ValueError: When it is not such a file.

        """
        return cls(os.open(path, os.O_RDWR | os.O_CLOEXEC), shared=shared)

    def check(self, key_id: str, nonce: str, date: int, now: int) -> None:
        """Use up `nonce` of access key `key_id`; returns only if nobody on this machine used it before.

        Call it after the signature was found right, otherwise a stranger can spend a client's nonces and fill the
        table. It blocks while another process inserts into the same bucket (microseconds).

        Args:
            key_id: The access key, without NUL.
            nonce: As the client sent it.
            date: The date of the request, unix seconds; the caller has checked that it is within 900 s of `now`.
            now: Unix seconds.

        Raises:
            ApiError: NONCE_USED. TIMESTAMP_EXPIRED: dated before `complete_since`, so nobody can say whether it was
                used. THROTTLED: no room until an entry expires. UNAVAILABLE: the entry cannot be written (disk full).

        """
        since = self._words[_COMPLETE_SINCE]
        if now - WINDOW_S > since or now < since - WINDOW_S:
            self._follow_clock(now)
        keyed = self._keyed.copy()
        keyed.update(f"{key_id}\0{nonce}".encode("utf-8", "surrogatepass"))
        digest = keyed.digest()
        start = _HEADER_BYTES + int.from_bytes(digest, "little") % self._buckets * BUCKET_BYTES
        with self._in_process:
            if not self._shared:
                self._insert(start, digest, date, now)
                return
            lockf(self._fd, LOCK_EX, BUCKET_BYTES, start)
            try:
                self._insert(start, digest, date, now)
            finally:
                lockf(self._fd, LOCK_UN, BUCKET_BYTES, start)

    @property
    def complete_since(self) -> int:
        """The unix second since when every nonce used is in the table; requests dated before it are refused.

        It is the second of the start for a new table, and never more than 900 s before the latest time seen.
        """
        return self._words[_COMPLETE_SINCE]

    def generation(self) -> int:
        """How often access (keys, users, policies, roles) has changed; what was looked up under another is stale."""
        return self._words[_GENERATION]

    def bump_generation(self) -> int:
        """Tell every process of this machine that access has changed; call it after the change is committed.

        Safe from any process that has attached, even beside a server that does not share its table.
        """
        with self._header_locked():
            generation = self._words[_GENERATION] + 1
            self._write_word(_GENERATION, generation)
        return generation

    @property
    def capacity_entries(self) -> int:
        """How many entries the table has; plan to fill half (docs/replay.md)."""
        return self._buckets * _BUCKET_ENTRIES

    def entries_estimate(self, now: int) -> int:
        """About how many entries are still needed, from 64 buckets evenly spread: good to a few percent."""
        sample = range(0, self._buckets, max(1, self._buckets // _SAMPLED_BUCKETS))
        needed = 0
        for bucket in sample:
            dates = _BUCKET_DATES.unpack(os.pread(self._fd, BUCKET_BYTES, _HEADER_BYTES + bucket * BUCKET_BYTES))
            needed += sum(date >= now - WINDOW_S for date in dates)
        return needed * self._buckets // len(sample)

    def close(self, *, clean: bool) -> None:
        """Let go of the file.

        With `clean=True` first see everything onto the disk and note that: only then is the table believed after the
        machine has been started anew. Only the parent says so, once no worker is left.
        """
        if clean:
            os.fsync(self._fd)
            header = _read_header(self._fd)
            if header is not None:
                _write_header(self._fd, header._replace(clean=1))
                os.fsync(self._fd)
        self._words.release()
        self._map.close()
        os.close(self._fd)

    def _insert(self, start: int, digest: bytes, date: int, now: int) -> None:
        """Write the entry into the bucket at file offset `start`, or refuse; the caller holds its lock."""
        since = self._words[_COMPLETE_SINCE]
        if date < since:  # Under the lock: another process may just have moved it on and overwritten this very entry.
            reason = f"before {iso_8601(since)}, from when on this server knows which nonces were used"
            raise ApiError(TIMESTAMP_EXPIRED, value=iso_8601(date), reason=reason)
        bucket = os.pread(self._fd, BUCKET_BYTES, start)
        oldest_needed = now - WINDOW_S
        entry = _entry_of(bucket, digest)
        if entry is None:
            entry, oldest = _oldest_entry(bucket, digest, oldest_needed)
            if oldest >= oldest_needed:
                wait_ms = (oldest + WINDOW_S + 1 - now) * 1000
                raise ApiError(
                    THROTTLED,
                    reason="Too many requests in the last minutes: the table of used nonces has no room for this one.",
                    retry_after_ms=min(max(wait_ms, _MIN_RETRY_MS), _MAX_RETRY_MS),
                )
        elif _DATE.unpack_from(bucket, entry)[0] >= oldest_needed:
            raise ApiError(NONCE_USED)
        self._write(start + entry, _DATE.pack(date) + digest)

    def _follow_clock(self, now: int) -> None:
        """Move `complete_since` on to `now - 900`, before anything older is overwritten.

        So a clock that is set back does not make a forgotten nonce acceptable again: what is refused stays refused.
        Only when the clock now stands over 900 s before `complete_since` was the older time plainly wrong (a machine
        that started in the far future and then asked a time server); the table then counts as new from `now`, because
        the alternative is to refuse everybody until that future comes.
        """
        with self._header_locked():
            since = self._words[_COMPLETE_SINCE]
            since = now if now < since - WINDOW_S else max(since, now - WINDOW_S)
            self._write_word(_COMPLETE_SINCE, since)

    @contextmanager
    def _header_locked(self) -> Iterator[None]:
        with self._in_process:
            lockf(self._fd, LOCK_EX, _HEADER_BYTES, 0)
            try:
                yield
            finally:
                lockf(self._fd, LOCK_UN, _HEADER_BYTES, 0)

    def _write_word(self, word: int, value: int) -> None:
        self._write(_WORDS_START + word * _WORD.size, _WORD.pack(value))

    def _write(self, offset: int, value: bytes) -> None:
        try:
            os.pwrite(self._fd, value, offset)
        except OSError as error:
            reason = f"The table of used nonces cannot be written: {error.strerror}."
            raise ApiError(UNAVAILABLE, reason=reason) from error


def current_boot_id() -> str:
    """What the system calls this boot of the machine; empty where it has no such name."""
    try:
        return _BOOT_ID_FILE.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _entry_of(bucket: bytes, digest: bytes) -> int | None:
    """Offset of the entry that holds `digest`, expired or not."""
    found = bucket.find(digest)
    while found >= 0 and found % ENTRY_BYTES != _DATE_BYTES:
        found = bucket.find(digest, found + 1)
    return None if found < 0 else found - _DATE_BYTES


def _oldest_entry(bucket: bytes, digest: bytes, oldest_needed: int) -> tuple[int, int]:
    """Offset and date of an entry to overwrite: one that is not needed if there is any, else the oldest.

    One never used has date 0. A quarter of the bucket, any, is looked at first: unpacking dates is the dearest part of
    an insert, and in a table half full nearly every quarter has room.
    """
    first = digest[-1] % _PARTS * _PART_ENTRIES
    dates = _PART_DATES.unpack_from(bucket, first * ENTRY_BYTES)
    oldest = min(dates)
    if oldest >= oldest_needed:
        first = 0
        dates = _BUCKET_DATES.unpack(bucket)
        oldest = min(dates)
    return (first + dates.index(oldest)) * ENTRY_BYTES, oldest


def _doubt(path: Path, *, size_bytes: int, now: int, boot_id: bytes) -> str | None:
    """Why the file at `path` is not believed; `None` when it is.

    Raises:
        OSError: When there is a file that this process may not use.

    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return "there was none"
    try:
        header = _read_header(fd)
        status = os.fstat(fd)
        words = os.pread(fd, _WORDS.size, _WORDS_START)
    finally:
        os.close(fd)
    if header is None:
        return "it was damaged, or written by another version"
    since = _WORDS.unpack(words)[_COMPLETE_SINCE]
    doubts = (
        (header.size_bytes != size_bytes, "the setting of its size has changed"),
        (status.st_size != _HEADER_BYTES + size_bytes, "it was cut short"),
        (status.st_ino != header.inode, "it was a copy, and a copy does not know what came after it"),
        (not header.clean and (not boot_id or header.boot_id != boot_id), "the machine stopped while it was open"),
        (since > now + WINDOW_S, "it was written under a clock that was ahead of this one"),
    )
    return next((why for doubtful, why in doubts if doubtful), None)


def _reopen(path: Path, *, boot_id: bytes) -> int:
    """Note in a file that is believed that it is open under this boot."""
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    os.fchmod(fd, 0o600)
    header = _read_header(fd)
    if header is None:
        raise OSError(errno.EIO, "changed while it was being opened", str(path))
    _write_header(fd, header._replace(clean=0, boot_id=boot_id))
    if header.clean:
        os.fsync(fd)  # Before the first insert: a crash must not leave an old table on the disk that says it is clean.
    return fd


def _create(path: Path, *, size_bytes: int, complete_since: int, boot_id: bytes) -> int:
    """Put an empty table in the place of whatever is at `path`, in one step."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    fd = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.fchmod(fd, 0o600)
    os.ftruncate(fd, _HEADER_BYTES + size_bytes)
    header = _Header(
        magic=_MAGIC,
        layout=_LAYOUT,
        clean=0,
        size_bytes=size_bytes,
        inode=os.fstat(fd).st_ino,
        table_key=secrets.token_bytes(32),
        boot_id=boot_id,
    )
    os.pwrite(fd, bytes(_HEADER_BYTES), 0)
    os.pwrite(fd, _WORDS.pack(1, complete_since), _WORDS_START)
    _write_header(fd, header)
    os.fsync(fd)
    unfinished.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)  # The old file must not come back after a crash: it may say that it is clean.
    finally:
        os.close(directory)
    return fd


def _read_header(fd: int) -> _Header | None:
    """The header, or `None` when it is damaged or of another layout."""
    written = os.pread(fd, _FIXED.size + _CHECKSUM_BYTES, 0)
    fixed = written[: _FIXED.size]
    if len(written) < _FIXED.size + _CHECKSUM_BYTES or written[_FIXED.size :] != _checksum(fixed):
        return None
    header = _Header(*_FIXED.unpack(fixed))
    header = header._replace(boot_id=header.boot_id.rstrip(b"\0"))
    return header if (header.magic, header.layout) == (_MAGIC, _LAYOUT) else None


def _write_header(fd: int, header: _Header) -> None:
    fixed = _FIXED.pack(*header)
    os.pwrite(fd, fixed + _checksum(fixed), 0)


def _checksum(fixed: bytes) -> bytes:
    return hashlib.blake2b(fixed, digest_size=_CHECKSUM_BYTES).digest()


@contextmanager
def _lock_beside(path: Path) -> Iterator[None]:
    """Keep other processes from opening or making the file at `path` meanwhile; the lock's file stays."""
    fd = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        flock(fd, LOCK_EX)
        yield
    finally:
        os.close(fd)
