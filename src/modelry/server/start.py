"""From settings to a data folder that is ready to be served: made at the first start, checked at every other.

Runs in the parent process, which holds the folder's lock for as long as any worker lives.
"""

import fcntl
import os
import secrets
import string
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from modelry import families
from modelry.access.principal import Principal
from modelry.access.sealing import KEY_BYTES, Sealer, SealError
from modelry.families.ram.keys import store as keys
from modelry.families.workspaces import store as workspaces
from modelry.server.machine import MachineState
from modelry.settings import Settings
from modelry.storage import instance as instances
from modelry.storage import migrations
from modelry.storage.database import FILE_NAME, Connection, StorageError, Transaction, connect, write_alone
from modelry.storage.instance import Instance, InstanceError

_LETTERS = string.ascii_letters + string.digits
DEFAULT_REGION = "cn-hangzhou"


class StartError(Exception):
    """The server cannot start; the message says why and what to do."""


class RootKey(msgspec.Struct, frozen=True, rename="pascal"):
    """The account's own access key, as the file `root_access_key.json` holds it."""

    access_key_id: str
    access_key_secret: str


class Prepared(NamedTuple):
    """A data folder that may be served."""

    instance: Instance
    sealing_key: bytes
    machine_state: Path
    lock_fd: int
    new_root_key: RootKey | None
    """The key that this start has made; shown once."""
    root_key_id: str
    notes: tuple[str, ...]
    """What the operator should know of this start."""


def prepare(settings: Settings) -> Prepared:
    """Make or check everything that the settings name.

    Raises:
        StartError: the folder cannot be used, another server uses it, its schema is newer, or a setting contradicts
            what the data was made for.
    """
    folder = settings.folder
    lock_fd = _locked(_made(folder))
    try:
        raw = connect(folder / FILE_NAME, synchronous=settings.synchronous)
        (folder / FILE_NAME).chmod(0o600)
        migrations.apply(raw, families.migrations())
        database = Connection(raw)
        found = instances.instance(database)
        sealing_key = _sealing_key(settings, folder, first=found is None)
        sealer = Sealer(sealing_key)
        if found is None:
            instance, root, made = _first_start(settings, folder, sealer)
        else:
            instance = instances.confirmed(found, settings.account_id, settings.region)
            root, made = _known_root_key(settings, sealer, database), False
        raw.close()
    except (migrations.SchemaError, InstanceError, SealError, StorageError) as error:
        raise StartError(str(error)) from error
    path = folder / "machine.state"
    known = path.exists()
    state = MachineState.open(path, size_bytes=settings.nonce_table_bytes, now=time.time(), shared=settings.workers > 1)
    state.close(clean=False)
    notes = (f"the table of used nonces was made new: {state.made_new}",) if known and state.made_new else ()
    return Prepared(instance, sealing_key, path, lock_fd, root if made else None, root.access_key_id, notes)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        message = f"the data folder {folder} cannot be written: {error.strerror}"
        raise StartError(message) from error
    return folder


def _locked(folder: Path) -> int:
    """Hold the folder; workers inherit the descriptor, so the lock lives as long as any of them."""
    fd = os.open(folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip()
        os.close(fd)
        message = f"the data folder {folder} is in use by another server (process {holder or 'unknown'})"
        raise StartError(message) from error
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
    return fd


def _sealing_key(settings: Settings, folder: Path, *, first: bool) -> bytes:
    """The key that seals the secrets; made at the first start alone, as a new one would open nothing that is there."""
    path = folder / "sealing.key"
    if settings.sealing_key:
        text = settings.sealing_key
    elif path.exists():
        text = path.read_text().strip()
    elif not first:
        raise StartError(f"{path} is missing, and without it no secret of this data can be read: bring it back")
    else:
        text = secrets.token_hex(KEY_BYTES)
        _write_private(path, f"{text}\n".encode())
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        message = "the sealing key is not hexadecimal"
        raise StartError(message) from error


def _first_start(settings: Settings, folder: Path, sealer: Sealer) -> tuple[Instance, RootKey, bool]:
    """The instance and its root key, made in one transaction; and whether the key was made up."""
    account_id = int(settings.account_id or secrets.choice("123456789") + _random(string.digits, 15))
    instance = Instance(account_id, settings.region or DEFAULT_REGION)
    root, made = _new_root_key(settings, folder)
    principal = Principal(account_id=account_id, user_id=str(account_id), access_key_id=root.access_key_id)
    sealed = sealer.seal(root.access_key_secret, belongs_to=root.access_key_id)

    def begin(transaction: Transaction) -> None:
        instances.fix(transaction, instance)
        keys.add_key(transaction, keys.StoredKey(principal, "Active", sealed))
        workspaces.first_start(transaction, account_id, principal.user_id)

    write_alone(folder, begin)
    return instance, root, made


def _known_root_key(settings: Settings, sealer: Sealer, database: Connection) -> RootKey:
    """The account's own key, read to see that the sealing key still opens it.

    Raises:
        StartError: the settings give another one.
        SealError: it cannot be opened.
    """
    stored = keys.root_key(database)
    if stored is None:
        message = "the account has no access key of its own"
        raise StartError(message)
    key_id = stored.principal.access_key_id
    secret = sealer.open(stored.sealed_secret, belongs_to=key_id)
    given = settings.root_access_key_id
    if given is not None and (given, settings.root_access_key_secret) != (key_id, secret):
        message = (
            f"the data was made with the root access key {key_id}, the settings give another one or another secret;"
            " take MODELRY_ROOT_ACCESS_KEY_ID and _SECRET out of the environment"
        )
        raise StartError(message)
    return RootKey(key_id, secret)


def _new_root_key(settings: Settings, folder: Path) -> tuple[RootKey, bool]:
    """The root key that the settings give, or a new one, which is on disk before anything depends on it."""
    if settings.root_access_key_id is not None and settings.root_access_key_secret is not None:
        return RootKey(settings.root_access_key_id, settings.root_access_key_secret), False
    path = folder / "root_access_key.json"
    if path.exists():  # a first start that was cut off
        return msgspec.json.decode(path.read_bytes(), type=RootKey), True
    root = RootKey(f"LTAI5t{_random(_LETTERS, 18)}", _random(_LETTERS, 30))
    _write_private(path, msgspec.json.format(msgspec.json.encode(root)) + b"\n")
    return root, True


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def _write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read; it is on disk, whole, when this returns."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
