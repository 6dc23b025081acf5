"""The real program, run as a user runs it: in a pipe, or on a pseudo-terminal."""

import json
import os
import pty
import socket
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from tests.registry import Registry

_PATIENCE_S = 60
COMMAND = (sys.executable, "-m", "modelry")


class Ran(NamedTuple):
    """What came of it."""

    code: int
    out: str
    """On a terminal: all that was on the screen, with its escape sequences."""
    err: str = ""

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def data(self) -> Any:  # noqa: ANN401  JSON
        assert self.code == 0, self
        return json.loads(self.out)


@dataclass(frozen=True)
class Program:
    """The program with a key, and with no other settings of whoever runs the tests."""

    registry: Registry
    home: Path
    key_id: str = ""
    secret: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "MODELRY_ENDPOINT": self.registry.url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.key_id or self.registry.key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.secret or self.registry.secret,
        }

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> Ran:
        """Piped."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=stdin.encode(),
            capture_output=True,
            env=self.environment | environment,
            timeout=_PATIENCE_S,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def on_terminal(self, *arguments: str, typed: str = "", columns: str = "160", **environment: str) -> Ran:
        """On a terminal, on which `typed` has been typed ahead."""
        terminal, inside = pty.openpty()
        termios.tcsetwinsize(inside, (50, int(columns)))
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env=self.environment | environment,
        )
        os.close(inside)
        os.write(terminal, typed.encode())
        screen = b"".join(_shown(terminal))
        os.close(terminal)
        return Ran(process.wait(_PATIENCE_S), screen.decode().replace("\r\n", "\n"))

    def as_(self, key_id: str, secret: str) -> "Program":
        """With somebody else's key."""
        return Program(self.registry, self.home, key_id, secret)

    def new_model(self, *arguments: str, name: str = "") -> tuple[str, str]:
        """A model with a name that no other test has: its name and its id."""
        name = name or new_name()
        done = self("models", "create", name, "-o", "name", *arguments)
        assert done.code == 0, done
        return name, done.out.strip()

    def new_workspace(self) -> tuple[str, str]:
        """A workspace with a name that no other test has: its name and its id."""
        name = new_name()
        done = self("workspaces", "create", name, "--description", "d", "--env-types", "prod", "-o", "name")
        assert done.code == 0, done
        return name, done.out.strip()


def new_name() -> str:
    return f"n{uuid4().hex[:12]}"


def _shown(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other end is closed
            return
        if not part:
            return
        yield part


@contextmanager
def silent_server() -> Iterator[socket.socket]:
    """Something that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(_PATIENCE_S)
        yield listener


def address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"{host}:{port}"
