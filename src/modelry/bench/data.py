"""The registry that is measured: workspaces, and models with versions and labels, made by the server's own handlers.

Making 100,000 models takes a minute or two, so a folder may be kept, under a name that changes with the code that makes
it.
"""

import hashlib
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from modelry import families
from modelry.access.sealing import Sealer
from modelry.bench.examples import new_model, new_version
from modelry.contract.operation import AnyOperation
from modelry.families.model_versions.operations import CREATE_MODEL_VERSION
from modelry.families.models.operations import CREATE_MODEL
from modelry.families.workspaces.operations import CREATE_WORKSPACE
from modelry.families.workspaces.structs import CreateWorkspace
from modelry.handling import Handler, by_account
from modelry.server.start import RootKey, prepare
from modelry.settings import Settings
from modelry.storage.database import Dialect, Transaction
from modelry.storage.sqlite import FILE_NAME, connect
from modelry.storage.stores import store_of

KEPT_PREFIX = "modelry-benchmark-"
_COPIED = (FILE_NAME, "sealing.key", "root_access_key.json")
_A_COMMIT = 1000
_PATIENCE_S = 600

DEEP_NAME = "sentiment-deep"
"""Of the model that has more versions than the others; behind them in order."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

Run = Callable[[AnyOperation, msgspec.Struct], Any]
"""Has the account carry out an operation; the answer."""

InTransaction = Callable[[Callable[[Run], Any]], Any]
"""Does a piece of work in a transaction; what the work answers."""


class Sizes(NamedTuple):
    """How much there is."""

    models: int
    versions: int
    """Of each model."""
    workspaces: int
    deep_versions: int = 0
    """Of one more model; 0: there is none."""


class Registry(NamedTuple):
    """A data folder, and what a client needs to know of it."""

    folder: Path
    root: RootKey
    workspace_ids: list[str]
    model_ids: list[str]
    """Of the models that are alike."""
    deep_model_id: str | None
    """Of the one that has more versions, if there is one."""
    database: str | None = None
    """The URL of its PostgreSQL database; `None`: it is in SQLite, in the folder."""


@contextmanager
def account(folder: Path, database: str | None = None) -> Iterator[InTransaction]:
    """The account itself at work on a registry, which is made if need be; each piece of work is a transaction.

    Raises:
        StartError: the folder cannot be used, or a server uses it.
    """
    settings = Settings(data=str(folder), database=database, database_timeout_s=_PATIENCE_S)
    prepared, store = prepare(settings), store_of(settings)
    sealer = Sealer(prepared.sealing_key)
    runs = {id(h.operation): h.run for h in families.handlers() if isinstance(h, Handler)}

    def carried_out(transaction: Transaction, work: Callable[[Run], Any]) -> Any:  # noqa: ANN401  what the work answers
        call = by_account(prepared.instance.account_id, prepared.root_key_id, transaction, sealer)

        def run(operation: AnyOperation, request: msgspec.Struct) -> Any:  # noqa: ANN401  the operation's response
            answer = runs[id(operation)](call, request)
            is_document = isinstance(answer, msgspec.Raw)
            return msgspec.json.decode(answer, type=operation.response) if is_document else answer

        return work(run)

    try:
        yield lambda work: store.write_alone(partial(carried_out, work=work))
    finally:
        os.close(prepared.lock_fd)


class _Maker:
    """Makes the data of some sizes, the same each time."""

    def __init__(self, sizes: Sizes, tell: Progress) -> None:
        self._sizes = sizes
        self._tell = tell
        self._chance = random.Random(2021_02_04)  # noqa: S311  the same data each time
        self._workspace_ids: list[str] = []

    def make(self, in_transaction: InTransaction) -> None:
        """All of it."""
        in_transaction(self._add_workspaces)
        for numbers in _commits(self._sizes.models, "models", self._tell):
            in_transaction(partial(self._add_models, numbers=numbers))
        if self._sizes.deep_versions:
            deep_model_id = in_transaction(self._add_deep_model)
            for numbers in _commits(self._sizes.deep_versions, "versions of one model", self._tell):
                in_transaction(partial(self._add_versions, model_id=deep_model_id, count=len(numbers)))

    def _add_workspaces(self, run: Run) -> None:
        names = (f"bench_{number:03d}" for number in range(self._sizes.workspaces))
        requests = (CreateWorkspace(workspace_name=name, description="Bench", env_types=["prod"]) for name in names)
        self._workspace_ids = [run(CREATE_WORKSPACE, request).workspace_id for request in requests]

    def _add_models(self, run: Run, numbers: range) -> None:
        for number in numbers:
            workspace_id = self._workspace_ids[number % len(self._workspace_ids)]
            model_id = run(CREATE_MODEL, new_model(f"sentiment-{number:07d}", workspace_id, self._chance)).model_id
            self._add_versions(run, model_id, self._sizes.versions)

    def _add_deep_model(self, run: Run) -> str:
        model_id: str = run(CREATE_MODEL, new_model(DEEP_NAME, self._workspace_ids[0], self._chance)).model_id
        return model_id

    def _add_versions(self, run: Run, model_id: str, count: int) -> None:
        for _ in range(count):
            run(CREATE_MODEL_VERSION, new_version(model_id, self._chance))


def made(folder: Path, sizes: Sizes, tell: Progress, database: str | None = None) -> Registry:
    """A registry of these sizes in a new folder, and in an empty PostgreSQL database if there is a URL of one."""
    with account(folder, database) as in_transaction:
        _Maker(sizes, tell).make(in_transaction)
    if database is None:
        with closing(connect(folder / FILE_NAME)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return opened(folder, database)


def _commits(total: int, what: str, tell: Progress) -> Iterator[range]:
    """The numbers of what each transaction makes."""
    for first in range(0, total, _A_COMMIT):
        tell(what, first, total)
        yield range(first, min(first + _A_COMMIT, total))
    tell(what, total, total)


def kept(kept_in: Path, sizes: Sizes, tell: Progress) -> Path:
    """The folder of a registry of these sizes, made unless it is there already."""
    folder = kept_in / f"{KEPT_PREFIX}{'-'.join(map(str, sizes))}-{fingerprint('sqlite')}"
    if folder.exists():
        return folder
    unfinished = folder.with_suffix(f".{os.getpid()}")
    try:
        made(unfinished, sizes, tell)
        if not folder.exists():  # another run may have been faster
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def copied(kept: Path, to: Path) -> Registry:
    """A copy of a kept registry that may be written to."""
    to.mkdir(mode=0o700)
    for name in _COPIED:
        shutil.copy2(kept / name, to / name)
    return opened(to)


def opened(folder: Path, database: str | None = None) -> Registry:
    """What clients need to know of the registry in a folder and its database."""
    store = store_of(Settings(data=str(folder), database=database, database_timeout_s=_PATIENCE_S))
    with store.reading() as reading:
        found = reading.all("SELECT model_id, model_name FROM models ORDER BY position")
        deep = (model_id for model_id, name in found if name == DEEP_NAME)
        return Registry(
            folder=folder,
            root=msgspec.json.decode((folder / "root_access_key.json").read_bytes(), type=RootKey),
            workspace_ids=[i for (i,) in reading.all("SELECT workspace_id FROM workspaces ORDER BY position")],
            model_ids=[model_id for model_id, name in found if name != DEEP_NAME],
            deep_model_id=next(deep, None),
            database=database,
        )


def fingerprint(dialect: Dialect) -> str:
    """Of the code that makes the data and of everything that decides how a model is stored."""
    text = hashlib.sha256(sqlite3.sqlite_version.encode())
    here, there = Path(__file__), Path(families.__file__).parent
    sources = [here, here.with_name("examples.py")]
    for name in ("models", "model_versions", "labels", "workspaces"):
        sources += sorted(there.joinpath(name).glob("*.py"))
    for source in sources:
        text.update(source.read_bytes())
    for migration in families.migrations(dialect):
        text.update(migration.sql.encode())
    return text.hexdigest()[:12]
