"""Several processes that answer for one registry: workers of one server on SQLite, servers on one PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests import databases
from tests.registry import Registry, started
from tests.wire_client import Answer, Wire, WireRequest, exchange

PROCESSES = 3
SECRETS = {
    "MODELRY_ROOT_ACCESS_KEY_ID": "LTAIfleetroot",
    "MODELRY_ROOT_ACCESS_KEY_SECRET": "the-secret-of-the-fleet",
    "MODELRY_SEALING_KEY": "5e" * 32,
}
"""What all servers of one database are given."""


class Fleet(NamedTuple):
    """Servers of one registry; where there is one, it has several workers."""

    servers: list[Registry]

    def wire(self, number: int = 0) -> Wire:
        """Signs for one of them, counted round."""
        return Wire(self.servers[number % len(self.servers)])

    def send(self, number: int, request: WireRequest) -> Answer:
        """Send a request to one of them, whomever it was signed for: the host is part of what is signed."""
        server = self.servers[number % len(self.servers)]
        return exchange(server.address, request.data(), method=request.method)


@contextmanager
def servers(folder: Path, url: str, **environment: str) -> Iterator[Fleet]:
    """Servers on one PostgreSQL database, all started at the same moment."""
    folder.mkdir(parents=True, exist_ok=True)
    given = {**SECRETS, "MODELRY_DATABASE": url, **environment}
    with ExitStack() as ending, ThreadPoolExecutor(PROCESSES) as pool:
        starting = [pool.submit(started, folder / f"server-{number}", **given) for number in range(PROCESSES)]
        fleet = Fleet([])
        for each in starting:
            if each.exception() is None:
                fleet.servers.append(each.result())
                ending.callback(fleet.servers[-1].stop)
        for each in starting:
            each.result()
        yield fleet


@contextmanager
def fleet_of(folder: Path) -> Iterator[Fleet]:
    """Processes of one registry, on the database that the tests run on."""
    if databases.on_postgresql():
        url = databases.environment_of(folder, {})["MODELRY_DATABASE"]
        with servers(folder, url) as fleet:
            yield fleet
    else:
        server = started(folder / "data", "--workers", str(PROCESSES), **SECRETS)
        try:
            yield Fleet([server])
        finally:
            server.stop()
