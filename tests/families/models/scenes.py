"""Registries of one account for tests below the API, on either database, from any state of the schema."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import msgspec

from modelry import families
from modelry.access.sealing import Sealer
from modelry.families.labels.structs import Label
from modelry.families.models.handlers import create_model
from modelry.families.models.structs import CreateModel
from modelry.families.workspaces import store as workspaces
from modelry.handling import Call, by_account
from modelry.storage import migrations
from modelry.storage.database import Transaction
from modelry.storage.migrations import Migration, Schema
from modelry.storage.postgresql.store import PostgresqlStore
from modelry.storage.postgresql.transaction import PostgresqlTransaction
from modelry.storage.sqlite import SqliteSchema, SqliteTransaction, connect
from tests import databases

ACCOUNT = 1000000000000001
EPOCH_US = 1_700_000_000_000_000

Opened = Callable[[Path, Callable[[Migration], bool]], AbstractContextManager[tuple[Transaction, Schema]]]
"""A database with the migrations that a function picks."""


@contextmanager
def on_sqlite(folder: Path, picks: Callable[[Migration], bool]) -> Iterator[tuple[Transaction, Schema]]:
    with closing(connect(folder / "r.sqlite")) as raw:
        schema = SqliteSchema(raw)
        migrations.apply(schema, filter(picks, families.migrations("sqlite")))
        yield SqliteTransaction(raw, lambda: EPOCH_US), schema


@contextmanager
def on_postgresql(_: Path, picks: Callable[[Migration], bool]) -> Iterator[tuple[Transaction, Schema]]:
    cluster = databases.shared()
    place = PostgresqlStore(cluster.url(cluster.new_database(icu=True)), prepared=True, timeout_s=30)
    with place.schema() as schema:
        migrations.apply(schema, filter(picks, families.migrations("postgresql")))
        transaction = PostgresqlTransaction(place.options, lambda: EPOCH_US)
        try:
            yield transaction, schema
        finally:
            transaction.close()


def call_of(transaction: Transaction) -> Call:
    """A call by the account itself."""
    return by_account(ACCOUNT, "k", transaction, Sealer(bytes(32)))


def workspace_of(transaction: Transaction) -> str:
    """The id of the account's default workspace, which is made."""
    workspaces.first_start(transaction, ACCOUNT, str(ACCOUNT))
    found = workspaces.default_workspace_id(transaction, ACCOUNT)
    assert found is not None
    return found


def made(transaction: Transaction, name: str, *labels: tuple[str, str], **fields: object) -> str:
    """The id of a new model."""
    request = CreateModel(model_name=name, labels=[Label(key=k, value=v) for k, v in labels])
    return create_model.run(call_of(transaction), msgspec.structs.replace(request, **fields)).model_id  # type: ignore[union-attr]
