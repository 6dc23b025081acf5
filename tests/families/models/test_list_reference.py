"""ListModels compared with its filters written down once more, in plain Python, over random models and requests."""

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelry import families
from modelry.access.sealing import Sealer
from modelry.families.labels.structs import Label
from modelry.families.models import listing, search_postgresql, search_sqlite, store
from modelry.families.models.handlers import list_models
from modelry.families.models.structs import Condition, ListModels, Model
from modelry.families.workspaces import store as workspaces
from modelry.handling import by_account
from modelry.storage import migrations
from modelry.storage.database import Transaction
from modelry.storage.postgresql.store import PostgresqlStore
from modelry.storage.postgresql.transaction import PostgresqlTransaction
from modelry.storage.sqlite import SqliteSchema, SqliteTransaction, connect
from modelry.storage.times import shown
from tests import databases

ACCOUNT, OTHER_ACCOUNT = 1000000000000001, 1000000000000002
EPOCH_US = 1_700_000_000_000_000


class Entry(NamedTuple):
    """A model as the reference knows it."""

    account_id: int
    workspace: int
    name: str
    accessibility: str
    provider: str | None
    domain: str | None
    task: str | None
    origin: str | None
    model_type: str | None
    parameter_size: int | None
    order_number: int | None
    labels: tuple[tuple[str, str], ...]
    collections: frozenset[str]
    age_us: int
    """Between its creation and its last change."""


SOME_TEXT = st.text(st.sampled_from('aAßẞ中%"'), max_size=2) | st.text(st.sampled_from("aA国\uff21*?[_"), max_size=4)
LABEL_TEXT = st.sampled_from(["a", "ß", ""])
COLLECTION = st.sampled_from(["c1", "c2"])
PROVIDER = st.just("pai")
NUMBER = st.integers(-2, 2)
ENTRY = st.builds(
    Entry,
    account_id=st.sampled_from([ACCOUNT, ACCOUNT, ACCOUNT, OTHER_ACCOUNT]),
    workspace=st.integers(0, 1),
    name=SOME_TEXT.filter(bool),
    accessibility=st.sampled_from(["PRIVATE", "PUBLIC"]),
    provider=st.none() | PROVIDER,
    domain=st.none() | SOME_TEXT,
    task=st.none() | SOME_TEXT,
    origin=st.none() | SOME_TEXT,
    model_type=st.none() | SOME_TEXT,
    parameter_size=st.none() | NUMBER,
    order_number=st.none() | NUMBER,
    labels=st.dictionaries(LABEL_TEXT.filter(bool), LABEL_TEXT, max_size=3).map(lambda found: tuple(found.items())),
    collections=st.frozensets(COLLECTION, max_size=2),
    age_us=st.sampled_from([0, 999, 1000, 5_000_000]),
)
OPERATORS = ["Equal", "NotEqual", "LessThan", "LessThanOrEqual", "GreaterThan", "GreaterThanOrEqual", "In"]
CONDITION = (
    st.builds(
        Condition,
        column=st.sampled_from(["ParameterSize", "OrderNumber"]),
        operator=st.sampled_from(OPERATORS),
        value=NUMBER.map(str),
    )
    | st.builds(
        Condition,
        column=st.sampled_from(["ModelName", "ModelType", "Origin", "Task", "Domain"]),
        operator=st.sampled_from(OPERATORS),
        value=SOME_TEXT.filter(lambda text: not text.startswith("[")),  # which begins a JSON list
    )
    | st.builds(
        Condition,
        column=st.sampled_from(["GmtCreateTime", "GmtModifiedTime"]),
        operator=st.sampled_from(OPERATORS),
        value=st.integers(0, 8).map(lambda number: shown(EPOCH_US + number * 1000)),
    )
)
LABEL = st.builds(Label, key=LABEL_TEXT.filter(bool), value=LABEL_TEXT)
FILTERS: dict[str, st.SearchStrategy[Any]] = {
    "collections": st.lists(COLLECTION, max_size=2),
    "conditions": st.lists(CONDITION, max_size=2),
    "domain": SOME_TEXT,
    "label": SOME_TEXT | LABEL_TEXT,
    "model_name": SOME_TEXT | SOME_TEXT.map('"{}"'.format),
    "model_type": SOME_TEXT,
    "origin": SOME_TEXT,
    "provider": st.sampled_from(["pai", "pai", "x", ""]),
    "query": SOME_TEXT | LABEL_TEXT,
    "tag": st.lists(LABEL, max_size=2),
    "task": SOME_TEXT,
    "workspace_id": st.sampled_from(["0", "1", "2", ""]),
}
ASKED = st.lists(st.sampled_from(sorted(FILTERS)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: FILTERS[name] for name in names})
)
"""A few filters at once: with many, nothing would ever be found."""
TWO_TAGS = st.fixed_dictionaries({"tag": st.lists(LABEL, min_size=2, max_size=2)})


