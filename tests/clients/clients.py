"""Clients in other languages: made ready once, then run against a server."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.clients.life_cycle import Call
from tests.registry import Registry

HERE = Path(__file__).parent
_INSTALL_S = 600
_RUN_S = 120


@dataclass(frozen=True)
class Outcome:
    """What the caller of a client gets to see of one call."""

    status: int
    code: str
    message: str
    body: Any


@dataclass(frozen=True)
class Client:
    """A program that reads calls and prints outcomes."""

    command: tuple[str, ...]

    def made(self, calls: Iterable[Call], registry: Registry, way: str, **environment: str) -> list[Outcome]:
        """The outcomes of `calls`; `way` says with which core and signature."""
        given = {
            "ENDPOINT": registry.address,
            "PROTOCOL": registry.protocol,
            "ACCESS_KEY_ID": registry.key_id,
            "ACCESS_KEY_SECRET": registry.secret,
            "WAY": way,
            **environment,
        }
        ran = subprocess.run(
            self.command,
            input=json.dumps(list(calls)),
            capture_output=True,
            text=True,
            timeout=_RUN_S,
            check=False,
            env={**_without_proxies(), **given},
        )
        assert ran.returncode == 0, ran.stderr
        return [Outcome(**outcome) for outcome in json.loads(ran.stdout)]


def go_client(folder: Path) -> Client:
    """The Go program, built into `folder`; its packages stay in Go's own cache."""
    go = _tool("go")
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off"}
    source = HERE / "go"
    _install([go, "list", "-deps", "./..."], source, environment)
    program = folder / "client"
    built = subprocess.run(
        [go, "build", "-buildvcs=false", "-o", str(program), "."],
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_INSTALL_S,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return Client((str(program),))


def node_client(folder: Path) -> Client:
    """The JavaScript program, with its packages in `folder`."""
    node, npm = _tool("node"), _tool("npm")
    for name in ("package.json", "main.js"):
        shutil.copy(HERE / "node" / name, folder)
    quietly = ("--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund")
    _install([npm, "install", *quietly], folder, dict(os.environ))
    return Client((node, str(folder / "main.js")))


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _install(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Get the packages; without them there is nothing to test."""
    try:
        ran = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_INSTALL_S, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"the packages cannot be had: {command[0]} took longer than {_INSTALL_S} seconds")
    if ran.returncode != 0:
        said = [
            line for line in ran.stderr.splitlines() if line and not line.startswith(("npm warn", "go: downloading"))
        ]
        pytest.skip(f"the packages cannot be had: {' '.join(said[:2])}")


def _without_proxies() -> dict[str, str]:
    """The environment, less what would send a request for loopback elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
