"""A decision that says what decided."""

from typing import NamedTuple, Self


class Verdict(NamedTuple):
    """Whether something is allowed, and why."""

    allowed: bool
    explicit: bool
    """Whether a Deny statement decided."""

    source: str | None
    """Which policy decided; `None` if none did."""

    statement: int | None
    """Which of its statements, from 0."""

    reason: str
    """One sentence for people."""

    @classmethod
    def by_none(cls, reason: str) -> Self:
        """The denial of what no statement allows."""
        return cls(allowed=False, explicit=False, source=None, statement=None, reason=reason)
