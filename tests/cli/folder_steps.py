"""What the tests of commands on a data folder share: running the program, and folders in odd states."""

import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

PROGRAM = [sys.executable, "-m", "modelry"]
LAST_MIGRATION = ("workspaces.user_configs", "0001_user_configs.sqlite.sql", "DROP TABLE user_configs")
"""One that can be taken back, and how."""


def ran(*arguments: object, code: int | str = 0, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The program on a pipe, once it has ended with this exit code and without a traceback.

    `code` is a number; its type lets a dictionary be given as the environment.
    """
    done = subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
        env={**_clean(), **environment},
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def refused(*arguments: object, **environment: str) -> str:
    """The one line with which the program refuses."""
    done = ran(*arguments, code=1, **environment)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("modelry: ")
    return line


def on_terminal(*arguments: object, **environment: str) -> tuple[int, str]:
    """The exit code, and what somebody at a terminal sees."""
    main, other = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *map(str, arguments)], stdin=other, stdout=other, stderr=other, env={**_clean(), **environment}
    )
    os.close(other)
    text = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        text += piece
    os.close(main)
    return process.wait(60), text.decode().replace("\r\n", "\n")


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MODELRY_")}


def made(folder: Path) -> dict[str, str]:
    """A data folder, and its root key as the file has it."""
    ran("init", "--data", folder)
    return root_key(folder)


def root_key(folder: Path) -> dict[str, str]:
    key: dict[str, str] = json.loads((folder / "root_access_key.json").read_text())
    return key


def copied(folder: Path, target: Path) -> Path:
    """A data folder once more, without the table of nonces, which is large and makes itself."""
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("machine.state*"))
    return target


def asked(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "modelry.sqlite")) as raw:
        return raw.execute(sql).fetchall()


def changed(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "modelry.sqlite", isolation_level=None)) as raw:
        for statement in statements:
            raw.execute(statement)


def older(folder: Path) -> None:
    """Take a folder back to before the last migration."""
    family, name, back = LAST_MIGRATION
    changed(
        folder,
        back,
        f"DELETE FROM migrations WHERE family = '{family}' AND name = '{name}'",  # noqa: S608  constants
        "UPDATE schema_version SET version = version - 1",
    )


def states(folder: Path, **environment: str) -> dict[str, str]:
    """The outcome of every check of `modelry doctor`."""
    done = subprocess.run(
        [*PROGRAM, "doctor", "--json", "--data", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**_clean(), **environment},
    )
    assert done.stderr == ""
    found = json.loads(done.stdout)
    outcome = {check["Name"]: check["State"] for check in found["Checks"]}
    assert found["State"] == ("failed" if "failed" in outcome.values() else "ok")
    assert done.returncode == ("failed" in outcome.values())
    return outcome


def killed(folder: Path, out: Path, *arguments: str) -> list[Path]:
    """What a command leaves when it is killed: see `killed.py`."""
    out.mkdir()
    script = Path(__file__).with_name("killed.py")
    subprocess.run([sys.executable, script, folder, out, *arguments], check=True, timeout=300, env=_clean())
    left = sorted(out.iterdir(), key=lambda path: int(path.name))
    assert len(left) > 10
    return left


def limited(blocks: int, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """The program where no file may grow beyond so many blocks of 512 bytes: to it, the disk is full."""
    command = ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", *PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=_clean())


def interrupted(folder: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """The program when Ctrl-C comes as soon as it has begun something in this folder."""
    process = subprocess.Popen(
        [*PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_clean()
    )
    while process.poll() is None and not [*folder.glob(".modelry-work-*/*")]:
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, out, errors)
