"""MLflow's model registry on SQLite, its data loaded straight into the tables that its own command makes."""

import random
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.environments import MLFLOW, installed, release
from benchmarks.peers.peer import PAGE_SIZE, Fields, Names, http, log_of, model_fields, model_name, version_fields
from modelry.bench import processes
from modelry.bench.data import DEEP_NAME, Progress, Sizes
from modelry.bench.processes import SERVER_CORE, BenchError, Place, Running

WORKERS = 1
"""As Modelry has; its default of four does not serve more on one core, and takes more memory."""

_API = "/api/2.0/mlflow"
_START_PATIENCE_S = 180
_SCHEMA_PATIENCE_S = 180
_ROWS_A_COMMIT = 1000
_OURS_ALONE = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}

_MODEL = "INSERT INTO registered_models (name, creation_time, last_updated_time, description) VALUES (?, ?, ?, ?)"
_MODEL_TAG = "INSERT INTO registered_model_tags (key, value, name) VALUES (?, ?, ?)"
_VERSION = (
    "INSERT INTO model_versions (name, version, creation_time, last_updated_time, description, current_stage, source,"
    " status, storage_location) VALUES (?, ?, ?, ?, ?, 'None', ?, 'READY', ?)"
)
_VERSION_TAG = "INSERT INTO model_version_tags (key, value, name, version) VALUES (?, ?, ?, ?)"


class Mlflow:
    """A registry of MLflow's."""

    def __init__(self, home: Path, folder: Path, sizes: Sizes) -> None:
        self.title = f"{release(MLFLOW, home)}, SQLite"
        self._program = home / "bin" / "mlflow"
        self._folder = folder
        self._names = Names(sizes)
        self._port = processes.free_port()

    @contextmanager
    def served(self) -> Iterator[Running]:
        """`mlflow server` without what has nothing to do with models.

        Raises:
            BenchError: it did not start.
        """
        command = [str(self._program), "server", "--host", "127.0.0.1", "--port", str(self._port)]
        command += ["--backend-store-uri", _address(self._folder), "--no-serve-artifacts", "--workers", str(WORKERS)]
        began = time.perf_counter()
        with log_of(self._folder).open("a") as log:
            place = Place(self._folder, _settings(self._folder), log.fileno())
            with processes.started(command, SERVER_CORE, stderr=log.fileno(), place=place) as process:
                processes.when_answering(self._port, "/health", _START_PATIENCE_S)
                yield Running(self._port, (process.pid,), time.perf_counter() - began)

    def requests(self, row: str, count: int) -> Iterator[bytes]:
        """Of no signature: it has none."""
        make = _MADE[row]
        return (make(self) for _ in range(count))

    def expected(self, _row: str) -> int:
        """The status of a good answer."""
        return 200

    def _get(self) -> bytes:
        return self._asked("registered-models/get", name=self._names.model())

    def _deep(self) -> bytes:
        return self._asked("registered-models/get", name=DEEP_NAME)

    def _tag(self) -> bytes:
        return self._searched(filter=f"tags.team = '{self._names.team()}'")

    def _name(self) -> bytes:
        return self._searched(filter=f"name LIKE '%{self._names.part()}%'")

    def _list(self) -> bytes:
        return self._searched()

    def _create(self) -> bytes:
        new = model_fields(self._names.chance)
        return self._sent("registered-models/create", new, name=self._names.new())

    def _version(self) -> bytes:
        new = version_fields(self._names.chance)
        return self._sent("model-versions/create", new, name=self._names.model(), source=new.source)

    def _searched(self, **by: str) -> bytes:
        return self._asked("registered-models/search", max_results=str(PAGE_SIZE), **by)

    def _asked(self, what: str, **parameters: str) -> bytes:
        return http(self._port, "GET", f"{_API}/{what}?{urlencode(parameters)}")

    def _sent(self, what: str, new: Fields, **more: str) -> bytes:
        tags = [{"key": key, "value": value} for key, value in new.tags.items()]
        return http(self._port, "POST", f"{_API}/{what}", {"description": new.description, "tags": tags, **more})


_MADE: dict[str, Callable[[Mlflow], bytes]] = {
    "get": Mlflow._get,  # noqa: SLF001  its own table
    "deep": Mlflow._deep,  # noqa: SLF001
    "tag": Mlflow._tag,  # noqa: SLF001
    "name": Mlflow._name,  # noqa: SLF001
    "list": Mlflow._list,  # noqa: SLF001
    "create": Mlflow._create,  # noqa: SLF001
    "version": Mlflow._version,  # noqa: SLF001
}


def loaded(kept_in: Path, folder: Path, sizes: Sizes, tell: Progress) -> Mlflow:
    """MLflow with data of these sizes in `folder`, which is made.

    Raises:
        BenchError: it cannot be installed, or does not make its tables.
    """
    home = installed(MLFLOW, kept_in)
    folder.mkdir()
    _make_tables(home, folder)
    with closing(sqlite3.connect(folder / "mlflow.db")) as raw:
        _load(raw, sizes, tell)
        raw.execute("ANALYZE")
        raw.commit()
    return Mlflow(home, folder, sizes)


def _make_tables(home: Path, folder: Path) -> None:
    command = [str(home / "bin" / "mlflow"), "db", "upgrade", _address(folder)]
    environment = processes.environment() | _settings(folder)
    try:
        subprocess.run(
            command, check=True, capture_output=True, text=True, env=environment, cwd=folder, timeout=_SCHEMA_PATIENCE_S
        )
    except subprocess.SubprocessError as error:
        raise BenchError(f"`mlflow db upgrade` failed: {error}") from error


def _load(raw: sqlite3.Connection, sizes: Sizes, tell: Progress) -> None:
    """As many models and versions, with the contents that ours have."""
    chance = random.Random(2021_02_04)
    now_ms = int(time.time() * 1000)
    for number in range(sizes.models):
        name = model_name(number)
        _add_model(raw, name, now_ms + number, chance)
        for version in range(1, sizes.versions + 1):
            _add_version(raw, name, version, now_ms + number, chance)
        if not number % _ROWS_A_COMMIT:
            raw.commit()
            tell("models of MLflow", number, sizes.models)
    if sizes.deep_versions:
        _add_model(raw, DEEP_NAME, now_ms, chance)
        for version in range(1, sizes.deep_versions + 1):
            _add_version(raw, DEEP_NAME, version, now_ms + version, chance)
    raw.commit()


def _add_model(raw: sqlite3.Connection, name: str, at_ms: int, chance: random.Random) -> None:
    new = model_fields(chance)
    raw.execute(_MODEL, (name, at_ms, at_ms, new.description))
    raw.executemany(_MODEL_TAG, [(key, value, name) for key, value in new.tags.items()])


def _add_version(raw: sqlite3.Connection, name: str, version: int, at_ms: int, chance: random.Random) -> None:
    new = version_fields(chance)
    raw.execute(_VERSION, (name, version, at_ms, at_ms, new.description, new.source, new.source))
    raw.executemany(_VERSION_TAG, [(key, value, name, version) for key, value in new.tags.items()])


def _address(folder: Path) -> str:
    return f"sqlite:///{folder.resolve() / 'mlflow.db'}"


def _settings(folder: Path) -> dict[str, str]:
    return {**_OURS_ALONE, "HOME": str(folder)}
