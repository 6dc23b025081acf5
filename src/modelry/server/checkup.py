"""What `modelry doctor` looks at: each check says how it is and, if it is not well, what to do."""

import os
import secrets
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Literal, NamedTuple

from modelry import families
from modelry.access.claim import parse_claim
from modelry.access.sealing import Sealer, SealError
from modelry.access.signature import SignedRequest, SigningKey, sign_acs3, verify
from modelry.errors import ApiError
from modelry.families.ram.keys import store as keys
from modelry.families.ram.keys.renewal import sealed_secrets
from modelry.server import custody
from modelry.server.custody import CustodyError
from modelry.server.machine import MachineState
from modelry.settings import Settings
from modelry.storage import migrations
from modelry.storage.backup import SEALING_KEY_NAME
from modelry.storage.database import Connection, StorageError
from modelry.storage.folder import UNFINISHED, holder
from modelry.storage.instance import instance
from modelry.storage.migrations import SchemaError
from modelry.storage.sqlite import FILE_NAME, SqliteSchema, connect

State = Literal["ok", "warning", "failed"]

_FREE_LEAST_BYTES = 64 << 20
_FREE_ENOUGH_BYTES = 1 << 30
_AHEAD_S = 900
"""How far the data may be ahead of the clock: clients within the window of signatures still agree with it."""


class Finding(NamedTuple):
    """The outcome of a check."""

    name: str
    state: State
    text: str
    advice: str = ""
    """What to do; empty when there is nothing to do."""


class _Result(NamedTuple):
    state: State
    text: str
    advice: str = ""


def findings(settings: Settings) -> Iterator[Finding]:
    """The outcome of every check, one after the other; those that need a database come only where there is one."""
    for name, check in _OF_FOLDER:
        result = check(settings)
        yield Finding(name, *result)
        if name == "folder" and result.state == "failed":
            return
    try:
        with closing(connect(settings.folder / FILE_NAME)) as raw:
            for name, look in _OF_DATABASE:
                yield Finding(name, *_looked(look, settings, raw))
    except StorageError as error:
        yield Finding("database", "failed", str(error), "restore a backup into another folder: modelry restore")


def _looked(
    look: Callable[[Settings, sqlite3.Connection], _Result], settings: Settings, raw: sqlite3.Connection
) -> _Result:
    try:
        return look(settings, raw)
    except sqlite3.Error as error:
        return _Result("failed", f"the database does not answer: {error}", "restore a backup: modelry restore")


def _folder(settings: Settings) -> _Result:
    folder = settings.folder
    if not (folder / FILE_NAME).is_file():
        return _Result("failed", f"there is no registry in {folder}", "name the folder with --data, or: modelry init")
    if (folder / UNFINISHED).exists():
        return _Result("failed", f"a restore into {folder} was cut off", "run modelry restore with the backup again")
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        advice = "run this and the server as one user, and give that user the folder: chown -R"
        return _Result("warning", f"{folder} belongs to user {owner}, this is user {os.geteuid()}", advice)
    if not os.access(folder, os.W_OK):
        return _Result("failed", f"{folder} cannot be written", "chmod u+rwx, or mount it writable")
    return _Result("ok", f"{folder}, user {owner}")


