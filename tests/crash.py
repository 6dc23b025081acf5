"""A server that is killed under a load of writes, and what has to be true of its data afterwards."""

import itertools
import json
import random
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from modelry.families.model_versions.documents import version_columns
from modelry.families.models.documents import model_columns
from tests.registry import Registry, started
from tests.wire_client import Wire

_MODELS = "/api/v1/models"
_MISCOUNTED = {
    "models": "SELECT model_id FROM models m WHERE versions"
    " <> (SELECT count(*) FROM model_versions v WHERE v.model_position = m.position)",
    "model_tallies": "SELECT * FROM model_tallies t WHERE models <> (SELECT count(*) FROM models m"
    " WHERE m.account_id = t.account_id AND t.workspace_id IN ('', m.workspace_id) AND m.provider IS NULL)",
}
"""What is kept beside the rows that it counts: statements that find what does not agree."""
_numbers = itertools.count()


@dataclass
class Acknowledged:
    """What a server has said that it has done; every entry was answered by a 200."""

    models: dict[str, str] = field(default_factory=dict)
    """Id to name."""
    versions: dict[str, list[str]] = field(default_factory=dict)
    """Id of the model to names."""
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    """Id of the model to key and value."""
    deleted: set[str] = field(default_factory=set)
    """Ids of models."""


class Writer(threading.Thread):
    """One client that writes without pause until the server is gone. It changes only models of its own."""

    def __init__(self, registry: Registry, shared_model_id: str, done: Acknowledged) -> None:
        super().__init__(daemon=True)
        self.wire = Wire(registry)
        self.shared_model_id = shared_model_id
        self.done = done
        self.own: list[str] = []
        self.unexpected: list[object] = []

    def run(self) -> None:
        try:
            for step in itertools.cycle((self.create_model, self.add_versions, self.write_labels, self.delete_model)):
                step()
        except (OSError, HTTPException):
            return  # it has been killed
        except AssertionError as error:
            self.unexpected.append(error)

    def ask(self, method: str, target: str, body: object = None) -> dict[str, Any]:
        answer = self.wire.ask(method, target, body)
        assert answer.status == 200, answer.body
        return answer.json

    def create_model(self) -> None:
        name = f"m{next(_numbers)}"
        labels = [{"Key": "by", "Value": self.name}]
        created = self.ask("POST", _MODELS, {"ModelName": name, "Labels": labels, "ModelDoc": "d" * 2000})
        self.done.models[created["ModelId"]] = name
        self.done.labels[created["ModelId"]] = {"by": self.name}
        self.own.append(created["ModelId"])

    def add_versions(self) -> None:
        for model_id in (self.own[-1], self.shared_model_id, self.shared_model_id):
            created = self.ask("POST", f"{_MODELS}/{model_id}/versions", {"Uri": "oss://b.e/", "Metrics": {"acc": 1}})
            self.done.versions.setdefault(model_id, []).append(created["VersionName"])

    def write_labels(self) -> None:
        model_id, value = self.own[-1], f"v{next(_numbers)}"
        self.ask("POST", f"{_MODELS}/{model_id}/labels", {"Labels": [{"Key": "k", "Value": value}]})
        self.done.labels[model_id] = {**self.done.labels[model_id], "k": value}

    def delete_model(self) -> None:
        if len(self.own) > 3:
            model_id = self.own.pop(0)
            del self.done.models[model_id]  # from here until the answer either is right
            self.ask("DELETE", f"{_MODELS}/{model_id}")
            self.done.deleted.add(model_id)


def killed_under_load(folder: Path, done: Acknowledged, *, writers: int, longest_s: float, **environment: str) -> None:
    """Start a server on `folder`, load it with writes, and kill all of it at a random moment."""
    registry = started(folder, **environment)
    try:
        if not done.models:
            done.models[Wire(registry).new_model(ModelName="shared")] = "shared"
        shared = next(model_id for model_id, name in done.models.items() if name == "shared")
        threads = [Writer(registry, shared, done) for _ in range(writers)]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.05, longest_s))
    finally:
        registry.kill()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
        assert thread.unexpected == []


