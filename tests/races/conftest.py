"""What the races share: processes that answer for one registry, and threads that ask all of them at once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeAlias

import pytest

from tests.fleet import Fleet, fleet_of

CLIENTS = 12

AtOnce: TypeAlias = Callable[[Callable[[int], Any]], Sequence[Any]]


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """They live as long as the tests of this process."""
    with fleet_of(tmp_path_factory.mktemp("races")) as made:
        yield made


@pytest.fixture
def at_once() -> AtOnce:
    """Runs a function of a number in as many threads as there are clients, all from the same moment on."""
    barrier = Barrier(CLIENTS)

    def begun(work: Callable[[int], Any], number: int) -> Any:  # noqa: ANN401  what the work answers
        barrier.wait(30)
        return work(number)

    def run(work: Callable[[int], Any]) -> Sequence[Any]:
        with ThreadPoolExecutor(CLIENTS) as pool:
            return list(pool.map(lambda number: begun(work, number), range(CLIENTS)))

    return run
