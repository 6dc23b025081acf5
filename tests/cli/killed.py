"""`python killed.py FOLDER OUT ARGUMENT...`: a command killed before each of its calls that change something.

The command works on copies of FOLDER, `OUT/0/data`, `OUT/1/data` and so on; `DATA` and `OUT` in its arguments stand
for those. Copy `n` is what a process leaves that SIGKILL meets before its call number `n`; the last one is whole.
"""

import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType

from modelry.cli import main

_CHANGING = {
    *("execute", "executescript", "backup"),
    *("fsync", "rename", "unlink", "rmdir", "mkdir", "chmod", "write", "pwrite", "ftruncate"),
}
_MOST = 500


def run(folder: Path, out: Path, arguments: list[str]) -> None:
    for number in range(_MOST):
        if _in_child(folder, out / str(number), arguments, number):
            return
    raise AssertionError


def _in_child(folder: Path, place: Path, arguments: list[str], number: int) -> bool:
    """Whether the command came to its end before call `number`."""
    place.mkdir()
    data = place / "data"
    if folder.exists():
        shutil.copytree(folder, data, ignore=shutil.ignore_patterns("machine.state*"))
    given = [argument.replace("DATA", str(data)).replace("OUT", str(place)) for argument in arguments]
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        calls = 0

        def watch(frame: FrameType, event: str, called: object) -> None:
            nonlocal calls
            if event == "c_call" and getattr(called, "__name__", "") in _CHANGING:
                if calls == number:
                    os.kill(os.getpid(), signal.SIGKILL)
                calls += 1

        sys.setprofile(watch)
        code = main(given)
        sys.setprofile(None)
        os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.waitstatus_to_exitcode(status) == 0
    return True


if __name__ == "__main__":
    # So that each child has only the command's own work left to do.
    import modelry.server.app
    import modelry.server.rekey
    import modelry.server.start
    import modelry.storage.restore  # noqa: F401

    run(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
