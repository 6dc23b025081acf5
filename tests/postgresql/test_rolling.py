"""Programs of two versions on one database: what the older one does not know survives what it writes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelry.settings import Settings
from modelry.storage import stores
from modelry.storage.database import Transaction
from modelry.storage.store import Store
from tests.databases import shared
from tests.fleet import Fleet, servers

_MODELS = "/api/v1/models"
LATER = {"Later": {"Kind": "unknown", "Number": 1e300, "List": [1, None, "中"]}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Fleet, Store]]:
    """Servers, and the store that a later program writes beside them."""
    folder, url = tmp_path_factory.mktemp("rolling"), shared().url(shared().new_database())
    with servers(folder, url) as fleet:
        yield fleet, stores.store_of(Settings(data=str(folder), database=url))


def enriched(store: Store, table: str, where: str, *values: str) -> None:
    """Have a later program add what the servers do not know to a document."""

    def add(transaction: Transaction) -> None:
        (document,) = transaction.one(f"SELECT document FROM {table} WHERE {where}", *values) or (b"",)  # noqa: S608
        text = json.dumps({**json.loads(document), **LATER}, ensure_ascii=False).encode()
        assert transaction.run(f"UPDATE {table} SET document = ? WHERE {where}", text, *values) == 1  # noqa: S608

    store.write_alone(add)


def kept(store: Store, table: str, where: str, *values: str) -> dict[str, object]:
    with store.reading() as database:
        (document,) = database.one(f"SELECT document FROM {table} WHERE {where}", *values) or (b"",)  # noqa: S608
    found: dict[str, object] = json.loads(document)
    return found


def test_a_model_s_unknown_fields_survive_every_change(place: tuple[Fleet, Store]) -> None:
    fleet, store = place
    model_id = fleet.wire().new_model()
    where = "position = (SELECT position FROM models WHERE model_id = ?)"
    enriched(store, "model_documents", where, model_id)
    label = {"Labels": [{"Key": "k", "Value": "v"}]}
    for number, (method, target, body) in enumerate(
        (
            ("PUT", f"{_MODELS}/{model_id}", {"Domain": "nlp"}),
            ("POST", f"{_MODELS}/{model_id}/labels", label),
            ("POST", f"{_MODELS}/{model_id}/versions", {"Uri": "oss://b.e/"}),
            ("DELETE", f"{_MODELS}/{model_id}/labels?LabelKeys=k", None),
            ("DELETE", f"{_MODELS}/{model_id}/versions/0.1.0", None),
        )
    ):
        assert fleet.wire(number).ask(method, target, body).status == 200
        assert kept(store, "model_documents", where, model_id)["Later"] == LATER["Later"]
    assert kept(store, "model_documents", where, model_id)["Domain"] == "nlp"


def test_a_version_s_unknown_fields_survive_every_change(place: tuple[Fleet, Store]) -> None:
    fleet, store = place
    model_id = fleet.wire().new_model()
    target = f"{_MODELS}/{model_id}/versions/0.1.0"
    fleet.wire().ask("POST", f"{_MODELS}/{model_id}/versions", {"Uri": "oss://b.e/", "VersionDescription": model_id})
    where = "model_position = (SELECT position FROM models WHERE model_id = ?)"
    enriched(store, "model_versions", where, model_id)
    label = {"Labels": [{"Key": "k", "Value": "v"}]}
    for number, (method, path, body) in enumerate(
        (
            ("PUT", target, {"ApprovalStatus": "Approved"}),
            ("POST", f"{target}/labels", label),
            ("DELETE", f"{target}/labels?LabelKeys=k", None),
        )
    ):
        assert fleet.wire(number).ask(method, path, body).status == 200
        assert kept(store, "model_versions", where, model_id)["Later"] == LATER["Later"]


def test_a_workspace_s_unknown_fields_survive_a_change(place: tuple[Fleet, Store], tmp_path: Path) -> None:
    fleet, store = place
    body = {"WorkspaceName": "rolling", "Description": "d", "EnvTypes": ["prod"]}
    workspace_id = fleet.wire().ask("POST", "/api/v1/workspaces", body).json["WorkspaceId"]
    enriched(store, "workspaces", "workspace_id = ?", workspace_id)
    changed = fleet.wire(1).ask("PUT", f"/api/v1/workspaces/{workspace_id}", {"Description": "e"})
    assert changed.status == 200
    assert kept(store, "workspaces", "workspace_id = ?", workspace_id)["Later"] == LATER["Later"]
