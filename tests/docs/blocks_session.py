"""A sandbox in which the blocks of one page run one after the other, as a reader would type them.

A page has one shell and one Python, so that a block finds what the blocks before it have made. Both start in an empty
folder, with a home of their own and the default data folder being that of a running server.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree, ignore_patterns, which
from threading import Timer

from tests.docs.blocks import ROOT, SHELLS, Block, shown
from tests.registry import Registry, running

_SERVES = r"""#!/bin/bash
# A server runs until it says how clients reach it: on a free port, with data of its own unless it is given a folder.
XDG_DATA_HOME=$ROOT/started "$@" --port 0 >"$BLOCK.served" 2>"$BLOCK.log" &
for _ in $(seq 600); do
    grep -q 'resourcemanager =' "$BLOCK.served" && break
    kill -0 "$!" 2>/dev/null || break
    sleep 0.05
done
cat "$BLOCK.served"
kill "$!" 2>/dev/null
wait "$!" || { cat "$BLOCK.log" >&2; exit 1; }
"""

_MODELRY = """#!/bin/bash
if [ "${{1:-}}" = serve ]; then exec serves {real} "$@"; else exec {real} "$@"; fi
"""

_SHELL = r"""
set -u -o pipefail
fails() { printf '%s\t%s\n' "$1" "${2%%$'\n'*}" >>"$BLOCK.fails"; }
trap 'fails "$?" "$BASH_COMMAND"' ERR
stands_in() { ! command -v "$1" >/dev/null; }

# The service of the pages is the server of the sandbox.
ended() { ! [ -e "/proc/$1" ] || [ "$(cut -d' ' -f3 "/proc/$1/stat")" = Z ]; }
systemctl() {
    case $* in
    "stop modelry")
        kill "$(cat "$ROOT/server.pid")"
        for _ in $(seq 600); do ended "$(cat "$ROOT/server.pid")" && return; sleep 0.05; done
        return 1 ;;
    "start modelry")
        $REAL serve --port "$SERVER_PORT" >"$ROOT/service.out" 2>>"$ROOT/service.log" &
        echo "$!" >"$ROOT/server.pid"
        for _ in $(seq 600); do grep -q 'resourcemanager =' "$ROOT/service.out" && return; sleep 0.05; done
        return 1 ;;
    *) echo "systemctl $*: not known here" >&2; return 1 ;;
    esac
}

if stands_in aliyun; then aliyun() { :; }; fi

export BLOCK
while read -r BLOCK; do
    source "$BLOCK" >"$BLOCK.out" 2>"$BLOCK.err" </dev/null
    env -0 >"$ROOT/environment"; pwd >"$ROOT/folder"
    echo done
done
"""

_PYTHON = """
import contextlib, sys, traceback
names = {"__name__": "__main__"}
for file in map(str.strip, sys.stdin):
    with open(f"{file}.out", "w") as out, contextlib.redirect_stdout(out):
        try:
            exec(compile(open(file).read(), file, "exec"), names)
        except BaseException:
            with open(f"{file}.fails", "w") as fails:
                fails.write("1\\t" + traceback.format_exc().replace("\\n", " | "))
    print("done", flush=True)
