"""Real PostgreSQL for the tests: clusters of their own in temporary folders, ended with the tests, also killed ones.

PostgreSQL refuses to run as root; then its programs run as `nobody`. What a test process has begun is ended by a shell
that waits for the end of its input, which comes with the end of the process however that ends.
"""

import atexit
import contextlib
import functools
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from modelry.settings import Settings
from modelry.storage import stores
from modelry.storage.store import Store

ADMIN = "postgres"
ROLE = "modelry"
"""The owner of every database that a registry gets: no superuser, as an operator would have it."""
GUARDED = "guarded"
"""A role that has to show its password."""

_PATIENCE_S = 60
_END = """
read -r _
pid=$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ] && kill -CONT "$pid" && kill -QUIT "$pid"; then
    for _ in $(seq 200); do [ -e "$0/data/postmaster.pid" ] || break; sleep 0.05; done
    kill -KILL "$pid"
fi 2>/dev/null
rm -rf -- "$0"
"""
_UNSAFE = {"fsync": "off", "full_page_writes": "off"}
_COMMON = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "max_wal_size": "256MB",
}
_HBA = f"""
local all all trust
host all {GUARDED} 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
host replication all 127.0.0.1/32 trust
"""


@functools.cache
def programs() -> Path | None:
    """The folder of PostgreSQL's server programs, of the newest version that is installed."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    return next((path for path in found if (path / "initdb").exists() and (path / "postgres").exists()), None)


@functools.cache
def version() -> int:
    """The major version of the server programs."""
    told = subprocess.run([required() / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
    return int(told.split()[2].partition(".")[0])


def required() -> Path:
    """The server programs; the test is skipped where there are none."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL's server programs are not installed (Debian: apt-get install postgresql)")
    return found


