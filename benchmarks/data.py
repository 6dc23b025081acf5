"""The registry that is measured: workspaces, and models with versions and labels, made by the server's own handlers.

A model is like the example in the documentation of GetModel, filled up to about 2.5 KB. Making 100,000 of them takes a
minute or two, so the folder is kept, under a name that changes with the code that makes it.
"""

import hashlib
import os
import random
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from modelry import families
from modelry.access.sealing import Sealer
from modelry.families.labels.structs import Label
from modelry.families.model_versions import handlers as versions
from modelry.families.model_versions.structs import CreateModelVersion
from modelry.families.models import handlers as models
from modelry.families.models.structs import CreateModel
from modelry.families.workspaces import handlers as workspaces
from modelry.families.workspaces.structs import CreateWorkspace
from modelry.handling import Call, by_account
from modelry.server.start import RootKey, prepare
from modelry.settings import Settings
from modelry.storage.database import FILE_NAME, Transaction, connect, write_alone

VERSIONS = 2
TEAMS = 40
STAGES = ("prod", "staging", "dev", "archived", "canary")
TASKS = ("text-classification", "text-to-image-synthesis", "translation", "fill-mask", "speech-recognition")
_MODELS_A_COMMIT = 5000


class Sizes(NamedTuple):
    """How much there is."""

    models: int
    workspaces: int


class Registry(NamedTuple):
    """A data folder, and what a client needs to know of it."""

    folder: Path
    root: RootKey
    workspace_ids: list[str]
    model_ids: list[str]