def likened(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def compared(given: Any, operator: str, wanted: Any) -> bool:  # noqa: ANN401  numbers or texts
    if operator == "NotEqual":
        return bool(given != wanted)
    if given is None:
        return False
    return bool(
        {
            "Equal": given == wanted,
            "LessThan": given < wanted,
            "LessThanOrEqual": given <= wanted,
            "GreaterThan": given > wanted,
            "GreaterThanOrEqual": given >= wanted,
        }[operator]
    )


def meets(entry: Entry, position: int, condition: Condition) -> bool:
    created, changed = shown(position), shown(position + entry.age_us)
    given = {
        "ParameterSize": entry.parameter_size,
        "OrderNumber": entry.order_number,
        "ModelName": entry.name,
        "ModelType": entry.model_type,
        "Origin": entry.origin,
        "Task": entry.task,
        "Domain": entry.domain,
        "GmtCreateTime": created,
        "GmtModifiedTime": changed,
    }[condition.column]
    number = condition.column in {"ParameterSize", "OrderNumber"}
    text = str(condition.value)
    if condition.operator == "In":
        return given is not None and given in [int(part) if number else part for part in text.split(",")]
    return compared(given, condition.operator, int(text) if number else text)


def wanted(entry: Entry, position: int, asked: dict[str, Any]) -> bool:
    """What the documentation says of every filter; an empty one counts as absent."""
    asked = {name: value for name, value in asked.items() if value}
    texts = [text for label in entry.labels for text in label]
    in_query = [entry.name, entry.domain or "", entry.task or "", *texts]
    name = asked.get("model_name", "")
    exactly = len(name) >= 2 and name[0] == name[-1] == '"'
    return all(
        (
            entry.account_id == ACCOUNT,
            "workspace_id" not in asked or "provider" in asked or asked["workspace_id"] == str(entry.workspace),
            "provider" not in asked or (entry.provider, entry.accessibility) == (asked["provider"], "PUBLIC"),
            "provider" in asked or "collections" in asked or entry.provider is None,
            "collections" not in asked or bool(entry.collections & set(asked["collections"])),
            *(
                asked.get(field) in {None, getattr(entry, field)}
                for field in ("domain", "task", "origin", "model_type")
            ),
            name[1:-1] == entry.name if exactly else likened(name) in likened(entry.name),
            any(likened(asked.get("query", "")) in likened(text) for text in in_query),
            "label" not in asked or any(likened(asked["label"]) in likened(text) for text in texts),
            all((label.key, label.value) in entry.labels for label in asked.get("tag", [])),
            all(meets(entry, position, condition) for condition in asked.get("conditions", [])),
        )
    )


class Scene(NamedTuple):
    """A registry of two accounts with two workspaces each."""

    transaction: Transaction
    """What a test adds in it is undone."""


Opened = Callable[[Path], AbstractContextManager[Transaction]]


def emptied(transaction: Transaction) -> None:
    transaction.begin()
    for account_id in (ACCOUNT, OTHER_ACCOUNT):
        workspaces.first_start(transaction, account_id, str(account_id))
        for workspace_id in ("0", "1"):
            transaction.run(
                "INSERT INTO workspaces SELECT position + 1 + ?, account_id, ?, ?, resource_group_id, status,"
                " gmt_modified, document_version, document FROM workspaces WHERE account_id = ? LIMIT 1",
                *(int(workspace_id) + account_id % 10 * 10, workspace_id, f"w{workspace_id}", account_id),
            )
    transaction.commit()


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Transaction]:
    with closing(connect(folder / "r.sqlite")) as connection:
        migrations.apply(SqliteSchema(connection), families.migrations("sqlite"))
        yield SqliteTransaction(connection, lambda: EPOCH_US - 1_000_000)


