"""The registries that are measured: a database and a number of models, served on the server's core."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks.cluster import cluster
from benchmarks.scale.rows import POSTGRESQL, SQLITE
from modelry.bench import data, postgresql, processes
from modelry.bench.data import Progress, Registry, Sizes
from modelry.bench.processes import Database, Running
from modelry.storage.sqlite import FILE_NAME


class Subject(NamedTuple):
    """One registry."""

    database: str
    """`SQLITE` or `POSTGRESQL`."""
    sizes: Sizes
    url: str | None
    """Of a PostgreSQL server that is there already; `None`: one is started."""

    @property
    def title(self) -> str:
        """As a heading."""
        return f"{self.database}, {self.sizes.models:,} models"


class Served(NamedTuple):
    """A registry that answers."""

    registry: Registry
    running: Running
    size_bytes: int
    version: str
    """Of its database; empty for SQLite."""


@contextmanager
def served(subject: Subject, kept_in: Path, folder: Path, tell: Progress) -> Iterator[Served]:
    """A server on a copy of the subject's data; `folder` is made and may be removed afterwards.

    Raises:
        BenchError: it cannot be had here.
    """
    if subject.database == SQLITE:
        registry = data.copied(data.kept(kept_in, subject.sizes, tell), folder)
        with processes.registry(folder, folder / "server.log") as running:
            yield Served(registry, running, (folder / FILE_NAME).stat().st_size, "")
        return
    with (
        _server(subject, kept_in) as server,
        postgresql.measured_on(server, kept_in, subject.sizes, folder, tell) as registry,
    ):
        database = Database(registry.database or "", server.pid)
        with processes.registry(folder, folder / "server.log", database=database) as running:
            size_bytes = server.size_bytes(urlsplit(database.url).path[1:])
            yield Served(registry, running, size_bytes, server.version)


@contextmanager
def _server(subject: Subject, kept_in: Path) -> Iterator[postgresql.Server]:
    if subject.url is not None:
        yield postgresql.server(subject.url)
        return
    with cluster(kept_in) as server:
        yield server


def subjects(databases: list[str], models: list[int], url: str | None) -> list[Subject]:
    """All that are asked for: each size on each database."""
    names = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
    sizes = [Sizes(count, versions_of(count), 200, 20_000) for count in models]
    return [Subject(names[name], size, url) for name in databases for size in sizes]


def versions_of(models: int) -> int:
    """How many versions each model has: a million models have one each, to be made in minutes."""
    return 2 if models <= 100_000 else 1
