"""Checks of what is in the database, whatever kind it is of: the schema, the clock, the keys."""

import secrets
import time

from modelry import families
from modelry.access.claim import parse_claim
from modelry.access.sealing import Sealer, SealError
from modelry.access.signature import SignedRequest, SigningKey, sign_acs3, verify
from modelry.errors import ApiError
from modelry.families.ram.keys import store as keys
from modelry.families.ram.keys.renewal import sealed_secrets
from modelry.server import custody, upgrade
from modelry.server.checks.result import Result
from modelry.server.custody import CustodyError
from modelry.settings import Settings
from modelry.storage.backup import SEALING_KEY_NAME
from modelry.storage.database import Connection
from modelry.storage.instance import instance
from modelry.storage.migrations import SchemaError
from modelry.storage.stores import store_of

AHEAD_S = 900
"""How far the data may be ahead of the clock: clients within the window of signatures still agree with it."""


def schema(settings: Settings, _database: Connection) -> Result:
    """Whether this program can serve the tables that there are."""
    store = store_of(settings)
    try:
        pending = upgrade.pending(store)
    except SchemaError as error:
        return Result("failed", str(error), "use the version of the program that wrote the data")
    if pending:
        return Result("warning", f"{len(pending)} migrations are pending", "modelry migrate, or the next start")
    return Result("ok", f"all {len(list(families.migrations(store.dialect)))} migrations are applied")


def clock(_settings: Settings, database: Connection) -> Result:
    """How the data's last time is to the clock's."""
    first = time.time_ns()
    (last_us,) = database.one("SELECT last_us FROM clock") or (0,)
    if time.time_ns() < first:
        return Result("warning", "the clock went back while this looked", "let a time server keep it")
    ahead_s = (last_us - first // 1000) / 1_000_000
    if ahead_s <= 0:
        return Result("ok", f"the last write was {-ahead_s:,.0f} s ago")
    text = f"the last write is dated {ahead_s:,.0f} s after this clock"
    advice = "set the clock; new times go on from the last one until it has caught up"
    return Result("failed" if ahead_s > AHEAD_S else "warning", text, advice)


def sealing_key(settings: Settings, database: Connection) -> Result:
    """Whether every stored secret can be read."""
    try:
        key = custody.sealing_key(settings)
    except CustodyError as error:
        return Result("failed", str(error), "put the sealing key back; a backup made --with-sealing-key has it")
    closed = [key_id for key_id, sealed in sealed_secrets(database) if _secret(key, key_id, sealed) is None]
    if custody.beside(settings.folder / SEALING_KEY_NAME).exists():
        return Result("warning", "modelry keys rewrap was cut off", "start the server, or run it again")
    if closed:
        text = f"{len(closed)} secrets were sealed with another key: {', '.join(closed[:3])}"
        return Result("failed", text, "bring back the sealing key of this data")
    return Result("ok", f"opens all {len(sealed_secrets(database))} stored secrets")


def root_key(settings: Settings, database: Connection) -> Result:
    """The account's own key."""
    found, root = instance(database), keys.root_key(database)
    if found is None or root is None:
        return Result("failed", "the account has no key of its own", "modelry keys reset-root")
    if root.status != "Active":
        return Result("warning", f"{root.principal.access_key_id} is not active", "modelry keys reset-root")
    try:
        custody.known_root_key(settings, Sealer(custody.sealing_key(settings)), database)
    except (CustodyError, SealError) as error:
        return Result("failed", str(error), "the server would not start: make the settings and the data agree")
    return Result("ok", f"{root.principal.access_key_id} of account {found.account_id}, region {found.region}")


def signature(settings: Settings, database: Connection) -> Result:
    """Sign a request with the root key and verify it; then see that one byte more is refused."""
    root = keys.root_key(database)
    advice = "see the checks of the keys; if they are well, install the program again"
    try:
        secret = None if root is None else _secret(custody.sealing_key(settings), *_sealed(root))
    except CustodyError:
        secret = None
    if root is None or secret is None:
        return Result("failed", "there is no key to sign with", advice)
    key = SigningKey(secret)
    plain = SignedRequest("GET", b"/api/v1/models", [], {b"host": b"modelry", b"x-acs-version": b"2021-02-04"}, b"")
    added = sign_acs3(plain, root.principal.access_key_id, key, time=int(time.time()), nonce=secrets.token_hex(16))
    signed = plain._replace(headers={**plain.headers, **added})
    if not _verifies(signed, key) or _verifies(signed._replace(raw_path=b"/api/v1/modelsx"), key):
        return Result("failed", "a signature made here is not verified here", advice)
    return Result("ok", "a request signed with the root key is verified, an altered one is refused")


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
