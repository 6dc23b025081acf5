"""The root key or the sealing key replaced, with the server stopped."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from modelry.access.sealing import KEY_BYTES, Sealer, SealError
from modelry.families.ram.keys import renewal
from modelry.families.ram.keys import store as keys
from modelry.server import custody
from modelry.server.custody import CustodyError, RootKey, beside
from modelry.server.neighbours import check_alone
from modelry.server.upgrade import check_current
from modelry.settings import Settings
from modelry.storage.backup import SEALING_KEY_NAME
from modelry.storage.database import Conflict, Connection
from modelry.storage.folder import FolderError, held, put_in_place, write_private
from modelry.storage.instance import Instance, InstanceError, confirmed, instance
from modelry.storage.stores import store_of


class NewRootKey(NamedTuple):
    """The outcome of a reset."""

    root: RootKey
    made_up: bool
    """Whether nobody knows the secret yet."""
    gone: tuple[str, ...]
    """Ids of the keys that it replaces."""


def reset_root(settings: Settings, *, beside_others: bool = False) -> NewRootKey:
    """Give the account a new key of its own, the settings' one if they name one, in the place of all that it has.

    `beside_others` goes on although other sessions are connected to the PostgreSQL database.

    Raises:
        FolderError, SchemaError, CustodyError, SealError, StorageError: nothing was changed.
    """
    with _opened(settings, beside_others=beside_others) as (found, database):
        sealing_key = custody.sealing_key(settings)
        custody.check_opens(sealing_key, database)
        sealer = Sealer(sealing_key)
        given = custody.given_root_key(settings)
        root = given or custody.new_root_key()
        _check_is_new(root, sealer, database)
        path = settings.folder / custody.ROOT_KEY_NAME
        if given is None:
            custody.write_root_key(beside(path), root)
        sealed = sealer.seal(root.access_key_secret, belongs_to=root.access_key_id)
        try:
            gone = store_of(settings).write_alone(
                lambda transaction: renewal.replace_root_keys(
                    transaction, found.account_id, root.access_key_id, sealed
                ),
            )
        except Conflict as error:
            raise CustodyError(f"{root.access_key_id} is the id of somebody's access key: give another one") from error
        if given is None:
            put_in_place(beside(path), path)
        else:
            path.unlink(missing_ok=True)
    return NewRootKey(root, given is None, gone)


def rewrap(settings: Settings, given: bytes | None, *, beside_others: bool = False) -> int | None:
    """Seal every secret with the key that is given, or with a new one; how many there are.

    Where the folder has the old key, the new one takes its place there. `None` if everything is sealed with the given
    key already.

    Raises:
        FolderError, SchemaError, CustodyError, SealError, StorageError: nothing was changed.
    """
    path = settings.folder / SEALING_KEY_NAME
    if settings.sealing_key and given is None:
        message = (
            "the sealing key comes from the settings, so the new one does too: give it as MODELRY_NEW_SEALING_KEY or"
            f" MODELRY_NEW_SEALING_KEY_FILE ({2 * KEY_BYTES} hexadecimal digits)"
        )
        raise CustodyError(message)
    with _opened(settings, beside_others=beside_others) as (found, database):
        key = given or secrets.token_bytes(KEY_BYTES)
        if _opens(key, database):
            return None
        old, new = Sealer(custody.sealing_key(settings)), Sealer(key)
        if not settings.sealing_key:
            write_private(beside(path), f"{key.hex()}\n".encode())
        count = store_of(settings).write_alone(
            lambda transaction: renewal.seal_anew(transaction, found.account_id, old, new),
        )
        if not settings.sealing_key:
            put_in_place(beside(path), path)
    return count


@contextmanager
def _opened(settings: Settings, *, beside_others: bool) -> Iterator[tuple[Instance, Connection]]:
    """The registry of a folder that no server uses meanwhile."""
    store = store_of(settings)
    if not store.exists():
        raise FolderError(f"there is no registry in {store.name}")
    if not beside_others:
        check_alone(store)
    with held(settings.folder), store.reading() as database:
        check_current(store)
        found = instance(database)
        if found is None:
            raise InstanceError("the registry has never been started")
        custody.settle(settings.folder, database)
        yield confirmed(found, settings.account_id, settings.region), database


def _opens(key: bytes, database: Connection) -> bool:
    try:
        custody.check_opens(key, database)
    except SealError:
        return False
    return True


def _check_is_new(root: RootKey, sealer: Sealer, database: Connection) -> None:
    stored = keys.key(database, root.access_key_id)
    if stored and sealer.open(stored.sealed_secret, belongs_to=root.access_key_id) == root.access_key_secret:
        message = (
            f"the settings name {root.access_key_id}, which is the key that there is: put a new pair into"
            " MODELRY_ROOT_ACCESS_KEY_ID and _SECRET, or take them out to have one made up"
        )
        raise CustodyError(message)