def _modes(settings: Settings) -> _Result:
    paths = [settings.folder, *(path for path in settings.folder.rglob("*") if path.is_file())]
    open_to_others = [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_to_others:
        names = ", ".join(path.name for path in open_to_others)
        return _Result("warning", f"others may use {names}", f"chmod -R go= {settings.folder}")
    return _Result("ok", f"{len(paths)} files and folders are the owner's alone")


def _lock(settings: Settings) -> _Result:
    process = holder(settings.folder)
    return _Result("ok", f"held by process {process}" if process else "no server uses the folder")


def _disk(settings: Settings) -> _Result:
    free_bytes = shutil.disk_usage(settings.folder).free
    size_bytes = sum(path.stat().st_size for path in settings.folder.glob(f"{FILE_NAME}*"))
    text = f"{free_bytes >> 20:,} MiB are free, the database has {size_bytes >> 20:,} MiB"
    if free_bytes < _FREE_LEAST_BYTES:
        return _Result("failed", text, "make room: writes are about to be refused")
    if free_bytes < max(_FREE_ENOUGH_BYTES, 2 * size_bytes):
        return _Result("warning", text, "make room: a backup here takes twice the database for a while")
    return _Result("ok", text)


def _machine(settings: Settings) -> _Result:
    path = settings.folder / "machine.state"
    if not path.exists():
        return _Result("ok", "there is no table of used nonces yet: the next start makes it")
    try:
        state = MachineState.attach(path)
    except (OSError, ValueError) as error:
        advice = "nothing: the next start makes a new one and refuses requests of before"
        return _Result("warning", f"{path.name} cannot be used: {error}", advice)
    used, room = state.entries_estimate(int(time.time())), state.capacity_entries
    state.close(clean=False)
    text = f"about {used:,} of {room:,} nonces are in use"
    return _Result("warning", text, "raise nonce_table_bytes") if used > room // 2 else _Result("ok", text)


def _schema(_settings: Settings, raw: sqlite3.Connection) -> _Result:
    known = list(families.migrations("sqlite"))
    try:
        pending = migrations.pending(SqliteSchema(raw), known)
    except SchemaError as error:
        return _Result("failed", str(error), "use the version of the program that wrote the data")
    if pending:
        return _Result("warning", f"{len(pending)} migrations are pending", "modelry migrate, or the next start")
    return _Result("ok", f"all {len(known)} migrations are applied")


def _integrity(_settings: Settings, raw: sqlite3.Connection) -> _Result:
    advice = "keep a copy of the folder, then restore a backup: modelry restore"
    faults = [row[0] for row in raw.execute("PRAGMA quick_check(3)")]
    if faults != ["ok"]:
        return _Result("failed", f"the database is damaged: {'; '.join(faults)}".replace("\n", " "), advice)
    loose = raw.execute("PRAGMA foreign_key_check").fetchall()
    if loose:
        tables = ", ".join(sorted({row[0] for row in loose}))
        return _Result("failed", f"{len(loose)} rows refer to what is not there, in {tables}", advice)
    return _Result("ok", "pages, indexes and references hold together")


def _clock(_settings: Settings, raw: sqlite3.Connection) -> _Result:
    first = time.time_ns()
    (last_us,) = raw.execute("SELECT last_us FROM clock").fetchone()
    if time.time_ns() < first:
        return _Result("warning", "the clock went back while this looked", "let a time server keep it")
    ahead_s = (last_us - first // 1000) / 1_000_000
    if ahead_s <= 0:
        return _Result("ok", f"the last write was {-ahead_s:,.0f} s ago")
    text = f"the last write is dated {ahead_s:,.0f} s after this clock"
    advice = "set the clock; new times go on from the last one until it has caught up"
    return _Result("failed" if ahead_s > _AHEAD_S else "warning", text, advice)


def _sealing(settings: Settings, raw: sqlite3.Connection) -> _Result:
    database = Connection(raw)
    try:
        key = custody.sealing_key(settings)
    except CustodyError as error:
        return _Result("failed", str(error), "put the sealing key back; a backup made --with-sealing-key has it")
    closed = [key_id for key_id, sealed in sealed_secrets(database) if _secret(key, key_id, sealed) is None]
    if custody.beside(settings.folder / SEALING_KEY_NAME).exists():
        return _Result("warning", "modelry keys rewrap was cut off", "start the server, or run it again")
    if closed:
        text = f"{len(closed)} secrets were sealed with another key: {', '.join(closed[:3])}"
        return _Result("failed", text, "bring back the sealing key of this data")
    return _Result("ok", f"opens all {len(sealed_secrets(database))} stored secrets")


def _root(settings: Settings, raw: sqlite3.Connection) -> _Result:
    database = Connection(raw)
    found, root = instance(database), keys.root_key(database)
    if found is None or root is None:
        return _Result("failed", "the account has no key of its own", "modelry keys reset-root")
    if root.status != "Active":
        return _Result("warning", f"{root.principal.access_key_id} is not active", "modelry keys reset-root")
    try:
        custody.known_root_key(settings, Sealer(custody.sealing_key(settings)), database)
    except (CustodyError, SealError) as error:
        return _Result("failed", str(error), "the server would not start: make the settings and the data agree")
    return _Result("ok", f"{root.principal.access_key_id} of account {found.account_id}, region {found.region}")


def _signature(settings: Settings, raw: sqlite3.Connection) -> _Result:
    """Sign a request with the root key and verify it; then see that one byte more is refused."""
    root = keys.root_key(Connection(raw))
    advice = "see the checks of the keys; if they are well, install the program again"
    try:
        secret = None if root is None else _secret(custody.sealing_key(settings), *_sealed(root))
    except CustodyError:
        secret = None
    if root is None or secret is None:
        return _Result("failed", "there is no key to sign with", advice)
    key = SigningKey(secret)
    plain = SignedRequest("GET", b"/api/v1/models", [], {b"host": b"modelry", b"x-acs-version": b"2021-02-04"}, b"")
    added = sign_acs3(plain, root.principal.access_key_id, key, time=int(time.time()), nonce=secrets.token_hex(16))
    signed = plain._replace(headers={**plain.headers, **added})
    if not _verifies(signed, key) or _verifies(signed._replace(raw_path=b"/api/v1/modelsx"), key):
        return _Result("failed", "a signature made here is not verified here", advice)
    return _Result("ok", "a request signed with the root key is verified, an altered one is refused")


def _verifies(request: SignedRequest, key: SigningKey) -> bool:
    try:
        verify(parse_claim(request.headers), request, key)
    except ApiError:
        return False
    return True


def _sealed(stored: keys.StoredKey) -> tuple[str, bytes]:
    return stored.principal.access_key_id, stored.sealed_secret


def _secret(key: bytes, access_key_id: str, sealed: bytes) -> str | None:
    try:
        return Sealer(key).open(sealed, belongs_to=access_key_id)
    except SealError:
        return None


_OF_FOLDER: tuple[tuple[str, Callable[[Settings], _Result]], ...] = (
    ("folder", _folder),
    ("modes", _modes),
    ("lock", _lock),
    ("disk", _disk),
    ("nonces", _machine),
)

_OF_DATABASE: tuple[tuple[str, Callable[[Settings, sqlite3.Connection], _Result]], ...] = (
    ("integrity", _integrity),
    ("schema", _schema),
    ("clock", _clock),
    ("sealing key", _sealing),
    ("root key", _root),
    ("signature", _signature),
)