def identity() -> dict[str, Any]:
    """As whom PostgreSQL and its companions run, as arguments of `subprocess`; empty for whoever is not root."""
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def private_folder(prefix: str) -> Path:
    """A new folder, short enough for a socket's name, of the user that PostgreSQL runs as."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    owner = identity()
    if owner:
        os.chown(folder, owner["user"], owner["group"])
    return folder


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def eventually(holds: Callable[[], object], what: str, patience_s: float = _PATIENCE_S) -> None:
    """Wait until `holds` answers something true.

    Raises:
        AssertionError: it did not in time.
    """
    ends = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < ends, f"{what}: not within {patience_s} s"
        time.sleep(0.02)


class Cluster:
    """A PostgreSQL server on a folder of its own. It has not been started yet, or is stopped, where nothing is said."""

    def __init__(self, **settings: str) -> None:
        """Make the folder; `settings` are those of postgresql.conf."""
        self.bin = required()
        self.home = private_folder("modelry-pg-")
        self.data = self.home / "data"
        self.port = free_port()
        self._settings = {**_COMMON, "unix_socket_directories": str(self.home), **settings}
        self._guardian = subprocess.Popen(
            ["/bin/sh", "-c", _END, self.home],
            stdin=subprocess.PIPE,
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )

    def make(self) -> None:
        """A new, empty cluster in C's locale."""
        self._run("initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "-U", ADMIN, "-D", self.data)
        (self.data / "pg_hba.conf").write_text(_HBA)

    def copy_of(self, primary: "Cluster", name: str) -> None:
        """Make it a streaming standby of a running cluster, which knows it as `name`."""
        source = f"host=127.0.0.1 port={primary.port} user={ADMIN} application_name={name}"
        self._run(
            "pg_basebackup", "--no-sync", "--checkpoint=fast", "--write-recovery-conf", "-d", source, "-D", self.data
        )

    def start(self) -> None:
        """Start it and wait until it lets clients in."""
        settings = "".join(f" -c {name}='{value}'" for name, value in self._settings.items())
        log = self.home / "log"
        self._run("pg_ctl", "start", "-w", "-s", "-D", self.data, "-l", log, "-o", f"-p {self.port}{settings}")

    def set(self, **settings: str) -> None:
        """Change settings of a running cluster, at once."""
        with self.admin() as admin:
            for name, value in settings.items():
                admin.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
            admin.execute("SELECT pg_reload_conf()")
        self._settings = {name: value for name, value in self._settings.items() if name not in settings}

    def stop(self, mode: str = "fast") -> None:
        """End it as a service manager does."""
        self._run("pg_ctl", "stop", "-w", "-s", "-m", mode, "-D", self.data)

    def kill(self) -> None:
        """End it as a power cut would: nothing is said to any client, nothing is written any more."""
        processes = self._processes()
        for process in processes:
            _signal(process, signal.SIGKILL)
        psutil.wait_procs(processes, _PATIENCE_S)

    def freeze(self) -> None:
        """Have it answer nobody, with all connections open, as one on a disk that hangs."""
        for process in self._processes():
            _signal(process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        for process in self._processes():
            _signal(process, signal.SIGCONT)

    def promote(self) -> None:
        """Make a standby the primary."""
        self._run("pg_ctl", "promote", "-w", "-s", "-D", self.data)

    def close(self) -> None:
        """End it and take its folder away."""
        self._guardian.communicate()

    def admin(self, database: str = "postgres") -> "psycopg.Connection[Any]":
        """A superuser's connection, each statement on its own."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=ADMIN, dbname=database, autocommit=True, connect_timeout=10
        )

    def new_database(self, *, template: str = "template0", icu: bool = False) -> str:
        """The name of a new database of `ROLE`; with `icu`, texts are sorted as in American English."""
        name = f"registry_{secrets.token_hex(6)}"
        locale = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'" if icu else ""
        with self.admin() as admin:
            admin.execute(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template} {locale}".encode())
        return name

    def url(self, database: str, *, role: str = ROLE) -> str:
        """As `--database` takes it."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    def log(self) -> str:
        """What it has logged."""
        return (self.home / "log").read_text()

    def _processes(self) -> list[psutil.Process]:
        """The server and all that it has started, which starts nothing more meanwhile."""
        first = psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))
        first.suspend()
        return [first, *first.children(recursive=True)]

    def _run(self, program: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs; what it says goes into a file, as those it starts keep its output open."""
        told = self.home / "programs"
        with told.open("w") as output:
            done = subprocess.run(
                [self.bin / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
                check=False,
                **identity(),
            )
        logged = self.home / "log"
        assert done.returncode == 0, told.read_text() + (logged.read_text() if logged.exists() else "")


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


@contextmanager
def cluster(*, durable: bool = False, **settings: str) -> Iterator[Cluster]:
    """A running cluster with the roles that the tests use; `durable` as one that has to survive a power cut."""
    made = Cluster(**({} if durable else _UNSAFE), **settings)
    try:
        made.make()
        made.start()
        with made.admin() as admin:
            admin.execute(f"CREATE ROLE {ROLE} LOGIN".encode())
            admin.execute(f"CREATE ROLE {GUARDED} LOGIN PASSWORD 'open-sesame-4711'".encode())
        yield made
    finally:
        made.close()


@contextmanager
def pair() -> Iterator[tuple[Cluster, Cluster]]:
    """A primary, and a standby that has every commit on disk before it is acknowledged."""
    with cluster(durable=True, wal_keep_size="256MB") as primary:
        standby = Cluster(wal_keep_size="256MB")
        try:
            standby.copy_of(primary, "standby")
            standby.start()
            primary.set(synchronous_standby_names="standby", synchronous_commit="on")
            eventually(lambda: _is_synchronous(primary), "the standby follows")
            yield primary, standby
        finally:
            standby.close()


def _is_synchronous(primary: Cluster) -> bool:
    with primary.admin() as admin:
        row = admin.execute("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").fetchone()
    return row == (1,)


# One cluster for all tests of a process that only need some database.

_ending = ExitStack()
atexit.register(_ending.close)
_databases: dict[Path, str] = {}


@functools.cache
def shared() -> Cluster:
    """The cluster of this process, started when somebody asks for it first; it ends with the process."""
    return _ending.enter_context(cluster())


def on_postgresql() -> bool:
    """Whether the tests run on PostgreSQL.

    MODELRY_TEST_DATABASE says where: `postgresql`, or `postgresql-icu` for databases that sort texts as people do.
    """
    return _where() != "sqlite"


def environment_of(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variable that gives a registry its database, where the tests run on PostgreSQL.

    The registry of one folder gets the same database at each start.
    """
    if not on_postgresql() or "MODELRY_DATABASE" in environment:
        return {}
    if folder not in _databases:
        _databases[folder] = shared().url(shared().new_database(icu=_where() == "postgresql-icu"))
    return {"MODELRY_DATABASE": _databases[folder]}


def store_of(folder: Path) -> Store:
    """Where the registry of a folder keeps its data, for looking and writing beside it."""
    return stores.store_of(Settings(data=str(folder), database=_databases.get(folder)))


def tables(folder: Path) -> dict[str, list[Any]]:
    """All rows of all tables of a registry."""
    with store_of(folder).reading() as database:
        listed = (
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            if database.dialect == "postgresql"
            else "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        )
        names = sorted(str(name) for (name,) in database.all(listed))
        return {name: sorted(map(repr, database.all(f"SELECT * FROM {name}"))) for name in names}  # noqa: S608  as listed


def _where() -> str:
    return os.environ.get("MODELRY_TEST_DATABASE", "sqlite")
