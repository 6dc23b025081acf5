"""Microseconds of one nonce check: `python benchmarks/nonces.py [DIRECTORY]`.

Prints the median (and the 99th percentile) of `MachineState.check` on the default table, empty and half full, with and
without the lock that worker processes need, and of a look at the access generation. Every nonce is new and used once.
"Half full" is also "steady": the other half of the entries has been used before and has expired, as on a server that
has run for an hour.
"""

import sys
import tempfile
import time
from itertools import chain
from pathlib import Path
from random import randbytes, shuffle
from statistics import quantiles
from struct import Struct

from modelry.server.machine import BUCKET_BYTES, DEFAULT_SIZE_BYTES, ENTRY_BYTES, MachineState

CHECKS = 50_000
NOW = 1_760_000_000
KEY_ID = "LTAI5tBenchmarkBenchmark"


def main() -> None:
    """Measure in DIRECTORY (a temporary one unless given: put it where the data will be)."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as directory:
        print(f"{'microseconds':<34}{'median':>10}{'99 %':>10}")
        for shared in (False, True):
            mode = "locked" if shared else "unlocked"
            path = Path(directory) / f"{mode}.state"
            state = MachineState.open(path, now=NOW, shared=shared)
            report(f"check, empty table, {mode}", timed_checks(state, "empty", NOW))
            fill_half(path, NOW)
            share = state.entries_estimate(NOW) / state.capacity_entries
            report(f"check, {share:.0%} full table, {mode}", timed_checks(state, "full", NOW))
            report(f"generation, {mode}", timed_generations(state))
            state.close(clean=False)
        print(f"table of {DEFAULT_SIZE_BYTES >> 20} MiB, {CHECKS} checks a line")


def fill_half(path: Path, now: int) -> None:
    """Write half of the entries dated `now` and half of them expired, in random order, behind the first page."""
    entries = BUCKET_BYTES // ENTRY_BYTES
    bucket = Struct("=" + "I12s" * entries)
    dates = [now] * (entries // 2) + [now - 1000] * (entries // 2)
    with path.open("r+b") as file:
        file.seek(4096)
        for _ in range(DEFAULT_SIZE_BYTES // BUCKET_BYTES):
            shuffle(dates)
            file.write(bucket.pack(*chain.from_iterable((date, randbytes(12)) for date in dates)))


def timed_checks(state: MachineState, name: str, now: int) -> list[float]:
    """Seconds of each of a run of checks of new nonces."""
    nonces = [f"{name}-6fa459ea-ee8a-3ca4-894e-{number:012x}" for number in range(CHECKS)]
    clock = time.perf_counter
    taken = []
    for nonce in nonces:
        start = clock()
        state.check(KEY_ID, nonce, now, now)
        taken.append(clock() - start)
    return taken


def timed_generations(state: MachineState) -> list[float]:
    """Seconds of each of a run of looks at the generation, the timer included."""
    clock = time.perf_counter
    taken = []
    for _ in range(CHECKS):
        start = clock()
        state.generation()
        taken.append(clock() - start)
    return taken


def report(name: str, seconds: list[float]) -> None:
    """Print one line of the table."""
    hundredths = quantiles(seconds, n=100)
    print(f"{name:<34}{hundredths[49] * 1e6:>10.2f}{hundredths[98] * 1e6:>10.2f}")


if __name__ == "__main__":
    main()
