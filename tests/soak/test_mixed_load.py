"""Ten minutes of mixed load, on both databases; MODELRY_SOAK_MINUTES is another length."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
MINUTES = os.environ.get("MODELRY_SOAK_MINUTES", "10")

pytestmark = pytest.mark.soak


def _soaked(*arguments: str) -> None:
    command = [sys.executable, "-m", "benchmarks.soak", "--minutes", MINUTES, *arguments]
    ended = subprocess.run(command, check=False, cwd=TOP, stdout=subprocess.PIPE, text=True)
    assert ended.returncode == 0, ended.stdout


@pytest.fixture(autouse=True)
def compiler() -> None:
    if shutil.which(os.environ.get("CC", "cc")) is None:
        pytest.skip("the load generator needs a C compiler")


def test_no_request_fails_and_the_memory_is_flat_on_sqlite() -> None:
    _soaked()


def test_no_request_fails_and_the_memory_is_flat_on_postgresql() -> None:
    from benchmarks.cluster import programs
    from modelry.bench.processes import BenchError

    try:
        programs()
    except BenchError as error:
        pytest.skip(str(error))
    _soaked("--postgresql")