def assert_whole(folder: Path) -> None:
    """Nothing in the database is half-written or contradicts something else in it."""
    with closing(sqlite3.connect(folder / "modelry.sqlite")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        latest = "SELECT max(v.position) FROM model_versions v WHERE v.model_position = m.position"
        wrong = raw.execute(f"SELECT m.model_id FROM models m WHERE m.latest_position IS NOT ({latest})")  # noqa: S608  constants
        assert wrong.fetchall() == []
        names = raw.execute("SELECT model_position, version_name FROM model_versions").fetchall()
        assert [entry for entry, count in Counter(names).items() if count > 1] == []
        indexed = {
            (position, key, value)
            for position, key, value in raw.execute(
                "SELECT position, label_key, label_value FROM labels WHERE resource_type = 'model'"
            )
        }
        documented = set()
        models = "models JOIN model_documents USING (position)"
        for position, columns, document in _rows(raw, models, model_columns):
            assert columns == model_columns(document)
            labels = json.loads(document)["Labels"]
            documented |= {(position, label["Key"], label["Value"]) for label in labels}
        assert indexed == documented
        for table, disagreeing in _MISCOUNTED.items():
            assert raw.execute(disagreeing).fetchall() == [], table
        for _, columns, document in _rows(raw, "model_versions", version_columns):
            assert columns == version_columns(document)
        (last_us,) = raw.execute("SELECT last_us FROM clock").fetchone()
        (newest,) = raw.execute(
            "SELECT max(latest) FROM (SELECT max(gmt_modified) AS latest FROM models UNION ALL"
            " SELECT max(gmt_modified) FROM model_versions)"
        ).fetchone()
        assert last_us >= newest, "a time could be given out twice"


def _rows(raw: sqlite3.Connection, table: str, columns_of: Any) -> list[tuple[int, tuple[Any, ...], bytes]]:  # noqa: ANN401  either of two functions
    (some,) = raw.execute(f"SELECT document FROM {table} LIMIT 1").fetchone() or (None,)  # noqa: S608  constants
    if some is None:
        return []
    names = ", ".join(columns_of(some)._fields)
    found = raw.execute(f"SELECT {names}, position, document FROM {table}")  # noqa: S608  constants
    return [(row[-2], tuple(row[:-2]), row[-1]) for row in found]


def assert_all_there(registry: Registry, done: Acknowledged) -> None:
    """Every acknowledged write is answered by the server as it was acknowledged."""
    wire = Wire(registry)
    for model_id, name in done.models.items():
        found = wire.ask("GET", f"{_MODELS}/{model_id}").json
        assert found.get("ModelName") == name, found
        labels = {label["Key"]: label["Value"] for label in found["Labels"]}
        acknowledged = done.labels.get(model_id, {})
        # One write of labels may have been carried out without its answer getting through.
        assert labels.keys() >= acknowledged.keys()
        assert labels.get("by") == acknowledged.get("by")
        if "k" in acknowledged:
            assert int(labels["k"][1:]) >= int(acknowledged["k"][1:])
        listed = _version_names(wire, model_id)
        assert set(listed) >= set(done.versions.get(model_id, []))
        assert sorted(int(name.split(".")[1]) for name in listed) == list(range(1, len(listed) + 1))
    for model_id in done.deleted:
        assert wire.ask("GET", f"{_MODELS}/{model_id}").status == 404
    for names in done.versions.values():
        assert len(names) == len(set(names)), "a name was given out twice"


def _version_names(wire: Wire, model_id: str) -> list[str]:
    names: list[str] = []
    for page in itertools.count(1):
        found = wire.ask("GET", f"{_MODELS}/{model_id}/versions?PageSize=1000&PageNumber={page}").json["Versions"]
        names += [version["VersionName"] for version in found]
        if len(found) < 1000:
            return names
    raise AssertionError