def registry(kept_in: Path, sizes: Sizes) -> Path:
    """The folder of a registry of these sizes, made unless it is there already."""
    folder = kept_in / f"modelry-benchmark-{sizes.models}-{sizes.workspaces}-{_fingerprint()}"
    if folder.exists():
        return folder
    unfinished = folder.with_suffix(f".{os.getpid()}")
    started = time.monotonic()
    try:
        _fill(unfinished, sizes)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    print(f"made {sizes.models} models in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return folder


def copied(kept: Path, to: Path) -> Registry:
    """A copy of a kept registry that may be written to."""
    to.mkdir(mode=0o700)
    for name in (FILE_NAME, "sealing.key", "root_access_key.json"):
        shutil.copy2(kept / name, to / name)
    return opened(to)


def opened(folder: Path) -> Registry:
    """What clients need to know of the registry in a folder."""
    raw = connect(folder / FILE_NAME)
    try:
        return Registry(
            folder=folder,
            root=msgspec.json.decode((folder / "root_access_key.json").read_bytes(), type=RootKey),
            workspace_ids=[i for (i,) in raw.execute("SELECT workspace_id FROM workspaces ORDER BY position")],
            model_ids=[i for (i,) in raw.execute("SELECT model_id FROM models ORDER BY position")],
        )
    finally:
        raw.close()


def new_model(name: str, workspace_id: str, chance: random.Random) -> CreateModel:
    """A model as a team may make it, with three labels."""
    return CreateModel(
        model_name=name,
        model_description="通用情感分析。 " + "A general model for the analysis of sentiment in short texts. " * 6,
        workspace_id=workspace_id,
        origin="ModelScope",
        domain="nlp",
        task=chance.choice(TASKS),
        model_doc="https://modelscope.example/damo/nlp_structbert_sentiment-classification_chinese-base/README.md",
        labels=[
            Label(key="team", value=f"team-{chance.randrange(TEAMS):02d}"),
            Label(key="stage", value=chance.choice(STAGES)),
            Label(key="base-model", value="structbert"),
        ],
        accessibility="PUBLIC",
        model_type="Checkpoint",
        extra_info=_raw(
            {
                "RatingCount": chance.randrange(10_000),
                "Rating": 4.94,
                "FavoriteCount": 34992,
                "CommentCount": 754,
                "CoverUris": [f"https://bucket.oss-cn-hangzhou.example/{chance.randrange(10**12)}.png"],
                "TippedAmountCount": 32,
                "DownloadCount": chance.randrange(1_000_000),
            }
        ),
        order_number=1,
        parameter_size=chance.randrange(100, 100_000),
    )


def new_version(model_id: str, chance: random.Random) -> CreateModelVersion:
    """A version with metrics of two data sets."""
    return CreateModelVersion(
        model_id=model_id,
        uri=f"oss://mybucket.oss-cn-beijing.example/models/{chance.randrange(10**12)}/",
        version_description="情感分析。 " + "Trained again with the reviews of the last quarter. " * 4,
        format_type="SavedModel",
        framework_type="TensorFlow",
        options="{}",
        source_type="PAIFlow",
        source_id=f"region=cn-shanghai,workspaceId=13,kind=PipelineRun,id=run-{chance.randrange(10**12)}",
        approval_status="Approved",
        labels=[Label(key="k1", value="v1")],
        metrics=_raw(
            {
                "Results": [
                    {"Dataset": {"DatasetId": "d-sdkjanksaklerhfd"}, "Metrics": {"cer": 0.175, "accuracy": 0.93}},
                    {"Dataset": {"Uri": "oss://mybucket/reviews/"}, "Metrics": {"cer": 0.172, "accuracy": 0.94}},
                ]
            }
        ),
        training_spec=_raw({}),
        inference_spec=_raw({"processor": "tensorflow_gpu_1.12"}),
        evaluation_spec=_raw({}),
        compression_spec=_raw({}),
        distillation_spec=_raw({}),
        extra_info=_raw(
            {"CoverUris": ["https://bucket.oss-cn-hangzhou.example/017.preview.png"], "TrainedWords": ["albedo"]}
        ),
    )


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def _fill(folder: Path, sizes: Sizes) -> None:
    prepared = prepare(Settings(data=str(folder)))
    account_id = prepared.instance.account_id
    sealer = Sealer(prepared.sealing_key)
    chance = random.Random(2021_02_04)

    def call(transaction: Transaction) -> Call:
        return by_account(account_id, prepared.root_key_id, transaction, sealer)

    def add_workspaces(transaction: Transaction) -> list[str]:
        ids = []
        for number in range(sizes.workspaces):
            request = CreateWorkspace(workspace_name=f"bench_{number:03d}", description="Bench", env_types=["prod"])
            created: Any = workspaces.create_workspace.run(call(transaction), request)
            ids.append(created.workspace_id)
        return ids

    def add_models(transaction: Transaction, numbers: range, workspace_ids: list[str]) -> None:
        for number in numbers:
            workspace_id = workspace_ids[number % len(workspace_ids)]
            request = new_model(f"sentiment-{number:07d}", workspace_id, chance)
            created: Any = models.create_model.run(call(transaction), request)
            for _ in range(VERSIONS):
                versions.create_model_version.run(call(transaction), new_version(created.model_id, chance))

    workspace_ids = write_alone(folder, add_workspaces)
    for numbers in _ranges(sizes.models, _MODELS_A_COMMIT):
        write_alone(folder, partial(add_models, numbers=numbers, workspace_ids=workspace_ids))
    raw = connect(folder / FILE_NAME)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    os.close(prepared.lock_fd)


def _ranges(end: int, step: int) -> Iterator[range]:
    return (range(start, min(start + step, end)) for start in range(0, end, step))


def _fingerprint() -> str:
    """Of this file and of everything that decides how a model is stored."""
    text = hashlib.sha256(Path(__file__).read_bytes() + sqlite3.sqlite_version.encode())
    for migration in families.migrations():
        text.update(migration.sql.encode())
    for name in ("models", "model_versions", "labels", "workspaces"):
        for source in sorted(Path(families.__file__).parent.joinpath(name).glob("*.py")):
            text.update(source.read_bytes())
    return text.hexdigest()[:12]
