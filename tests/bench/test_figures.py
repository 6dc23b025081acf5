"""What is told of many values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelry.bench.figures import percentile, spread

VALUES = st.lists(st.integers(0, 10**6), min_size=1, max_size=300).map(sorted)
SHARES = st.floats(0.001, 100)


@given(VALUES, SHARES)
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(ordered: list[int], share: float) -> None:
    found = percentile(ordered, share)
    wanted = len(ordered) * share / 100 - 1e-6
    assert sum(value <= found for value in ordered) >= wanted
    assert found == ordered[0] or sum(value < found for value in ordered) < wanted


@given(VALUES)
def test_the_hundredth_percentile_is_the_most(ordered: list[int]) -> None:
    assert percentile(ordered, 100) == ordered[-1]


@given(VALUES, SHARES, SHARES)
def test_a_larger_share_has_no_smaller_percentile(ordered: list[int], one: float, other: float) -> None:
    assert percentile(ordered, min(one, other)) <= percentile(ordered, max(one, other))


@pytest.mark.parametrize(("share", "expected"), [(50, 500), (99, 990), (99.9, 999)])
def test_percentiles_of_the_numbers_up_to_1000(share: float, expected: int) -> None:
    assert percentile(range(1, 1001), share) == expected


@pytest.mark.parametrize(("ordered", "share"), [([], 50), ([1], 0), ([1], -1), ([1], 100.1), ([1], float("nan"))])
def test_a_percentile_of_nothing_or_of_no_share_is_refused(ordered: list[int], share: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(ordered, share)


@pytest.mark.parametrize(
    ("values", "places", "expected"),
    [
        ([3.0, 1.0, 2.0], 0, "2 (1 to 3)"),
        ([7.25], 1, "7.2"),
        ([1000.0, 3000.0], 0, "2,000 (1,000 to 3,000)"),
        ([1.5, 1.5], 2, "1.50 (1.50 to 1.50)"),
    ],
)
def test_a_spread_is_the_median_with_the_least_and_the_most(values: list[float], places: int, expected: str) -> None:
    assert spread(values, places) == expected


@given(st.lists(st.floats(0, 1e6), min_size=2))
def test_the_median_of_a_spread_lies_within_it(values: list[float]) -> None:
    middle, least, most = (
        float(text)
        for text in spread(values, 9).replace(",", "").replace("(", "").replace(")", "").replace("to ", "").split()
    )
    assert least <= middle <= most
