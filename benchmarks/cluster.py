"""A PostgreSQL server for the benchmarks, on the server's core; its databases are kept between runs."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelry.bench import postgresql, processes
from modelry.bench.processes import SERVER_CORE, BenchError, Place

_PATIENCE_S = 60
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "1GB",
    "work_mem": "16MB",
    "max_wal_size": "4GB",
    "logging_collector": "off",
}
"""What an operator of a registry of this size sets; each commit is on disk before it is acknowledged."""


@contextmanager
def cluster(kept_in: Path) -> Iterator[postgresql.Server]:
    """The server, running; its files are below `kept_in`, and made at the first run.

    Raises:
        BenchError: its programs are not installed, or it does not start.
    """
    found = programs()
    folder = kept_in.resolve() / f"modelry-benchmark-cluster-{_major(found)}"
    if not (folder / "finished").exists():
        _make(found, folder)
    port = processes.free_port()
    settings = {**_SETTINGS, "port": str(port), "unix_socket_directories": str(folder)}
    command = [*_identity(), str(found / "postgres"), "-D", str(folder / "data")]
    command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("a") as log:
        place = Place(folder, stdout=log.fileno())
        with processes.started(command, SERVER_CORE, stderr=log.fileno(), place=place) as process:
            yield _when_answering(f"postgresql://postgres@127.0.0.1:{port}/postgres", process.pid)


def _when_answering(url: str, pid: int) -> postgresql.Server:
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return postgresql.server(url, pid)
        except BenchError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def _make(found: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if not os.geteuid():
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    command = [*_identity(), str(found / "initdb"), "--auth=trust", "--encoding=UTF8", "--locale=C"]
    try:
        subprocess.run(
            [*command, "-U", "postgres", "-D", str(folder / "data")],
            check=True,
            capture_output=True,
            text=True,
            cwd=folder,
        )
    except subprocess.CalledProcessError as error:
        raise BenchError(f"initdb failed: {error.stderr.strip()[-300:]}") from error
    (folder / "finished").touch()


def _identity() -> list[str]:
    """PostgreSQL refuses to run as root; it ends with this program all the same."""
    if os.geteuid():
        return []
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=INT"]


def programs() -> Path:
    """The folder of PostgreSQL's server programs, of the newest version that is installed.

    Raises:
        BenchError: there are none.
    """
    on_path = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    found += [Path(on_path).resolve().parent] if on_path else []
    for path in found:
        if (path / "initdb").exists() and (path / "postgres").exists():
            return path
    raise BenchError("PostgreSQL's server programs are not installed (Debian's package: postgresql)")


def _major(found: Path) -> str:
    told = subprocess.run([found / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
    return told.split()[2].partition(".")[0]
