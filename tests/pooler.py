"""PgBouncer from the system's packages, between registries and a cluster: each transaction on whichever connection."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
import pytest

from tests.databases import ADMIN, GUARDED, ROLE, Cluster, eventually, free_port, identity

_CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={cluster}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
admin_users = {admin}
pool_mode = transaction
default_pool_size = 8
max_client_conn = 200
server_login_retry = 0.2
{more}
"""


class Pooler(NamedTuple):
    """A running PgBouncer in transaction mode."""

    port: int

    def url(self, database: str) -> str:
        """As `--database` takes it."""
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{database}"


def version() -> tuple[int, int]:
    """Of the program; the test is skipped where there is none."""
    program = _program()
    told = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    major, minor, *_ = told.split()[1].split(".")
    return int(major), int(minor)


@contextmanager
def pooler(cluster: Cluster, **settings: str) -> Iterator[Pooler]:
    """A pooler before a cluster; `settings` are those of its own file."""
    port = free_port()
    configuration, users = cluster.home / f"pooler-{port}.ini", cluster.home / f"users-{port}"
    users.write_text("".join(f'"{name}" ""\n' for name in (ADMIN, ROLE, GUARDED)))
    more = "\n".join(f"{name} = {value}" for name, value in settings.items())
    configuration.write_text(
        _CONFIGURATION.format(cluster=cluster.port, port=port, users=users, admin=ADMIN, more=more)
    )
    log = cluster.home / f"pooler-{port}.log"
    with log.open("w") as output:
        process = subprocess.Popen([_program(), configuration], stdout=output, stderr=output, **identity())
    try:
        eventually(lambda: _listens(port) or process.poll() is not None, "the pooler listens")
        assert process.poll() is None, log.read_text()
        yield Pooler(port)
    finally:
        process.kill()
        process.wait()


def _program() -> str:
    found = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin:/usr/local/sbin")
    if found is None:
        pytest.skip("PgBouncer is not installed (Debian: apt-get install pgbouncer)")
    return found


def _listens(port: int) -> bool:
    try:
        psycopg.connect(host="127.0.0.1", port=port, user=ADMIN, dbname="pgbouncer", autocommit=True).close()
    except psycopg.OperationalError:
        return False
    return True
