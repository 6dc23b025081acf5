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
from modelry.storage.database import Transaction
from modelry.storage.sqlite import FILE_NAME, connect, write_alone

KEPT_PREFIX = "modelry-benchmark-"
_COPIED = (FILE_NAME, "sealing.key", "root_access_key.json")
_MODELS_A_COMMIT = 1000

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


class Registry(NamedTuple):
    """A data folder, and what a client needs to know of it."""

    folder: Path
    root: RootKey
    workspace_ids: list[str]
    model_ids: list[str]


@contextmanager
def account(folder: Path) -> Iterator[InTransaction]:
    """The account itself at work on a folder, which is made if need be; each piece of work is a transaction.

    Raises:
        StartError: the folder cannot be used, or a server uses it.
    """
    prepared = prepare(Settings(data=str(folder)))
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
        yield lambda work: write_alone(folder, partial(carried_out, work=work))
    finally:
        os.close(prepared.lock_fd)


def made(folder: Path, sizes: Sizes, tell: Progress) -> Registry:
    """A registry of these sizes in a new folder."""
    chance = random.Random(2021_02_04)  # noqa: S311  the same data each time

    def add_workspaces(run: Run) -> list[str]:
        names = (f"bench_{number:03d}" for number in range(sizes.workspaces))
        requests = (CreateWorkspace(workspace_name=name, description="Bench", env_types=["prod"]) for name in names)
        return [run(CREATE_WORKSPACE, request).workspace_id for request in requests]

    def add_models(run: Run, numbers: range, workspace_ids: list[str]) -> None:
        for number in numbers:
            workspace_id = workspace_ids[number % len(workspace_ids)]
            model_id = run(CREATE_MODEL, new_model(f"sentiment-{number:07d}", workspace_id, chance)).model_id
            for _ in range(sizes.versions):
                run(CREATE_MODEL_VERSION, new_version(model_id, chance))

    with account(folder) as in_transaction:
        workspace_ids = in_transaction(add_workspaces)
        for first in range(0, sizes.models, _MODELS_A_COMMIT):
            tell("models", first, sizes.models)
            numbers = range(first, min(first + _MODELS_A_COMMIT, sizes.models))
            in_transaction(partial(add_models, numbers=numbers, workspace_ids=workspace_ids))
        tell("models", sizes.models, sizes.models)
    with closing(connect(folder / FILE_NAME)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return opened(folder)


def kept(kept_in: Path, sizes: Sizes, tell: Progress) -> Path:
    """The folder of a registry of these sizes, made unless it is there already."""
    folder = kept_in / f"{KEPT_PREFIX}{sizes.models}-{sizes.versions}-{sizes.workspaces}-{_fingerprint()}"
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


def opened(folder: Path) -> Registry:
    """What clients need to know of the registry in a folder."""
    with closing(connect(folder / FILE_NAME)) as raw:
        return Registry(
            folder=folder,
            root=msgspec.json.decode((folder / "root_access_key.json").read_bytes(), type=RootKey),
            workspace_ids=[i for (i,) in raw.execute("SELECT workspace_id FROM workspaces ORDER BY position")],
            model_ids=[i for (i,) in raw.execute("SELECT model_id FROM models ORDER BY position")],
        )


def _fingerprint() -> str:
    """Of the code that makes the data and of everything that decides how a model is stored."""
    text = hashlib.sha256(sqlite3.sqlite_version.encode())
    here, there = Path(__file__), Path(families.__file__).parent
    sources = [here, here.with_name("examples.py")]
    for name in ("models", "model_versions", "labels", "workspaces"):
        sources += sorted(there.joinpath(name).glob("*.py"))
    for source in sources:
        text.update(source.read_bytes())
    for migration in families.migrations("sqlite"):
        text.update(migration.sql.encode())
    return text.hexdigest()[:12]
