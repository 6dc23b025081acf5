"""PostgreSQL as the database of a measured registry: databases that are made for a run, and the server's processes."""

import hashlib
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from modelry.bench import data
from modelry.bench.data import Progress, Registry, Sizes
from modelry.bench.processes import BenchError
from modelry.server.moving import filling
from modelry.settings import Settings
from modelry.storage.database import StorageError
from modelry.storage.sqlite import FILE_NAME
from modelry.storage.stores import store_of

_KEPT_PREFIX = "modelry_benchmark_"
_RUN_PREFIX = "modelry_bench_"
_PATIENCE_S = 600
_WITH_STRATEGIES = 15
"""The version that has several ways to copy a database."""

_COPIED = ("sealing.key", "root_access_key.json")


class Server(NamedTuple):
    """A PostgreSQL server on which a run may make databases."""

    url: str
    """Of a database that is there already, and of a role that may create databases."""
    pid: int | None
    """Of the process that all others of the server descend from, if it is on this machine."""
    version: str

    def of(self, name: str) -> str:
        """The URL of another database on it."""
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()

    def has(self, name: str) -> bool:
        """Whether there is a database of that name."""
        return bool(self._asked("SELECT 1 FROM pg_database WHERE datname = %s", name))

    def create(self, name: str, template: str = "template0") -> None:
        """Make a database, as a copy of another one that nobody uses."""
        # Otherwise all that is copied goes through the log first, which takes minutes for a million models.
        strategy = " STRATEGY FILE_COPY" if self._major >= _WITH_STRATEGIES else ""
        self._told(f'CREATE DATABASE "{name}" TEMPLATE "{template}"{strategy}')

    def drop(self, name: str) -> None:
        """Remove a database, with all that is connected to it."""
        self._told(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def rename(self, name: str, to: str) -> None:
        """Give a database that nobody uses another name."""
        self._told(f'ALTER DATABASE "{name}" RENAME TO "{to}"')

    def ready(self, name: str) -> None:
        """Have the planner know what is in a database, and nothing left to be written when it is asked first."""
        with _connected(self.of(name)) as connection:
            connection.execute("VACUUM (ANALYZE)")

    def size_bytes(self, name: str) -> int:
        """What a database takes on the disk."""
        return int(self._asked("SELECT pg_database_size(%s)", name)[0][0])

    @property
    def _major(self) -> int:
        return int(self.version.partition(".")[0])

    def _asked(self, statement: str, *values: str) -> list[Any]:
        with _connected(self.url) as connection:
            return list(connection.execute(statement, values).fetchall())

    def _told(self, statement: str) -> None:
        with _connected(self.url) as connection:
            connection.execute(statement)


def server(url: str, pid: int | None = None) -> Server:
    """The server of a database; `pid` where its process cannot be found by asking it.

    Raises:
        BenchError: it cannot be reached.
    """
    with _connected(url) as connection:
        version = connection.execute("SHOW server_version").fetchone()[0]
        # Asked while the session lasts: its process goes with it.
        first = pid if pid is not None else _parent_of(connection.info.backend_pid)
    return Server(url, first, str(version).partition(" ")[0])


@contextmanager
def measured_on(server: Server, kept_in: Path | None, sizes: Sizes, to: Path, tell: Progress) -> Iterator[Registry]:
    """A registry in a database of its own on this server, which is removed afterwards; its folder is `to`.

    `kept_in` as for a registry in SQLite; what is kept in the server is a database of a name that begins with
    `modelry_benchmark_`.
    """
    name = f"{_RUN_PREFIX}{secrets.token_hex(6)}"
    try:
        if kept_in is None:
            server.create(name)
            data.made(to, sizes, tell)
            _fill(server, name, to, tell)
            (to / FILE_NAME).unlink()
            yield data.opened(to, server.of(name))
        else:
            folder = data.kept(kept_in, sizes, tell)
            server.create(name, _kept(server, folder, tell))
            to.mkdir(mode=0o700)
            for file in _COPIED:
                shutil.copy2(folder / file, to / file)
            yield data.opened(to, server.of(name))
    finally:
        server.drop(name)


def _kept(server: Server, folder: Path, tell: Progress) -> str:
    """The name of the database that holds what a kept folder holds, made unless it is there already."""
    name = f"{_KEPT_PREFIX}{hashlib.sha256(folder.name.encode()).hexdigest()[:12]}_{data.fingerprint('postgresql')}"
    if server.has(name):
        return name
    unfinished = f"{_RUN_PREFIX}{secrets.token_hex(6)}"
    server.create(unfinished)
    try:
        _fill(server, unfinished, folder, tell)
        server.rename(unfinished, name)
    finally:
        server.drop(unfinished)
    return name


def _fill(server: Server, name: str, folder: Path, tell: Progress) -> None:
    try:
        filling(store_of(Settings(database=server.of(name), database_timeout_s=_PATIENCE_S)))(folder / FILE_NAME, tell)
    except StorageError as error:
        raise BenchError(str(error)) from error
    server.ready(name)


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    """Psycopg's connection, each statement on its own."""
    try:
        import psycopg  # noqa: PLC0415  an extra
    except ImportError as error:
        raise BenchError("PostgreSQL needs its driver: pip install 'modelry[postgres]'") from error
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            yield connection
    except psycopg.Error as error:
        raise BenchError(f"PostgreSQL: {' '.join(str(error).split())}") from error


def _parent_of(backend_pid: int) -> int | None:
    """The process that a session's process descends from, if that is one of PostgreSQL on this machine."""
    try:
        name = Path(f"/proc/{backend_pid}/comm").read_text().strip()
        stat = Path(f"/proc/{backend_pid}/stat").read_text()
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[1]) if name.startswith("postgres") else None
