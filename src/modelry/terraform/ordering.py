"""How labels become others without ever being none, and in the right order."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

Pair = tuple[str, str]


class Step(NamedTuple):
    """Labels to write, or keys to take off."""

    does: Literal["write", "take"]
    labels: list[Pair]

    @property
    def keys(self) -> list[str]:
        """Their keys."""
        return [key for key, _ in self.labels]


def steps(are: Sequence[Pair], wanted: Sequence[Pair]) -> Iterator[Step]:
    """What makes labels `are` the labels `wanted`, where writing keeps the place of a known key and appends a new one.

    First everything wanted is written; then goes what is not wanted, together with what stands in the wrong place,
    which is then written again behind the rest. So at least one wanted label is there at each moment, and usually
    one or two requests are enough.
    """
    there = dict(are)
    if any(there.get(key) != value for key, value in wanted):
        yield Step("write", list(wanted))
    after = list(there | dict(wanted))
    settled = _leading([key for key, _ in wanted], after)
    surplus = [(key, "") for key in after if key not in settled]
    if surplus:
        yield Step("take", surplus)
    if misplaced := [(key, value) for key, value in wanted if key not in settled]:
        yield Step("write", misplaced)


def _leading(wanted: Sequence[str], there: Sequence[str]) -> set[str]:
    """The first keys of `wanted` that stand in `there` in the same order."""
    place, settled = 0, set()
    for key in wanted:
        if key not in there[place:]:
            break
        place = there.index(key, place) + 1
        settled.add(key)
    return settled
