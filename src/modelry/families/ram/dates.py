"""Dates as RAM writes them: UTC, ISO 8601, seconds."""

from modelry.storage.times import shown


def date(us: int) -> str:
    """`2015-01-23T12:33:18Z` of microseconds since the epoch."""
    return f"{shown(us)[:19]}Z"
