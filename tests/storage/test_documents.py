"""Documents: what is changed is changed, and everything else stays byte for byte."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from modelry.storage.documents import paged, patched, spliced, without_keys

KEYS = st.text(st.characters(codec="utf-8"), max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)


@given(OBJECTS, OBJECTS)
def test_a_patch_replaces_its_keys_and_keeps_all_others(before: dict[str, object], changes: dict[str, object]) -> None:
    assert json.loads(patched(json.dumps(before).encode(), changes)) == {**before, **changes}


def test_a_patch_keeps_the_bytes_of_what_it_does_not_replace() -> None:
    before = b'{"Later": {"unknown" : 1e999, "n":-0.0}, "A":1, "B": [ 18446744073709551616 ]}'
    after = patched(before, {"A": 2})
    assert b'{"unknown" : 1e999, "n":-0.0}' in after
    assert b"[ 18446744073709551616 ]" in after


def test_a_patch_keeps_the_order_of_keys() -> None:
    assert patched(b'{"b":1,"a":2}', {"a": 3, "c": 4}) == b'{"b":1,"a":3,"c":4}'


@given(OBJECTS, st.data())
def test_keys_are_taken_away_and_nothing_else(before: dict[str, object], data: st.DataObject) -> None:
    keys = data.draw(st.lists(st.sampled_from([*before, "absent"])))
    after = json.loads(without_keys(json.dumps(before).encode(), *keys))
    assert after == {key: value for key, value in before.items() if key not in keys}


@given(OBJECTS, OBJECTS)
def test_members_are_added_to_any_object(document: dict[str, object], additions: dict[str, object]) -> None:
    added = {f"New{number}": value for number, value in enumerate(additions.values())}
    pieces = [msgspec.json.encode(key) + b":" + msgspec.json.encode(value) for key, value in added.items()]
    if pieces:
        assert json.loads(spliced(msgspec.json.encode(document), *pieces)) == {**document, **added}


@given(st.lists(OBJECTS), st.integers(0, 10**12))
def test_a_page_holds_its_documents_and_the_count(documents: list[dict[str, object]], total_count: int) -> None:
    page = paged(b"Models", map(msgspec.json.encode, documents), total_count)
    assert json.loads(page) == {"Models": documents, "TotalCount": total_count}
