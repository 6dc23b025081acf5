"""Lists read indexes, count from what is kept or remembered, go on where a page ended, and survive an upgrade."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from modelry import families
from modelry.families.labels.structs import Label
from modelry.families.model_versions.handlers import (
    create_model_version,
    delete_model_version,
    list_model_versions,
    update_model_version,
)
from modelry.families.model_versions.structs import (
    CreateModelVersion,
    ListModelVersions,
    UpdateModelVersion,
    VersionAddress,
)
from modelry.families.models import listing, search_sqlite, store
from modelry.families.models.handlers import (
    create_model_labels,
    delete_model,
    delete_model_labels,
    list_models,
    update_model,
)
from modelry.families.models.marks import Marks
from modelry.families.models.structs import (
    Condition,
    CreateModelLabels,
    DeleteModelLabels,
    ListModels,
    ModelAddress,
    UpdateModel,
)
from modelry.storage import migrations
from modelry.storage.database import Transaction
from modelry.storage.memory import Memory
from tests.families.models.scenes import (
    ACCOUNT,
    EPOCH_US,
    Opened,
    call_of,
    made,
    on_postgresql,
    on_sqlite,
    workspace_of,
)


@pytest.fixture(params=[on_sqlite, on_postgresql], ids=["sqlite", "postgresql"])
def transaction(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transaction]:
    """A transaction that remembers lists, as only reads do otherwise: what it sees is never undone."""
    opened: Opened = request.param
    with opened(tmp_path_factory.mktemp("scale"), lambda _: True) as (found, _):
        found.begin()
        workspace_of(found)
        found.memory = Memory()
        yield found
        found.roll_back()


def listed(transaction: Transaction, **fields: Any) -> tuple[list[str], int]:  # noqa: ANN401  of the request
    answer = msgspec.json.decode(msgspec.json.encode(list_models.run(call_of(transaction), ListModels(**fields))))
    return [model["ModelName"] for model in answer["Models"]], answer["TotalCount"]


def versions(transaction: Transaction, model_id: str, **fields: Any) -> tuple[list[str], int]:  # noqa: ANN401  likewise
    request = ListModelVersions(model_id=model_id, **fields)
    answer = msgspec.json.decode(msgspec.json.encode(list_model_versions.run(call_of(transaction), request)))
    return [version["VersionName"] for version in answer["Versions"]], answer["TotalCount"]


@pytest.mark.parametrize("sort_by", ["GmtCreateTime", "GmtModifiedTime", "ModelName", "OrderNumber", "ParameterSize"])
@pytest.mark.parametrize("order", ["ASC", "DESC"])
@pytest.mark.parametrize(
    "asked", [{}, {"query": "m"}, {"tag": [Label(key="k", value="v")]}], ids=["all", "text", "tag"]
)
def test_a_walk_misses_and_repeats_nothing_while_models_come_and_go(
    transaction: Transaction, sort_by: str, order: str, asked: dict[str, Any]
) -> None:
    before = {f"m{number:02d}": made(transaction, f"m{number:02d}", ("k", "v")) for number in range(10)}
    walked: list[str] = []
    for number in range(1, 8):
        names, _ = listed(transaction, sort_by=sort_by, order=order, page_size=3, page_number=number, **asked)
        walked += names
        for name in (f"a{number}m", f"z{number}m"):
            made(transaction, name, ("k", "v"))
        if number == 1:
            delete_model.run(call_of(transaction), ModelAddress(model_id=before.pop(names[-1])))
    assert len(walked) == len(set(walked))
    assert set(walked) >= before.keys()


def test_a_page_that_another_worker_saw_filled_up_is_not_shown_again(transaction: Transaction) -> None:
    """Each worker remembers by itself where pages ended."""

    def page(number: int) -> list[str]:
        return listed(transaction, page_size=3, page_number=number, order="ASC")[0]

    for number in range(5):
        made(transaction, f"m{number}")
    assert [page(1), page(2), page(3)] == [["m0", "m1", "m2"], ["m3", "m4"], []]
    for number in range(5, 11):
        made(transaction, f"m{number}")
    here, transaction.memory = transaction.memory, Memory()
    assert page(2) == ["m3", "m4", "m5"]
    transaction.memory = here
    assert [page(3), page(4)] == [["m6", "m7", "m8"], ["m9", "m10"]]


def test_pages_without_a_walk_are_counted_off(transaction: Transaction) -> None:
    for number in range(9):
        made(transaction, f"m{number}")
    assert listed(transaction, page_size=2, page_number=3) == (["m4", "m5"], 9)
    assert listed(transaction, page_size=2, page_number=4) == (["m6", "m7"], 9)
    assert listed(transaction, page_size=2, page_number=1) == (["m0", "m1"], 9)
    assert listed(transaction, page_size=3, page_number=2) == (["m3", "m4", "m5"], 9)
    assert listed(transaction, page_size=2, page_number=9) == ([], 9)


WRITES: dict[str, Callable[[Transaction, str], object]] = {
    "create": lambda t, _: made(t, "another", ("k", "v"), domain="d"),
    "rename": lambda t, i: update_model.run(call_of(t), UpdateModel(model_id=i, model_name="other")),
    "set a field": lambda t, i: update_model.run(call_of(t), UpdateModel(model_id=i, domain="d", order_number=4)),
    "label": lambda t, i: create_model_labels.run(
        call_of(t), CreateModelLabels(model_id=i, labels=[Label(key="k", value="w")])
    ),
    "unlabel": lambda t, i: delete_model_labels.run(call_of(t), DeleteModelLabels(model_id=i, label_keys=["k"])),
    "delete": lambda t, i: delete_model.run(call_of(t), ModelAddress(model_id=i)),
    "collect": lambda t, i: store.put_into_collections(t, store.model(t, ACCOUNT, i), ["c"]),
    "give to a provider": lambda t, i: marked(t, i, Marks(provider="pai")),
}
LISTS: list[dict[str, Any]] = [
    {},
    {"query": "name"},
    {"label": "v"},
    {"tag": [Label(key="k", value="v")]},
    {"tag": [Label(key="k", value="w")]},
    {"tag": [Label(key="k", value="v"), Label(key="l", value="v")]},
    {"domain": "d"},
    {"model_name": '"other"'},
    {"conditions": [Condition(column="OrderNumber", operator="Equal", value="4")]},
    {"collections": ["c"]},
    {"provider": "pai"},
]


def marked(transaction: Transaction, model_id: str, marks: Marks) -> None:
    """As `marks.mark` does for the account of a whole registry."""
    found = store.model(transaction, ACCOUNT, model_id)
    document = msgspec.json.decode(found.document) | {"Provider": marks.provider, "Accessibility": "PUBLIC"}
    store.change_model(transaction, found, msgspec.json.encode(document), transaction.tick())


@pytest.mark.parametrize("write", WRITES)
def test_counts_are_exact_after_every_kind_of_write(transaction: Transaction, write: str) -> None:
    """What is remembered, counted anew, and listed in full agree, before and after."""
    model_id = made(transaction, "name", ("k", "v"), ("l", "v"))
    made(transaction, "second name", ("k", "v"), ("l", "v"), order_number=4)
    for written in (False, True):
        if written:
            WRITES[write](transaction, model_id)
        for asked in LISTS:
            names, total = listed(transaction, page_size=1000, **asked)
            assert total == len(names), (write, asked)
            assert listed(transaction, page_size=1, **asked) == (names[:1], len(names)), (write, asked)


def test_counts_of_versions_are_exact_after_every_kind_of_write(transaction: Transaction) -> None:
    model_id = made(transaction, "m")
    call = call_of(transaction)
    name = create_model_version.run(call, CreateModelVersion(model_id=model_id, uri="u")).version_name  # type: ignore[union-attr]
    assert versions(transaction, model_id) == ([name], 1)
    assert versions(transaction, model_id, approval_status="Approved") == ([], 0)
    update_model_version.run(call, UpdateModelVersion(model_id=model_id, version_name=name, approval_status="Approved"))
    assert versions(transaction, model_id, approval_status="Approved") == ([name], 1)
    delete_model_version.run(call, VersionAddress(model_id=model_id, version_name=name))
    assert versions(transaction, model_id) == ([], 0)
    assert versions(transaction, model_id, approval_status="Approved") == ([], 0)


def test_a_walk_of_versions_goes_on_where_a_page_ended(transaction: Transaction) -> None:
    model_id = made(transaction, "m")
    call = call_of(transaction)
    create = CreateModelVersion(model_id=model_id, uri="u")
    expected = [create_model_version.run(call, create).version_name for _ in range(5)][::-1]  # type: ignore[union-attr]
    walked: list[str] = []
    for number in range(1, 5):
        names, _ = versions(transaction, model_id, order="DESC", page_size=2, page_number=number)
        walked += names
        create_model_version.run(call, create)
    assert walked == expected


BY_INDEX = {"_SCANNED": 0, "_A_CANDIDATE": 1}
"""Limits under which a search of few models asks the index."""


@pytest.mark.parametrize("text", ["ss", "%", "_", "*", '"', "中", "中国", "国 a", "a\0b", "'", "é", "o", "\\", "wx"])
def test_a_search_finds_every_text_by_the_index_too(
    transaction: Transaction, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if transaction.dialect == "postgresql" and "\0" in text:
        pytest.skip("PostgreSQL keeps no NUL")
    for name, value in BY_INDEX.items():
        monkeypatch.setattr(listing, name, value)
    monkeypatch.setattr(search_sqlite, "_BATCH", 3)
    names = [
        "Straße",
        "100%",
        "a_b",
        "a*b",
        'say "x"',
        "中国人",
        "中国 a",
        "a\0b"[:: 2 if transaction.dialect == "postgresql" else 1],
    ]
    for name in [*names, "l'é", "c:\\d", "uvwx"]:
        made(transaction, name)
    every, _ = listed(transaction, page_size=100)
    folded = {"Straße": "strasse"}
    wanted = [name for name in every if text in folded.get(name, name).lower()]
    assert listed(transaction, query=text, page_size=100) == (wanted, len(wanted))


PLANS: list[tuple[dict[str, Any], str]] = [
    ({}, "models_by_position"),
    ({"workspace_id": "W"}, "models_by_workspace"),
    ({"sort_by": "GmtModifiedTime"}, "models_by_modified"),
    ({"sort_by": "ModelName"}, "models_by_model_name"),
    ({"sort_by": "OrderNumber"}, "models_by_order"),
    ({"sort_by": "ParameterSize"}, "models_by_size"),
    ({"sort_by": "ModelName", "workspace_id": "W"}, "models_by_name"),
    ({"sort_by": "OrderNumber", "workspace_id": "W"}, "models_by_workspace_order"),
    ({"query": "x", "workspace_id": "W"}, "models_by_workspace"),
    ({"model_name": '"m"'}, "models_by_model_name"),
    ({"model_name": '"m"', "workspace_id": "W"}, "models_by_name"),
    ({"tag": [Label(key="k", value="v")]}, "labels_by_position"),
    ({"tag": [Label(key="k", value="v")], "workspace_id": "W"}, "t USING PRIMARY KEY"),
    ({"tag": [Label(key="k", value="v"), Label(key="l", value="v")], "order": "DESC"}, "labels_by_position"),
]


@pytest.mark.parametrize(("asked", "index"), PLANS)
@pytest.mark.parametrize("transaction", [on_sqlite], indirect=True)
def test_a_page_comes_out_of_an_index_without_a_sort(
    transaction: Transaction, asked: dict[str, Any], index: str
) -> None:
    asked = {**asked, **({"workspace_id": workspace_of(transaction)} if "workspace_id" in asked else {})}
    ran: list[str] = []
    raw: Any = transaction._raw
    raw.set_trace_callback(ran.append)
    listed(transaction, **asked)
    raw.set_trace_callback(None)
    asked_for = [sql for sql in ran if sql.startswith("SELECT")]
    assert len(asked_for) <= 2 + ("query" in asked or '"' in asked.get("model_name", ""))
    (page,) = (sql for sql in asked_for if "model_documents" in sql)
    inner = page[page.index("FROM (SELECT m.") + 6 : page.index(") AS page")]
    plan = [detail for _, _, _, detail in raw.execute(f"EXPLAIN QUERY PLAN {inner}")]
    assert any(index in step for step in plan), plan
    assert not any("SCAN m" in step for step in plan), plan
    assert "model_name" in asked or not any("TEMP B-TREE" in step for step in plan), plan


FIRST = {("models", "0001"), ("labels", "0001"), ("model_versions", "0001")}


@pytest.mark.parametrize("opened", [on_sqlite, on_postgresql], ids=["sqlite", "postgresql"])
def test_a_registry_of_before_is_brought_up_with_all_that_it_holds(
    opened: Opened, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown = {family for family, _ in FIRST}
    with opened(tmp_path_factory.mktemp("old"), lambda m: m.family not in grown or (m.family, m.name[:4]) in FIRST) as (
        transaction,
        schema,
    ):
        transaction.begin()
        workspace_id = workspace_of(transaction)
        for number, (name, labels) in enumerate({"first 中国": [("k", "Vé")], "second": [], "third": []}.items()):
            _insert_as_before(transaction, EPOCH_US - 100 + number, workspace_id, name, labels)
        transaction.commit()
        migrations.apply(schema, families.migrations(transaction.dialect))
        monkeypatch.setattr(search_sqlite, "_BATCH", 1)
        for _ in range(2):  # before and after the search index has taken in what was there
            transaction.begin()
            assert listed(transaction, order="ASC")[0][:3] == ["first 中国", "second", "third"]
            for text in ("中国", "t 中", "vé", "first 中国"):
                for limits in ({}, BY_INDEX):
                    with pytest.MonkeyPatch.context() as patch:
                        for name, value in limits.items():
                            patch.setattr(listing, name, value)
                        assert listed(transaction, query=text) == (["first 中国"], 1)
            assert listed(transaction, label="vé") == (["first 中国"], 1)
            assert listed(transaction, model_name="vé") == ([], 0)
            assert listed(transaction, tag=[Label(key="k", value="Vé")]) == (["first 中国"], 1)
            assert versions(transaction, "model-first 中国") == (["0.1.0"], 1)
            made(transaction, f"new{_}")
            transaction.commit()
        transaction.begin()
        assert listed(transaction)[1] == 5


def _insert_as_before(
    transaction: Transaction, position: int, workspace_id: str, name: str, labels: list[tuple[str, str]]
) -> None:
    document = msgspec.json.encode(
        {
            "ModelId": f"model-{name}",
            "ModelName": name,
            "Accessibility": "PUBLIC",
            "Labels": [{"Key": key, "Value": value} for key, value in labels],
        }
    )
    texts = "\x1f".join(text.lower() for label in labels for text in label)
    transaction.run(
        "INSERT INTO models (position, account_id, model_id, workspace_id, model_name, user_id, accessibility,"
        " gmt_modified, latest_position, highest_version, folded_name, folded_labels, folded_text, document_version,"
        " document) VALUES (?, ?, ?, ?, ?, 'u', 'PUBLIC', ?, ?, '0.1', ?, ?, ?, 1, ?)",
        *(position, ACCOUNT, f"model-{name}", workspace_id, name, position, position, name, texts),
        *("\x1f".join([name, "", "", *([texts] if texts else [])]), document),
    )
    for key, value in labels:
        transaction.run(
            "INSERT INTO labels VALUES (?, 'model', ?, ?, ?, ?)", ACCOUNT, key, value, workspace_id, position
        )
    transaction.run(
        "INSERT INTO model_versions (position, account_id, model_position, version_name, approval_status, source_type,"
        " gmt_modified, folded_labels, document_version, document)"
        " VALUES (?, ?, ?, '0.1.0', 'Pending', 'Custom', ?, '', 1, ?)",
        *(position, ACCOUNT, position, position, msgspec.json.encode({"VersionName": "0.1.0", "Labels": []})),
    )
