"""From settings to a data folder that is ready to be served: made at the first start, checked at every other.

Runs in the parent process, which holds the folder's lock for as long as any worker lives.
"""

import secrets
import string
import time
from pathlib import Path
from typing import NamedTuple

from modelry.access.principal import Principal
from modelry.access.sealing import Sealer, SealError
from modelry.families.ram.keys import store as keys
from modelry.families.workspaces import store as workspaces
from modelry.server import custody
from modelry.server.custody import CustodyError, RootKey
from modelry.server.machine import MachineState
from modelry.server.upgrade import Upgrade, upgraded
from modelry.settings import Settings
from modelry.storage import instance as instances
from modelry.storage.backup import BackupError
from modelry.storage.database import Connection, StorageError, Transaction
from modelry.storage.folder import FolderError, locked, made
from modelry.storage.instance import Instance, InstanceError
from modelry.storage.migrations import SchemaError
from modelry.storage.store import Store
from modelry.storage.stores import store_of

__all__ = ["DEFAULT_REGION", "REFUSALS", "Prepared", "RootKey", "StartError", "prepare"]

DEFAULT_REGION = "cn-hangzhou"

REFUSALS = (BackupError, CustodyError, FolderError, InstanceError, SchemaError, SealError, StorageError)
"""What may be wrong with a data folder; each message is for the operator."""


class StartError(Exception):
    """The server cannot start; the message says why and what to do."""


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
    try:
        lock_fd = locked(made(folder))
        store = store_of(settings)
        upgrade = upgraded(store, keep=settings.migration_backups)
        with store.reading() as database:
            custody.settle(folder, database)
            found = instances.instance(database)
        sealing_key = custody.new_sealing_key(settings) if found is None else custody.sealing_key(settings)
        sealer = Sealer(sealing_key)
        root, made_up = _first_start(settings, store, sealer) if found is None else (None, False)
        with store.reading() as database:
            instance = instances.confirmed(_instance(database), settings.account_id, settings.region)
            if root is None:
                root = custody.known_root_key(settings, sealer, database)
    except REFUSALS as error:
        raise StartError(str(error)) from error
    path = folder / "machine.state"
    known = path.exists()
    state = MachineState.open(path, size_bytes=settings.nonce_table_bytes, now=time.time(), shared=settings.workers > 1)
    state.close(clean=False)
    notes = _notes(upgrade, state.made_new if known else None)
    return Prepared(instance, sealing_key, path, lock_fd, root if made_up else None, root.access_key_id, notes)


def _notes(upgrade: Upgrade, made_new: str | None) -> tuple[str, ...]:
    notes = []
    if upgrade.backup is not None:
        notes.append(f"{len(upgrade.applied)} migrations were applied; the data of before is in {upgrade.backup}")
    if made_new is not None:
        notes.append(f"the table of used nonces was made new: {made_new}")
    return tuple(notes)


def _instance(database: Connection) -> Instance:
    """The instance of a registry that has been started."""
    found = instances.instance(database)
    if found is None:
        raise InstanceError("the registry has never been started")
    return found


def _first_start(settings: Settings, store: Store, sealer: Sealer) -> tuple[RootKey | None, bool]:
    """The root key of a new instance, both made in one transaction, and whether the key was made up.

    No key if another server on the same database was faster.
    """
    account_id = int(settings.account_id or secrets.choice("123456789") + _digits(15))
    instance = Instance(account_id, settings.region or DEFAULT_REGION)
    root, made_up = custody.first_root_key(settings)
    principal = Principal(account_id=account_id, user_id=str(account_id), access_key_id=root.access_key_id)
    sealed = sealer.seal(root.access_key_secret, belongs_to=root.access_key_id)

    def begin(transaction: Transaction) -> bool:
        if instances.instance(transaction) is not None:
            return False
        instances.fix(transaction, instance)
        keys.add_key(transaction, keys.StoredKey(principal, "Active", sealed))
        workspaces.first_start(transaction, account_id, principal.user_id)
        return True

    if not store.write_alone(begin):
        return None, False
    return root, made_up


def _digits(length: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(length))
