"""What the audit keeps of a change."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelry.families.audit.changes import SECRET_KEYS, VALUE_MAX_BYTES, difference, kept
from modelry.storage.database import Change

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from(["A", "B", "C", "Ä", ""]), VALUES)


def encoded(value: Any) -> bytes:  # noqa: ANN401  any JSON
    return json.dumps(value).encode()


def sides(before: Any, after: Any) -> tuple[Any, Any]:  # noqa: ANN401  any JSON
    """What is kept of an update."""
    change = kept(Change("x/1", encoded(before), encoded(after)))
    assert change.before is not None
    assert change.after is not None
    return json.loads(change.before), json.loads(change.after)


@given(before=OBJECTS, after=OBJECTS)
def test_applying_the_difference_to_what_was_before_restores_what_is_after(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    old, new = difference(encoded(before), encoded(after))
    applied = {key: value for key, value in before.items() if key not in old}
    assert applied | {key: json.loads(bytes(value)) for key, value in new.items()} == after


@given(before=OBJECTS, after=OBJECTS)
def test_the_difference_undoes_itself(before: dict[str, Any], after: dict[str, Any]) -> None:
    old, new = difference(encoded(before), encoded(after))
    undone = {key: value for key, value in after.items() if key not in new}
    assert undone | {key: json.loads(bytes(value)) for key, value in old.items()} == before


@given(before=OBJECTS, after=OBJECTS)
def test_what_an_update_left_alone_is_not_kept(before: dict[str, Any], after: dict[str, Any]) -> None:
    old, new = sides(before, after)
    for key in (*old, *new):
        assert key not in before or key not in after or encoded(before[key]) != encoded(after[key])


def test_an_approval_is_seen_as_its_two_statuses() -> None:
    before = {"VersionName": "0.1.0", "ApprovalStatus": "Pending"}
    assert sides(before, {**before, "ApprovalStatus": "Approved"}) == (
        {"ApprovalStatus": "Pending"},
        {"ApprovalStatus": "Approved"},
    )


def test_an_update_that_changes_nothing_keeps_nothing() -> None:
    assert sides({"A": 1}, {"A": 1}) == ({}, {})


@pytest.mark.parametrize("side", ["before", "after"])
def test_of_what_is_made_or_removed_the_whole_is_kept(side: str) -> None:
    document = b'{"A": 1,  "B":[1.50]}'
    change = Change("x/1", **{"before": None, "after": None, side: document})
    assert kept(change) == change


def test_what_was_only_asked_for_has_neither_side() -> None:
    assert kept(Change("x/1", None, None)) == Change("x/1", None, None)


def test_numbers_keep_their_digits() -> None:
    change = kept(Change("x/1", b'{"N":1}', b'{"N":12345678901234567890.1200}'))
    assert change.after == b'{"N":12345678901234567890.1200}'


@pytest.mark.parametrize("key", sorted(SECRET_KEYS))
@pytest.mark.parametrize("depth", ["member", "nested", "in a list"])
def test_a_secret_is_never_kept(key: str, depth: str) -> None:
    holder: dict[str, Any] = {"UserName": "alice", key: "hunter2"}
    document = encoded({"member": holder, "nested": {"A": {"B": holder}}, "in a list": {"A": [1, [holder]]}}[depth])
    for change in (
        Change("x/1", None, document),
        Change("x/1", document, None),
        Change("x/1", b"{}", document),
        Change("x/1", document, b"{}"),
    ):
        text = str(kept(change))
        assert "hunter2" not in text
        assert "alice" in text


def test_what_only_looks_like_a_secret_is_kept() -> None:
    document = b'{"PasswordResetRequired":true,"Comments":"a \\"Password\\" of 2"}'
    assert kept(Change("x/1", None, document)).after == document


def test_a_secret_s_name_as_a_value_is_kept() -> None:
    document = {"Labels": [{"Key": "Password", "Value": "v"}]}
    (after,) = [kept(Change("x/1", None, encoded(document))).after]
    assert json.loads(after or b"") == document


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_long_value_is_cut_to_its_length_and_fingerprint(side: str) -> None:
    long = "x" * VALUE_MAX_BYTES
    document = {"ModelName": "m", "ModelDoc": long}
    change = kept(Change("x/1", **{"before": None, "after": None, side: encoded(document)}))
    text = encoded(long)
    assert json.loads(getattr(change, side)) == {
        "ModelName": "m",
        "ModelDoc": {"LengthBytes": len(text), "Sha256": hashlib.sha256(text).hexdigest()},
    }


def test_a_value_of_the_greatest_length_is_kept() -> None:
    document = {"A": "x" * (VALUE_MAX_BYTES - 2), "B": 1}
    assert sides({"B": 2}, document) == ({"B": 2}, document)


def test_two_long_values_that_differ_have_different_fingerprints() -> None:
    long = "x" * VALUE_MAX_BYTES
    old, new = sides({"A": long + "1"}, {"A": long + "2"})
    assert old["A"]["LengthBytes"] == new["A"]["LengthBytes"]
    assert old["A"]["Sha256"] != new["A"]["Sha256"]
