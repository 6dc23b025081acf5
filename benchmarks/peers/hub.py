"""Kubeflow Hub (Kubeflow's model registry) on MariaDB: a program that whoever runs this has built.

Its data is loaded straight into the tables that it makes: a model or a version is a row of `Context`, and each of its
fields and properties a row of `ContextProperty`.
"""

import contextlib
import getpass
import itertools
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.peers.peer import PAGE_SIZE, Fields, Names, http, log_of, model_fields, model_name, version_fields
from modelry.bench import processes
from modelry.bench.data import DEEP_NAME, Progress, Sizes
from modelry.bench.processes import SERVER_CORE, BenchError, Place, Running

_API = "/api/model_registry/v1alpha3"
_READY = f"{_API}/registered_models?pageSize=1"
_PATIENCE_S = 60
_DATABASE = "hub"
_CREATED = 201
_TEXT = "MetadataStringValue"
_BUFFER_POOL = "1G"


class KubeflowHub:
    """A registry of Kubeflow's."""

    def __init__(self, program: Path, folder: Path, sizes: Sizes) -> None:
        self.title = f"Kubeflow Hub ({program.name}), MariaDB"
        self._program = program.resolve()
        self._folder = folder
        self._names = Names(sizes)
        self._sizes = sizes
        self._port = processes.free_port()

    @contextmanager
    def served(self) -> Iterator[Running]:
        """The server, beside its database; the time that the database needs to start is not counted.

        Raises:
            BenchError: one of them did not start.
        """
        dsn = f"root@unix({_socket(self._folder)})/{_DATABASE}?charset=utf8mb4&parseTime=true"
        command = [str(self._program), "proxy", "--hostname", "127.0.0.1", "--port", str(self._port)]
        command += ["--embedmd-database-type", "mysql", "--embedmd-database-dsn", dsn]
        with _database(self._folder) as database_pid, log_of(self._folder).open("a") as log:
            place = Place(self._folder, stdout=log.fileno())
            began = time.perf_counter()
            with processes.started(command, SERVER_CORE, stderr=log.fileno(), place=place) as process:
                processes.when_answering(self._port, _READY)
                yield Running(self._port, (process.pid,), time.perf_counter() - began, database_pid)

    def requests(self, row: str, count: int) -> Iterator[bytes]:
        """Of no signature: it has none."""
        make = _MADE[row]
        return (make(self) for _ in range(count))

    def expected(self, row: str) -> int:
        """The status of a good answer."""
        return _CREATED if row in {"create", "version"} else 200

    def load(self, tell: Progress) -> None:
        """Have the program make its tables, and fill them."""
        with self.served():
            kinds = dict(line.split("\t") for line in _sql(self._folder, "SELECT name, id FROM Type").splitlines())
            rows = _Rows(self._sizes, kinds["kf.RegisteredModel"], kinds["kf.ModelVersion"])
            rows.write(self._folder, tell)
            for table in ("Context", "ContextProperty", "ParentContext"):
                file = self._folder / f"{table}.tsv"
                _sql(self._folder, f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE {table} CHARACTER SET utf8mb4")
                _sql(self._folder, f"ANALYZE TABLE {table}")
                file.unlink()

    def _get(self) -> bytes:
        return self._asked(f"registered_models/{self._model_id()}")

    def _deep(self) -> bytes:
        return self._asked(f"registered_models/{_deep_id(self._sizes)}")

    def _tag(self) -> bytes:
        return self._searched(filterQuery=f"team='{self._names.team()}'")

    def _name(self) -> bytes:
        return self._searched(filterQuery=f"name LIKE '%{self._names.part()}%'")

    def _list(self) -> bytes:
        return self._searched()

    def _create(self) -> bytes:
        return self._sent("registered_models", model_fields(self._names.chance), {"name": self._names.new()})

    def _version(self) -> bytes:
        model_id = str(self._model_id())
        named = {"name": self._names.new(), "registeredModelId": model_id}
        return self._sent(f"registered_models/{model_id}/versions", version_fields(self._names.chance), named)

    def _searched(self, **by: str) -> bytes:
        order = {"orderBy": "CREATE_TIME", "sortOrder": "DESC"}
        return self._asked(f"registered_models?{urlencode({'pageSize': str(PAGE_SIZE), **order, **by})}")

    def _asked(self, what: str) -> bytes:
        return http(self._port, "GET", f"{_API}/{what}")

    def _sent(self, what: str, new: Fields, named: dict[str, str]) -> bytes:
        properties = {key: {"metadataType": _TEXT, "string_value": value} for key, value in new.tags.items()}
        body = {**named, "description": new.description, "customProperties": properties}
        return http(self._port, "POST", f"{_API}/{what}", body)

    def _model_id(self) -> int:
        return 1 + self._names.chance.randrange(self._sizes.models)


_MADE: dict[str, Callable[[KubeflowHub], bytes]] = {
    "get": KubeflowHub._get,  # noqa: SLF001  its own table
    "deep": KubeflowHub._deep,  # noqa: SLF001
    "tag": KubeflowHub._tag,  # noqa: SLF001
    "name": KubeflowHub._name,  # noqa: SLF001
    "list": KubeflowHub._list,  # noqa: SLF001
    "create": KubeflowHub._create,  # noqa: SLF001
    "version": KubeflowHub._version,  # noqa: SLF001
}


class _Rows:
    """The rows of the data: models first, numbered from 1, then all versions."""

    def __init__(self, sizes: Sizes, model_type: str, version_type: str) -> None:
        self._sizes = sizes
        self._model_type, self._version_type = model_type, version_type
        self._chance = random.Random(2021_02_04)
        self._now_ms = int(time.time() * 1000)

    def write(self, folder: Path, tell: Progress) -> None:
        """A file of tab-separated lines for each table."""
        with contextlib.ExitStack() as stack:
            names = ("Context", "ContextProperty", "ParentContext")
            self._files = [stack.enter_context((folder / f"{name}.tsv").open("w")) for name in names]
            for number in range(self._sizes.models):
                tell("models of Kubeflow Hub", number, self._sizes.models)
                self._model(number + 1, model_name(number))
            deep_id = _deep_id(self._sizes)
            ids = itertools.count(deep_id + 1)
            if self._sizes.deep_versions:
                self._model(deep_id, DEEP_NAME)
                self._versions(deep_id, ids, self._sizes.deep_versions)
            for model_id in range(1, self._sizes.models + 1):
                self._versions(model_id, ids, self._sizes.versions)

    def _model(self, model_id: int, name: str) -> None:
        self._context(model_id, self._model_type, name, model_fields(self._chance))

    def _versions(self, model_id: int, ids: Iterator[int], count: int) -> None:
        for number in range(count):
            version_id = next(ids)
            self._context(version_id, self._version_type, f"{model_id}:v{number + 1}", version_fields(self._chance))
            self._line(1, (version_id, "registered_model_id", 0, model_id, None))
            self._line(2, (version_id, model_id))

    def _context(self, context_id: int, kind: str, name: str, new: Fields) -> None:
        at_ms = self._now_ms + context_id
        self._line(0, (context_id, kind, name, None, at_ms, at_ms))
        for key, value in (("description", new.description), ("state", "LIVE")):
            self._line(1, (context_id, key, 0, None, None, value, None, None, None))
        for key, value in new.tags.items():
            self._line(1, (context_id, key, 1, None, None, value, None, None, None))

    def _line(self, table: int, values: Iterable[object]) -> None:
        width = {1: 9}.get(table, 0)
        cells = ["\\N" if value is None else str(value) for value in values]
        cells += ["\\N"] * (width - len(cells))
        self._files[table].write("\t".join(cells) + "\n")


def loaded(program: Path, folder: Path, sizes: Sizes, tell: Progress) -> KubeflowHub:
    """Kubeflow Hub with data of these sizes in `folder`, which is made.

    Raises:
        BenchError: MariaDB is not there, or a program failed.
    """
    if not program.is_file():
        raise BenchError(f"there is no program {program}")
    if shutil.which("mariadb-install-db") is None or shutil.which("mariadbd") is None:
        raise BenchError("MariaDB's server is not installed (Debian's package: mariadb-server)")
    folder.mkdir()
    command = ["mariadb-install-db", "--no-defaults", f"--datadir={_data(folder)}", f"--user={getpass.getuser()}"]
    _run([*command, "--auth-root-authentication-method=normal", "--skip-test-db"])
    with _database(folder):
        _sql(folder, f"CREATE DATABASE {_DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", database="")
    hub = KubeflowHub(program, folder, sizes)
    hub.load(tell)
    return hub


@contextmanager
def _database(folder: Path) -> Iterator[int]:
    """MariaDB on the server's core, reached by a socket alone; the id of its process."""
    command = ["mariadbd", "--no-defaults", f"--datadir={_data(folder)}", f"--socket={_socket(folder)}"]
    command += ["--skip-networking", f"--user={getpass.getuser()}", "--local-infile=1"]
    command += [f"--innodb-buffer-pool-size={_BUFFER_POOL}"]
    with (folder / "database.log").open("a") as log:
        place = Place(stdout=log.fileno())
        with processes.started(command, SERVER_CORE, stderr=log.fileno(), place=place) as process:
            end = time.monotonic() + _PATIENCE_S
            while not _socket(folder).exists():
                if time.monotonic() > end or process.poll() is not None:
                    raise BenchError("MariaDB did not start")
                time.sleep(0.01)
            yield process.pid
    _socket(folder).unlink(missing_ok=True)


def _sql(folder: Path, statement: str, *, database: str = _DATABASE) -> str:
    client = ["mariadb", "--no-defaults", f"--socket={_socket(folder)}", "--user=root", "--local-infile=1"]
    return _run([*client, "--batch", "--skip-column-names", "--execute", statement, *([database] if database else [])])


def _run(command: list[str]) -> str:
    try:
        ended = subprocess.run(command, check=True, capture_output=True, text=True, env=processes.environment())
    except subprocess.CalledProcessError as error:
        raise BenchError(f"{command[0]} failed: {(error.stderr or error.stdout).strip()[-300:]}") from error
    return ended.stdout


def _deep_id(sizes: Sizes) -> int:
    return sizes.models + 1


def _data(folder: Path) -> Path:
    return folder.resolve() / "data"


def _socket(folder: Path) -> Path:
    return folder.resolve() / "socket"
