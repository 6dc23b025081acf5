"""The real command with tiny sizes, and what it has started."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

_PATIENCE_S = 60
TINY = ("--models", "20", "--workspaces", "2", "--seconds", "1", "--connections", "2")


class Ran(NamedTuple):
    """What came of it."""

    code: int
    out: str
    err: str


class Command:
    """`modelry bench` with a temporary folder and a mark of its own, which all that it starts inherits."""

    def __init__(self, folder: Path) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self._mark = f"BENCH_TEST={uuid4().hex}"
        name, _, value = self._mark.partition("=")
        # A registry that this shell uses, which nothing of the benchmark may touch.
        used = {"MODELRY_DATA": str(folder / "used"), "MODELRY_PORT": "1"}
        self.environment = {**os.environ, "TMPDIR": str(self.temporary), name: value, **used}

    def __call__(self, *arguments: str) -> Ran:
        """Run to the end."""
        process = self.begun(*arguments)
        return self.ended(process)

    def begun(self, *arguments: str, terminal: int | None = None) -> "subprocess.Popen[str]":
        """Running, in pipes or on a terminal."""
        stream = subprocess.PIPE if terminal is None else terminal
        return subprocess.Popen(
            [sys.executable, "-m", "modelry", "bench", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            env=self.environment,
            text=True,
            start_new_session=True,
        )

    def ended(self, process: "subprocess.Popen[str]") -> Ran:
        out, err = process.communicate(timeout=_PATIENCE_S)
        return Ran(process.returncode, out, err)

    def running(self, word: str = "") -> list[int]:
        """What runs with the mark and has the word in its command line."""
        return [int(process.name) for process in Path("/proc").glob("[0-9]*") if self._is_ours(process, word)]

    def _is_ours(self, process: Path, word: str) -> bool:
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            return self._mark.encode() in environment and word.encode() in (process / "cmdline").read_bytes()
        except OSError:
            return False

    def waited_for(self, word: str) -> list[int]:
        """The processes that have the word in their command line, once there are some."""
        end = time.monotonic() + _PATIENCE_S
        while not (found := self.running(word)):
            assert time.monotonic() < end, f"there never was a process with {word}"
            time.sleep(0.005)
        return found

    def left(self) -> tuple[list[int], list[Path]]:
        """Processes that still run, and files that are still there."""
        end = time.monotonic() + 10
        while self.running() and time.monotonic() < end:
            time.sleep(0.05)
        return self.running(), list(self.temporary.iterdir())
