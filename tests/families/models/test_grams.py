"""The search index of SQLite knows of every model what its text has, and nothing else."""

from collections.abc import Iterator

import pytest

from modelry.families.labels.structs import Label
from modelry.families.models import search_sqlite as search
from modelry.families.models.handlers import create_model_labels, delete_model, delete_model_labels, update_model
from modelry.families.models.structs import CreateModelLabels, DeleteModelLabels, ModelAddress, UpdateModel
from modelry.storage.database import Row, Transaction
from tests.families.models.scenes import call_of, made, on_sqlite, workspace_of


@pytest.fixture
def transaction(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transaction]:
    with on_sqlite(tmp_path_factory.mktemp("grams"), lambda _: True) as (found, _):
        found.begin()
        workspace_of(found)
        yield found
        found.roll_back()


def known(transaction: Transaction) -> list[Row]:
    """Each gram of each model, once all that is pending is taken in."""
    search.take_in(transaction, 1000)
    transaction.run("CREATE VIRTUAL TABLE temp.found USING fts5vocab(main, model_grams, instance)")
    rows = transaction.all("SELECT doc, term FROM temp.found ORDER BY doc, term")
    transaction.run("DROP TABLE temp.found")
    return rows


def known_anew(transaction: Transaction) -> list[Row]:
    search.anew(transaction)
    return known(transaction)


def test_a_text_that_changes_leaves_what_it_has_kept_and_nothing_else(transaction: Transaction) -> None:
    call = call_of(transaction)
    model_id = made(transaction, "banana", ("stage", "stage-1"), ("k", "v"))
    made(transaction, "ananas", ("stage", "stage-2"))
    before = known(transaction)
    for labels in ([Label(key="stage", value="stage-2")], [Label(key="nana", value="ba")], []):
        create_model_labels.run(call, CreateModelLabels(model_id=model_id, labels=labels))
        assert known(transaction) == known_anew(transaction)
    delete_model_labels.run(call, DeleteModelLabels(model_id=model_id, label_keys=["nana", "k"]))
    update_model.run(call, UpdateModel(model_id=model_id, model_name="bana", domain="中国"))
    after = known(transaction)
    assert after == known_anew(transaction) != before


def test_a_text_that_only_grows_or_comes_back_is_known_once(transaction: Transaction) -> None:
    call = call_of(transaction)
    model_id = made(transaction, "abc")
    first = known(transaction)
    for name in ("abcd", "abc"):
        update_model.run(call, UpdateModel(model_id=model_id, model_name=name))
        assert known(transaction) == known_anew(transaction)
    assert known(transaction) == first


def test_of_a_model_that_is_removed_nothing_is_known(transaction: Transaction) -> None:
    model_id = made(transaction, "abc", ("k", "v"))
    known(transaction)
    create_model_labels.run(
        call_of(transaction), CreateModelLabels(model_id=model_id, labels=[Label(key="k", value="w")])
    )
    delete_model.run(call_of(transaction), ModelAddress(model_id=model_id))
    assert known(transaction) == []


def test_whoever_adds_many_has_most_of_them_taken_in(transaction: Transaction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_BATCH", 4)
    for number in range(10):
        made(transaction, f"m{number}")
        assert transaction.count("FROM model_grams_pending") < 4


def test_of_a_long_text_the_index_is_asked_for_what_is_rare(transaction: Transaction) -> None:
    for number in range(20):
        made(transaction, f"sentiment analysis {number}")
    made(transaction, "sentiment analysis zqx")
    known(transaction)
    found = search.few(transaction, ["sentiment analysis zqx"], 1)
    assert found is not None
    (asked,) = found[1]
    assert '"zqx"' in str(asked)
    assert len(str(asked).split()) == 4
    assert search.few(transaction, ["sentiment analysis"], 20) is None
