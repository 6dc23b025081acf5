"""The two secrets of a data folder: the key that seals, and the account's own access key.

Each is replaced in the same three steps: the new one is on disk beside the old one, then the transaction that makes it
count is on disk, then its file takes the old one's place. A process that is killed in between leaves both, and what
the database says decides which of them stays.
"""

import secrets
from pathlib import Path

import msgspec

from modelry.access.sealing import KEY_BYTES, Sealer, SealError
from modelry.families.ram.keys import store as keys
from modelry.families.ram.keys.pairs import new_pair
from modelry.families.ram.keys.renewal import sealed_secrets
from modelry.settings import Settings
from modelry.storage.backup import SEALING_KEY_NAME
from modelry.storage.database import Connection
from modelry.storage.folder import put_in_place, sync_folder, write_private

ROOT_KEY_NAME = "root_access_key.json"
NEXT = ".next"
"""How the name of a file ends that is about to take another one's place."""


class CustodyError(Exception):
    """A secret is missing or does not fit; the message says which and what to do."""


class RootKey(msgspec.Struct, frozen=True, rename="pascal"):
    """The account's own access key, as the file `root_access_key.json` holds it."""

    access_key_id: str
    access_key_secret: str


def beside(path: Path) -> Path:
    """Where what will take a file's place lies until then."""
    return path.with_name(path.name + NEXT)


def sealing_key(settings: Settings) -> bytes:
    """The key that seals the secrets: the settings', otherwise the folder's; changes nothing.

    Raises:
        CustodyError: there is none, or it is no key.
    """
    path = settings.folder / SEALING_KEY_NAME
    if settings.sealing_key:
        return key_of(settings.sealing_key, "the setting sealing_key")
    try:
        return key_of(path.read_text("ascii", "replace"), str(path))
    except FileNotFoundError as error:
        message = f"{path} is missing, and without it no secret of this data can be read: bring it back"
        raise CustodyError(message) from error
    except OSError as error:
        raise CustodyError(f"{path} cannot be read: {error.strerror}") from error


def key_of(text: str, source: str) -> bytes:
    """The key that a text is.

    Raises:
        CustodyError: it is none.
    """
    try:
        key = bytes.fromhex(text.strip())
    except ValueError as error:
        message = f"the sealing key is not hexadecimal ({source})"
        raise CustodyError(message) from error
    if len(key) != KEY_BYTES:
        message = f"the sealing key must have {KEY_BYTES} bytes, it has {len(key)} ({source})"
        raise CustodyError(message)
    return key


def check_opens(key: bytes, database: Connection) -> None:
    """Return if a sealing key opens every secret.

    Raises:
        SealError: it does not.
    """
    sealer = Sealer(key)
    for access_key_id, sealed in sealed_secrets(database):
        sealer.open(sealed, belongs_to=access_key_id)


def new_sealing_key(settings: Settings) -> bytes:
    """The settings' key, the one of a first start that was cut off, or a new one, which is on disk then."""
    path = settings.folder / SEALING_KEY_NAME
    if not settings.sealing_key and not path.exists():
        write_private(path, f"{secrets.token_hex(KEY_BYTES)}\n".encode())
    return sealing_key(settings)


def known_root_key(settings: Settings, sealer: Sealer, database: Connection) -> RootKey:
    """The account's own key, read to see that the sealing key still opens it.

    Raises:
        CustodyError: there is none, or the settings give another one.
        SealError: it cannot be opened.
    """
    stored = keys.root_key(database)
    if stored is None:
        message = "the account has no access key of its own: `modelry keys reset-root` makes one"
        raise CustodyError(message)
    key_id = stored.principal.access_key_id
    secret = sealer.open(stored.sealed_secret, belongs_to=key_id)
    given = settings.root_access_key_id
    if given is not None and (given, settings.root_access_key_secret) != (key_id, secret):
        message = (
            f"the data was made with the root access key {key_id}, the settings give another one or another secret;"
            " take MODELRY_ROOT_ACCESS_KEY_ID and _SECRET out of the environment"
        )
        raise CustodyError(message)
    return RootKey(key_id, secret)


def given_root_key(settings: Settings) -> RootKey | None:
    """The root key that the settings name."""
    if settings.root_access_key_id is None or settings.root_access_key_secret is None:
        return None
    return RootKey(settings.root_access_key_id, settings.root_access_key_secret)


def new_root_key() -> RootKey:
    """A key that nobody can guess."""
    return RootKey(*new_pair())


def first_root_key(settings: Settings) -> tuple[RootKey, bool]:
    """The root key that the settings give, or a new one, which is on disk; and whether it was made up."""
    given = given_root_key(settings)
    if given is not None:
        return given, False
    path = settings.folder / ROOT_KEY_NAME
    if path.exists():  # a first start that was cut off
        return msgspec.json.decode(path.read_bytes(), type=RootKey), True
    root = new_root_key()
    write_root_key(path, root)
    return root, True


def write_root_key(path: Path, root: RootKey) -> None:
    """Keep a root key in a file."""
    write_private(path, msgspec.json.format(msgspec.json.encode(root)) + b"\n")


def settle(folder: Path, database: Connection) -> None:
    """Finish, or take back, a replacement that was cut off."""
    root = keys.root_key(database)
    sealing, own = folder / SEALING_KEY_NAME, folder / ROOT_KEY_NAME
    _settle(sealing, counts=root is not None and _opens(beside(sealing), root))
    _settle(own, counts=root is not None and _is_of(beside(own), root))


def _settle(path: Path, *, counts: bool) -> None:
    if counts:
        put_in_place(beside(path), path)
    elif beside(path).exists():
        beside(path).unlink()
        sync_folder(path.parent)


def _opens(path: Path, root: keys.StoredKey) -> bool:
    """Whether the key in a file is the one that has sealed the root key's secret."""
    if not path.exists():
        return False
    try:
        sealer = Sealer(key_of(path.read_text("ascii", "replace"), str(path)))
        sealer.open(root.sealed_secret, belongs_to=root.principal.access_key_id)
    except (CustodyError, SealError):
        return False
    return True


def _is_of(path: Path, root: keys.StoredKey) -> bool:
    if not path.exists():
        return False
    try:
        written = msgspec.json.decode(path.read_bytes(), type=RootKey)
    except msgspec.DecodeError:
        return False
    return written.access_key_id == root.principal.access_key_id
