"""Folding: what counts as the same text in a search."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelry.storage.folding import SEPARATOR, folded, folded_parts, needle

TEXTS = st.text(st.characters(codec="utf-8"))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("BERT", "bert"),
        ("Straße", "STRASSE"),
        ("ẞ", "ß"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("ＦＵＬＬ　ｗｉｄｔｈ", "full width"),
        ("é", "e\u0301"),
        ("É", "e\u0301"),
        ("ﬃ", "FFI"),
        ("K", "k"),
        ("Å", "å"),
        ("ǅ", "ǆ"),
        ("①", "1"),
        ("ｶﾞ", "ガ"),
    ],
)
def test_case_width_and_composition_make_no_difference(left: str, right: str) -> None:
    assert folded(left) == folded(right)


@pytest.mark.parametrize(("left", "right"), [("e", "é"), ("ı", "i"), ("中", "国"), ("o", "0"), ("ä", "ae")])
def test_other_letters_stay_apart(left: str, right: str) -> None:
    assert folded(left) != folded(right)


@given(TEXTS)
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(TEXTS)
def test_composed_and_decomposed_spellings_fold_alike(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert folded(unicodedata.normalize(form, text)) == folded(text)


@given(st.lists(TEXTS), TEXTS)
def test_a_search_never_matches_across_two_parts(parts: list[str], asked: str) -> None:
    found = needle(asked) in folded_parts(parts)
    assert found == any(needle(asked) in needle(part) for part in parts or [""])


@given(st.lists(TEXTS | st.text(st.characters(codec="ascii"))))
def test_parts_are_folded_together_as_they_are_one_by_one(parts: list[str]) -> None:
    assert folded_parts(parts) == SEPARATOR.join(map(needle, parts))
