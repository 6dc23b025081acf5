"""Marker pages over a list that changes: what stays is shown once, in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelry.contract.operation import INT64_MAX
from modelry.errors import ApiError
from modelry.families.ram.paging import MarkedRequest, marked

POSITIONS = st.integers(1, INT64_MAX)


def found(positions: set[int], request: MarkedRequest) -> list[int]:
    """What a store finds."""
    return sorted(each for each in positions if each > request.after)[: request.wanted]


@given(
    st.sets(POSITIONS, max_size=30),
    st.lists(st.tuples(st.sets(POSITIONS, max_size=3), st.integers(0, 40)), max_size=40),
    st.integers(1, 7),
)
def test_what_stays_is_shown_once_and_in_order(
    start: set[int], changes: list[tuple[set[int], int]], max_items: int
) -> None:
    now, always = set(start), set(start)
    shown: list[int] = []
    request = MarkedRequest(max_items=max_items)
    pending = iter(changes)
    while True:
        page = marked(request, found(now, request), lambda each: each)
        assert len(page.entries) == (max_items if page.is_truncated else len(page.entries)) <= max_items
        shown += page.entries
        if not page.is_truncated:
            break
        assert isinstance(page.marker, str)
        request = MarkedRequest(max_items=max_items, marker=page.marker)
        more, which = next(pending, (set(), 0))
        gone = set(sorted(now)[which : which + 1])
        always -= gone
        now = (now | more) - gone
    assert shown == sorted(set(shown))
    assert always <= set(shown)


@given(st.sets(POSITIONS, max_size=40), st.integers(1, 7))
def test_many_pages_are_one_page(positions: set[int], max_items: int) -> None:
    shown: list[int] = []
    request = MarkedRequest(max_items=max_items)
    while (page := marked(request, found(positions, request), lambda each: each)).is_truncated:
        shown += page.entries
        request = MarkedRequest(max_items=max_items, marker=page.marker)
    assert [*shown, *page.entries] == sorted(positions)


@given(st.text(max_size=30))
def test_a_text_that_no_answer_had_is_refused(text: str) -> None:
    with pytest.raises(ApiError, match=r"^InvalidParameter: Marker: "):
        _ = MarkedRequest(marker=f"{text}!").after


@pytest.mark.parametrize("text", ["AQ==", "Af__________", "AQAAAAAAAAAB\n", "AgAAAAAAAAAB", "AQAAAAAAAAABAA=="])
def test_what_only_looks_like_a_marker_is_refused(text: str) -> None:
    with pytest.raises(ApiError, match=r"^InvalidParameter: Marker: "):
        _ = MarkedRequest(marker=text).after