"""

_REAL = Path(sys.executable).with_name("modelry")
_PATIENCE_S = 120


@dataclass(frozen=True)
class Ran:
    """What a block did."""

    out: str
    err: str
    failed: tuple[tuple[int, str], ...]
    """Exit code and text of each command that did not end with 0."""


@dataclass
class Session:
    """The sandbox of one page."""

    root: Path
    registry: Registry
    values: dict[str, str] = field(default_factory=dict)
    """What stands in a page for what cannot be known beforehand, and what it is here."""
    _running: "dict[str, subprocess.Popen[str]]" = field(default_factory=dict)
    _count: int = 0

    @property
    def work(self) -> Path:
        """The folder in which the blocks run."""
        return self.root / "work"

    def here(self, text: str) -> str:
        """A text of the page with what is true here."""
        for stands, value in sorted(self.values.items(), key=lambda each: -len(each[0])):
            text = text.replace(stands, value)
        return re.sub(r"(?<![\w./}-])/(srv|var|etc|backup|backups|mnt)(?=/|\b)", rf"{self.root}/\1", text)

    def run(self, block: Block) -> Ran:
        """Run a block; Python that has tests in it with pytest."""
        text = self.here(block.text)
        if block.language in SHELLS:
            return self._run("shell", text)
        if re.search(r"^def test_", text, re.MULTILINE):
            file = self.root / "test_page.py"
            file.write_text(text)
            return self._run("shell", f"{sys.executable} -m pytest -q -p no:cacheprovider {file}")
        return self._run("python", text)

    def run_shown(self, block: Block) -> list[tuple[str, Ran]]:
        """Run the commands of a `console` block; each with the output that the page shows."""
        return [(self.here(output), self._run("shell", self.here(command))) for command, output in shown(block.text)]

    def end(self) -> None:
        """End the shell, Python, and the server if the page has started another one."""
        for process in self._running.values():
            process.communicate(timeout=_PATIENCE_S)
        pid = int((self.root / "server.pid").read_text())
        if pid != self.registry.process.pid:
            os.kill(pid, signal.SIGTERM)

    def _run(self, interpreter: str, text: str) -> Ran:
        self._count += 1
        file = self.root / f"block-{self._count}"
        file.write_text(text)
        process = self._running.get(interpreter) or self._started(interpreter)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{file}\n")
        process.stdin.flush()
        impatience = Timer(_PATIENCE_S, process.kill)
        impatience.start()
        done = process.stdout.readline()
        impatience.cancel()
        if not done:
            self._running.pop(interpreter).wait()
        out, err, fails = (_read(file.with_name(f"{file.name}.{each}")) for each in ("out", "err", "fails"))
        lines = (line.partition("\t") for line in fails.splitlines() if "\tsource " not in line)
        failed = tuple((int(code), command) for code, _, command in lines)
        return Ran(out, err, failed if done else (*failed, (1, f"the {interpreter} ended")))

    def _started(self, interpreter: str) -> "subprocess.Popen[str]":
        command = {"shell": ["bash", "-c", _SHELL], "python": [sys.executable, "-c", _PYTHON]}[interpreter]
        self._running[interpreter] = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path((_read(self.root / "folder") or str(self.work)).strip()),
            env=self._environment(),
        )
        return self._running[interpreter]

    def _environment(self) -> dict[str, str]:
        """That of the shell as the last block left it; at first one that holds nothing of this process's own."""
        left = _read(self.root / "environment")
        if left:
            return dict(line.split("=", 1) for line in left.split("\0") if line)
        return {
            "ROOT": str(self.root),
            "HOME": str(self.root / "home"),
            "XDG_DATA_HOME": str(self.root / "var/lib"),
            "PATH": f"{self.root}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "REAL": str(_REAL),
            "LANG": "C.UTF-8",
            "MODELRY_ENDPOINT": self.registry.address,
            "SERVER_PORT": str(self.registry.port),
            "TF_CLI_CONFIG_FILE": "",
        }


@contextmanager
def opened(root: Path, *arguments: str) -> Iterator[Session]:
    """A sandbox in `root`, whose `var/lib/modelry` is the data folder of a running server."""
    for folder in ("bin", "home", "work", "srv", "etc/modelry", "backup", "backups", "var/backups", "var/lib/private"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "var/lib/private/modelry").symlink_to(root / "var/lib/modelry")
    _write_program(root / "bin/serves", _SERVES)
    _write_program(root / "bin/modelry", _MODELRY.format(real=_REAL))
    with running(root / "var/lib/modelry", *arguments) as server:
        (root / "server.pid").write_text(str(server.process.pid))
        session = Session(root, server)
        try:
            yield session
        finally:
            session.end()


def checkout(copy: Path) -> None:
    """Makes `copy` a copy of this checkout, set up as `./demo` does it: the `.venv` is that of this interpreter."""
    left_out = ignore_patterns(".*", "__pycache__", "build", "*.egg-info", "node_modules")
    copytree(ROOT, copy, ignore=left_out, dirs_exist_ok=True)
    venv = copy / ".venv"
    venv.mkdir()
    for part in Path(sys.prefix).iterdir():
        if not part.name.startswith("modelry-"):
            (venv / part.name).symlink_to(part)
    stamp = ". tools/environment.sh; for each in runtime dev; do fingerprint $each >.venv/modelry-$each; done"
    subprocess.run([which("bash") or "sh", "-c", stamp], cwd=copy, check=True)


def _write_program(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o755)


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""
