"""Times: as they are shown, and as conditions give them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelry.storage.times import milliseconds, shown


@given(st.integers(0, 4 * 10**15))
def test_a_time_that_was_shown_reads_as_the_same_millisecond(us: int) -> None:
    assert milliseconds(shown(us)) == us // 1000


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-1439, 1439))  # noqa: DTZ001  the zone is the second argument
def test_a_time_with_an_offset_reads_as_the_same_moment(time: datetime, minutes: int) -> None:
    aware = time.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    moment = aware.astimezone(UTC)
    assert milliseconds(aware.isoformat()) == milliseconds(moment.isoformat())


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_612_011_093_028_999, "2021-01-30T12:51:33.028Z"),
        (1_612_011_093_000_000, "2021-01-30T12:51:33.000Z"),
    ],
)
def test_a_time_is_shown_in_utc_with_milliseconds_rounded_down(us: int, text: str) -> None:
    assert shown(us) == text


@pytest.mark.parametrize(
    "text",
    [
        "2021-01-30T12:51:33.028Z",
        "2021-01-30T12:51:33.028999Z",
        "2021-01-30T20:51:33.028+08:00",
        "2021-01-30T12:51:33.028",
        "2021-01-30 12:51:33.028+00:00",
    ],
)
def test_iso_8601_is_read_and_without_an_offset_it_is_utc(text: str) -> None:
    assert milliseconds(text) == 1_612_011_093_028


@pytest.mark.parametrize("text", ["", "yesterday", "1612011093", "2021-02-30T00:00:00Z", "2021-01-30T12:51:33Zulu"])
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        milliseconds(text)
