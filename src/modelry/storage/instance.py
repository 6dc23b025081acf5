"""What a data folder is of: the account and the region, fixed when it was made."""

from typing import NamedTuple

from modelry.storage.database import Connection, Transaction


class InstanceError(Exception):
    """A setting contradicts what the data was made for."""


class Instance(NamedTuple):
    """Whose data it is, and where it would lie in the cloud."""

    account_id: int
    region: str


def instance(database: Connection) -> Instance | None:
    """The instance, once it is fixed."""
    row = database.one("SELECT account_id, region FROM instance")
    return None if row is None else Instance(*row)


def fix(transaction: Transaction, new: Instance) -> None:
    """Fix it, once and for all."""
    transaction.run("INSERT INTO instance VALUES (1, ?, ?)", new.account_id, new.region)


def confirmed(found: Instance, account_id: str | None, region: str | None) -> Instance:
    """The instance that was found, if the settings say nothing else.

    Raises:
        InstanceError: they do.
    """
    if account_id is not None and int(account_id) != found.account_id:
        message = f"the data belongs to the account {found.account_id}, the setting account_id says {account_id}"
        raise InstanceError(message)
    if region is not None and region != found.region:
        message = f"the data belongs to the region {found.region}, the setting region says {region}"
        raise InstanceError(message)
    return found
