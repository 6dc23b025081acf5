"""What a person waits for: whole commands, from the start of the process to its end, beside others of their kind."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from benchmarks import environments
from modelry.bench import data, processes
from modelry.bench.data import Registry
from modelry.bench.processes import BenchError

PAGE_OF_MODELS = 100
"""As many as a list shows of one answer."""

FLOOR = "`python -c pass`"
LISTING = f"`modelry models list`, {PAGE_OF_MODELS} models"

_PATIENCE_S = 60
_NOT_OURS = ("PYTHON", "ALIBABA_CLOUD_", "AWS_", "MLFLOW_")
_SMALL = data.Sizes(PAGE_OF_MODELS, 2, 2)


class Timed(NamedTuple):
    """One command, in all its rounds."""

    title: str
    wall_ms: list[float]
    """From the start of the process to its end."""
    cpu_ms: list[float]
    """User and system, of the command alone."""


class Commands(NamedTuple):
    """All commands, `FLOOR` first, and why others are not among them."""

    timed: list[Timed]
    skipped: list[str]


class _Command(NamedTuple):
    title: str
    arguments: Sequence[str]
    lines: int = 0
    """That it has to print; 0 where that is not known."""
    settings: Mapping[str, str] = {}


class _Peer(NamedTuple):
    requirement: str
    program: str
    is_large: bool = False


_PEERS = (_Peer("awscli", "aws"), _Peer(environments.MLFLOW, "mlflow", is_large=True))


def commands(
    folder: Path, kept_in: Path, registry: Registry, rounds: int, *, quick: bool, before_round: Callable[[], None]
) -> Commands:
    """Run each command once a round, on the load generator's cores; the round before the first is not counted.

    Raises:
        BenchError: a command of ours failed, or printed less than it should.
    """
    environment = _environment(folder, kept_in)
    small = data.copied(data.kept(kept_in, _SMALL, lambda *_: None), folder / "small-data")
    with ExitStack() as serving:
        chosen = [
            _Command(FLOOR, [sys.executable, "-c", "pass"]),
            _Command("`modelry --version`", _modelry("--version")),
        ]
        chosen += _listing(small, _served(serving, small))
        chosen += _of_many(registry, _served(serving, registry))
        peers, skipped = _peers(kept_in, environment, quick=quick)
        chosen += peers
        timed = [Timed(command.title, [], []) for command in chosen]
        for number in range(rounds + 1):
            before_round()
            for command, measured in zip(chosen, timed, strict=True):
                wall_ms, cpu_ms = _once(command, environment)
                if number:
                    measured.wall_ms.append(wall_ms)
                    measured.cpu_ms.append(cpu_ms)
    return Commands(timed, skipped)


def _listing(small: Registry, settings: Mapping[str, str]) -> Iterator[_Command]:
    lines = len(small.model_ids) + 1
    yield _Command(LISTING, _modelry("models", "list"), lines, settings)


def _of_many(registry: Registry, settings: Mapping[str, str]) -> Iterator[_Command]:
    """What is asked of the benchmark's own data."""
    many = f"of {len(registry.model_ids):,}"
    page = ("models", "list", "--limit", str(PAGE_OF_MODELS))
    yield _Command(
        f"`modelry models list --limit {PAGE_OF_MODELS}`, {many}", _modelry(*page), PAGE_OF_MODELS + 1, settings
    )
    version = f"{registry.model_ids[len(registry.model_ids) // 2]}@0.1.0"
    yield _Command("`modelry versions show ID@0.1.0`", _modelry("versions", "show", version), 0, settings)


def _modelry(*arguments: str) -> list[str]:
    """The program beside this interpreter, as people start it; the module where it is not installed."""
    program = Path(sys.executable).with_name("modelry")
    return [*([str(program)] if program.exists() else [sys.executable, "-m", "modelry"]), *arguments]


def _served(serving: ExitStack, registry: Registry) -> dict[str, str]:
    """Serve a registry, on the server's core; what tells a command where it is and where its key is."""
    running = serving.enter_context(processes.registry(registry.folder, registry.folder / "server.log"))
    return {"MODELRY_DATA": str(registry.folder), "MODELRY_ENDPOINT": f"127.0.0.1:{running.port}"}


def _environment(folder: Path, kept_in: Path) -> dict[str, str]:
    """No keys, profiles or habits of whoever runs this; compiled modules are kept, as an installation has them."""
    home = folder / "home"
    home.mkdir()
    inherited = {name: value for name, value in processes.environment().items() if not name.startswith(_NOT_OURS)}
    return inherited | {"HOME": str(home), "PYTHONPYCACHEPREFIX": str(kept_in.resolve() / "modelry-benchmark-bytecode")}


def _once(command: _Command, environment: Mapping[str, str]) -> tuple[float, float]:
    """Wall and CPU milliseconds of one run, whose output goes to a pipe."""
    before = _children_cpu_s()
    with processes.on_cores(*processes.GENERATOR_CORES):
        began = time.perf_counter()
        ended = subprocess.run(
            command.arguments,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**environment, **command.settings},
            timeout=_PATIENCE_S,
            check=False,
        )
        wall_s = time.perf_counter() - began
    if ended.returncode or len(ended.stdout.splitlines()) < command.lines:
        last = (ended.stderr or ended.stdout).strip().splitlines()[-1:]
        raise BenchError(f"{command.title}: exit code {ended.returncode}, {' '.join(last)}")
    return wall_s * 1e3, (_children_cpu_s() - before) * 1e3


def _children_cpu_s() -> float:
    """Of those that have ended; a server that goes on is not among them."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _peers(kept_in: Path, environment: Mapping[str, str], *, quick: bool) -> tuple[list[_Command], list[str]]:
    """The others that can be run here, and why some cannot."""
    found, skipped = [], []
    for peer in _PEERS:
        try:
            if quick and peer.is_large and not environments.is_installed(peer.requirement, kept_in):
                raise BenchError("not installed, and too large for --quick; a run without it installs it")  # noqa: TRY301
            home = environments.installed(peer.requirement, kept_in)
            title = f"`{peer.program} --version`, {environments.release(peer.requirement, home)}"
            command = _Command(title, [str(home / "bin" / peer.program), "--version"], 1)
            _once(command, environment)
        except (BenchError, OSError, subprocess.TimeoutExpired) as error:
            skipped.append(f"{peer.program}: {error}")
        else:
            found.append(command)
    return found, skipped
