"""What figures depend on besides the program: the machine, its disk, the versions of what runs."""

import importlib.metadata
import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from modelry import __version__
from modelry.bench.processes import GENERATOR_CORES, SERVER_CORE

_PACKAGES = ("granian", "uvloop", "msgspec", "cryptography")
_SYNCS = 50
_SYNC_BYTES = 4096


def facts() -> Iterator[tuple[str, str]]:
    """Each by its name."""
    yield "Modelry", __version__
    yield "Processor", f"{processor()}, {os.cpu_count()} cores"
    yield "Kernel", platform.platform()
    yield "Python", platform.python_version()
    yield "SQLite", f"{sqlite3.sqlite_version}, `synchronous = FULL`"
    for name in _PACKAGES:
        yield name, importlib.metadata.version(name)
    others = ", ".join(map(str, GENERATOR_CORES))
    shared = "; **they share it, so rates mean little**" if SERVER_CORE in GENERATOR_CORES else ""
    yield "Cores", f"server and its children on {SERVER_CORE}, load generator on {others}{shared}"


def processor() -> str:
    """Its name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def sync_us(folder: Path) -> float:
    """How long the folder's disk takes to acknowledge a write of 4 KB; the median."""
    times = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            file.write(bytes(_SYNC_BYTES))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6
