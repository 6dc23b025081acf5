"""The faults that wait for requests."""

from collections.abc import Collection
from typing import NamedTuple

from modelry.testing.orders import AnyFault, Delay, Drop, Fail, Throttle


class Met(NamedTuple):
    """What one request meets."""

    delays: list[Delay]
    other: Throttle | Fail | Drop | None


class Armed:
    """Faults in the order in which they were ordered, each with how often it is still to be met."""

    def __init__(self) -> None:
        """Nothing goes wrong yet."""
        self._waiting: list[tuple[AnyFault, int | None]] = []

    def add(self, fault: AnyFault) -> None:
        """Have requests meet it from now on."""
        self._waiting.append((fault, fault.times))

    def clear(self) -> None:
        """Forget all."""
        self._waiting.clear()

    def meet(self, names: Collection[str]) -> Met:
        """What a request of the operation of these names meets: every delay that fits, and the first other fault."""
        delays: list[Delay] = []
        other: Throttle | Fail | Drop | None = None
        still: list[tuple[AnyFault, int | None]] = []
        for fault, left in self._waiting:
            fits = fault.operation is None or fault.operation in names
            if fits and isinstance(fault, Delay):
                delays.append(fault)
            elif fits and other is None and not isinstance(fault, Delay):
                other = fault
            else:
                still.append((fault, left))
                continue
            if left is None or left > 1:
                still.append((fault, None if left is None else left - 1))
        self._waiting = still
        return Met(delays, other)
