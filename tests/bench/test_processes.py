"""Whose processor time a server's is, and how it is counted."""

import os
import subprocess
import sys
import time

import pytest

from modelry.bench import processes
from modelry.bench.processes import GENERATOR_CORES, BenchError

_BUSY_S = 0.2
_BUSY = f"""
import time
while time.process_time() < {_BUSY_S}: pass
"""
_PARENT_OF_AN_ENDED_CHILD = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {_BUSY!r}])
print("ended", flush=True)
sys.stdin.read()
"""


def test_the_time_of_a_child_that_has_ended_counts() -> None:
    command = [sys.executable, "-c", _PARENT_OF_AN_ENDED_CHILD]
    with processes.started(command, *GENERATOR_CORES) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ended\n"
        assert processes.family(parent.pid) == (parent.pid,)
        assert processes.cpu_s((parent.pid,)) >= _BUSY_S - 0.02


def test_a_child_that_is_named_too_counts_once() -> None:
    with processes.started([sys.executable, "-c", "import sys; sys.stdin.read()"], *GENERATOR_CORES) as child:
        here = os.getpid()
        time.sleep(0.1)
        alone, both = processes.cpu_s((here,)), processes.cpu_s((here, child.pid))
        assert both - alone < processes.cpu_s((child.pid,)) + 0.02


def test_a_server_that_is_gone_is_no_idle_server() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as gone:
        gone.wait()
    with pytest.raises(BenchError, match="ended"):
        processes.cpu_s((gone.pid,))
