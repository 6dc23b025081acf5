"""What the tests of the audit share: a data folder that a start has made, and its database."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelry import families
from modelry.storage import migrations
from modelry.storage.database import Connection
from modelry.storage.instance import Instance, fix
from modelry.storage.sqlite import FILE_NAME, SqliteSchema, connect, write_alone
from tests.audit.events import ACCOUNT


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The database of `tmp_path`."""
    connection = connect(tmp_path / FILE_NAME)
    migrations.apply(SqliteSchema(connection), families.migrations("sqlite"))
    write_alone(tmp_path, lambda transaction: fix(transaction, Instance(ACCOUNT, "cn-hangzhou")))
    yield connection
    connection.close()


@pytest.fixture
def database(raw: sqlite3.Connection) -> Connection:
    """Reads of it."""
    return Connection(raw)