@contextmanager
def on_postgresql(_: Path) -> Iterator[Transaction]:
    cluster = databases.shared()
    place = PostgresqlStore(cluster.url(cluster.new_database(icu=True)), prepared=True, timeout_s=30)
    with place.schema() as schema:
        migrations.apply(schema, families.migrations("postgresql"))
    transaction = PostgresqlTransaction(place.options, lambda: EPOCH_US - 1_000_000)
    try:
        yield transaction
    finally:
        transaction.close()


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((on_sqlite, False), id="sqlite"),
        pytest.param((on_sqlite, True), id="sqlite-as-if-there-were-many"),
    ],
)
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Also with limits so low that every way is taken by which rows are found."""
    opened, many = request.param
    yield from in_scene(opened, tmp_path_factory.mktemp("reference"), many=many)


@pytest.fixture(scope="module")
def postgresql_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """With low limits only: a database that is asked over a socket takes its time."""
    yield from in_scene(on_postgresql, tmp_path_factory.mktemp("reference"), many=True)


def in_scene(opened: Opened, folder: Path, *, many: bool) -> Iterator[Scene]:
    with pytest.MonkeyPatch.context() as patch, opened(folder) as transaction:
        if many:
            for name, value in {"_FEW": 1, "_FEW_FOUND": 3, "_A_CANDIDATE": 1, "_SCANNED": 2}.items():
                patch.setattr(listing, name, value)
            patch.setattr(search_sqlite, "_BATCH", 2)
            patch.setattr(search_postgresql, "_NAMED", 1)
        emptied(transaction)
        yield Scene(transaction)


def stored(transaction: Transaction, entries: list[Entry]) -> dict[int, Entry]:
    """The entries that could be stored, by position; a name is taken once."""
    kept: dict[int, Entry] = {}
    for number, entry in enumerate(entries):
        if any(entry[:3] == other[:3] for other in kept.values()):
            continue
        position = EPOCH_US + number * 1003
        fields = {
            name: msgspec.UNSET if (value := getattr(entry, name)) is None else value
            for name in ("provider", "domain", "task", "origin", "model_type", "parameter_size", "order_number")
        }
        model = Model(
            model_id=f"model-{number}",
            model_name=entry.name,
            gmt_create_time=shown(position),
            gmt_modified_time=shown(position),
            user_id=str(entry.account_id),
            owner_id=str(entry.account_id),
            workspace_id=str(entry.workspace),
            labels=[Label(key=key, value=value) for key, value in entry.labels],
            accessibility=entry.accessibility,  # type: ignore[arg-type]  # sampled from the two
            **fields,
        )
        row = store.StoredModel(
            *(position, entry.account_id, model.model_id, model.workspace_id, None, msgspec.json.encode(model)),
            *(model.user_id, entry.accessibility, entry.provider),
        )
        store.add_model(transaction, row)
        store.put_into_collections(transaction, row, sorted(entry.collections))
        if entry.age_us:
            store.change_model(transaction, row, row.document, position + entry.age_us)
        kept[position] = entry
    return kept


SORT_BY = ["GmtCreateTime", "GmtModifiedTime", "ModelName", "OrderNumber", "ParameterSize"]


def place(sort_by: str, position: int, entry: Entry) -> tuple[Any, int]:
    """Where a model comes in a list: what it has not comes first, and creation decides between equals."""
    value = {
        "GmtCreateTime": position,
        "GmtModifiedTime": position + entry.age_us,
        "ModelName": entry.name,
        "OrderNumber": entry.order_number,
        "ParameterSize": entry.parameter_size,
    }[sort_by]
    return (value is not None, value or 0) if sort_by in {"OrderNumber", "ParameterSize"} else value, position


ASKED_FOR = given(
    entries=st.lists(ENTRY, min_size=3, max_size=8),
    asked=ASKED | TWO_TAGS,
    sort_by=st.sampled_from(SORT_BY),
    order=st.sampled_from(["ASC", "DESC"]),
    size=st.integers(1, 4),
)
FREELY = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=200
)


@FREELY
@ASKED_FOR
def test_lists_answer_what_the_reference_finds_page_by_page(
    scene: Scene, entries: list[Entry], asked: dict[str, Any], sort_by: str, order: str, size: int
) -> None:
    assert_as_the_reference(scene, entries, asked, sort_by, order, size)


@settings(FREELY, max_examples=40)
@ASKED_FOR
def test_lists_answer_the_same_on_postgresql(
    postgresql_scene: Scene, entries: list[Entry], asked: dict[str, Any], sort_by: str, order: str, size: int
) -> None:
    assert_as_the_reference(postgresql_scene, entries, asked, sort_by, order, size)


def assert_as_the_reference(
    scene: Scene, entries: list[Entry], asked: dict[str, Any], sort_by: str, order: str, size: int
) -> None:
    """Every page, and the total on each of them."""
    transaction = scene.transaction
    transaction.begin()
    try:
        kept = stored(transaction, entries)
        found = [position for position, entry in kept.items() if wanted(entry, position, asked)]
        found.sort(key=lambda position: place(sort_by, position, kept[position]), reverse=order == "DESC")
        call = by_account(ACCOUNT, "k", transaction, Sealer(bytes(32)))
        walked: list[str] = []
        for number in range(1, len(found) // size + 3):
            request = ListModels(
                **asked,
                sort_by=sort_by,  # type: ignore[arg-type]  # sampled from the five
                order=order,  # type: ignore[arg-type]  # sampled from the two
                page_size=size,
                page_number=number,
            )
            answer = msgspec.json.decode(msgspec.json.encode(list_models.run(call, request)))
            assert answer["TotalCount"] == len(found)
            assert len(answer["Models"]) <= size
            walked += [model["ModelId"] for model in answer["Models"]]
        assert walked == [f"model-{(position - EPOCH_US) // 1003}" for position in found]
    finally:
        transaction.roll_back()
