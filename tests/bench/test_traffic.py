"""How a mix is written, and what comes of it."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelry.bench import data
from modelry.bench.traffic import KINDS, Traffic, shares

WEIGHTS = st.dictionaries(st.sampled_from(sorted(KINDS)), st.integers(0, 999_999_999), min_size=1)


@given(WEIGHTS.filter(lambda weights: any(weights.values())))
def test_a_mix_is_read_as_it_is_written(weights: dict[str, int]) -> None:
    text = ",".join(f"{kind}={weight}" for kind, weight in weights.items())
    assert shares(text) == {kind: weight for kind, weight in weights.items() if weight}


@given(st.text(max_size=40))
def test_any_text_is_a_mix_or_refused(text: str) -> None:
    try:
        found = shares(text)
    except ValueError:
        return
    assert found
    assert set(found) <= set(KINDS)
    assert all(weight > 0 for weight in found.values())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "KIND=WEIGHT"),
        ("get", "KIND=WEIGHT"),
        ("get=1,", "KIND=WEIGHT"),
        ("fetch=1", "knows no 'fetch'"),
        ("get=1,get=2", "twice"),
        ("get=-1", "no whole number"),
        ("get=1.5", "no whole number"),
        ("get=", "no whole number"),
        ("get=٣", "no whole number"),
        ("get=9999999999", "no whole number"),
        ("get=0,list=0", "asks for nothing"),
    ],
)
def test_a_wrong_mix_is_refused_with_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        shares(text)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> data.Registry:
    return data.made(tmp_path_factory.mktemp("bench") / "data", data.Sizes(5, 1, 2), lambda *_: None)


def test_requests_come_in_the_shares_of_the_mix(registry: data.Registry) -> None:
    made = Traffic(registry, {"get": 3, "list": 1}).signed([registry.root], 2000)
    counted = Counter(kind for kind, _ in made)
    assert set(counted) == {"get", "list"}
    assert 0.65 < counted["get"] / 2000 < 0.85


def test_no_two_requests_are_alike(registry: data.Registry) -> None:
    made = Traffic(registry, {"get": 1, "create": 1}).signed([registry.root], 500)
    assert len({text for _, text in made}) == 500


def test_every_kind_of_request_finds_something_to_ask_for(registry: data.Registry) -> None:
    made = Traffic(registry, dict.fromkeys(KINDS, 1)).signed([registry.root], 400)
    assert {kind for kind, _ in made} == set(KINDS)


def test_the_data_has_the_size_that_was_asked_for(registry: data.Registry) -> None:
    assert len(registry.model_ids) == 5
    assert len(registry.workspace_ids) == 3  # and the account's default one


def test_data_that_is_kept_is_made_once(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    sizes = data.Sizes(3, 1, 1)
    first = data.kept(tmp_path, sizes, lambda *step: told.append(step))
    assert told[-1] == ("models", 3, 3)
    told.clear()
    assert data.kept(tmp_path, sizes, lambda *step: told.append(step)) == first
    assert told == []
    assert list(tmp_path.iterdir()) == [first]
