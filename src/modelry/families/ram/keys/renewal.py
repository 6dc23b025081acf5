"""What an operator does with keys on the server's own machine: another root key, another sealing key."""

from modelry.access.principal import Principal
from modelry.access.sealing import Sealer
from modelry.families.audit.store import record_local
from modelry.families.ram.keys import store
from modelry.storage.database import Connection, Transaction


def replace_root_keys(
    transaction: Transaction, account_id: int, access_key_id: str, sealed_secret: bytes
) -> tuple[str, ...]:
    """Give the account this key in the place of all keys of its own; the ids of those that are gone.

    All of them go, as a secret that nobody has any more may be with somebody else.

    Raises:
        Conflict: somebody else's key has this id.
    """
    owner = store.Owner(account_id, str(account_id), "")
    gone = store.keys(transaction, owner)
    for key in gone:
        store.delete_key(transaction, owner, key)
    principal = Principal(account_id=account_id, user_id=owner.user_id, access_key_id=access_key_id)
    store.add_key(transaction, store.StoredKey(principal, "Active", sealed_secret))
    record_local(transaction, account_id, "reset-root")
    return tuple(key.access_key_id for key in gone)


def sealed_secrets(database: Connection) -> list[tuple[str, bytes]]:
    """The id of every access key, and its secret as it lies there."""
    return [(row[0], row[1]) for row in database.all("SELECT access_key_id, sealed_secret FROM access_keys")]


def seal_anew(transaction: Transaction, account_id: int, old: Sealer, new: Sealer) -> int:
    """Seal every secret with another key; how many there are.

    Raises:
        SealError: one was not sealed with `old`.
    """
    found = sealed_secrets(transaction)
    for access_key_id, sealed in found:
        again = new.seal(old.open(sealed, belongs_to=access_key_id), belongs_to=access_key_id)
        transaction.run("UPDATE access_keys SET sealed_secret = ? WHERE access_key_id = ?", again, access_key_id)
    transaction.changed("sealingkey", None, None)
    record_local(transaction, account_id, "rewrap")
    return len(found)
