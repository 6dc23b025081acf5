"""Start to first answer, idle memory, and what an installation takes on the disk."""

import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from modelry.bench import processes

HERE = Path(__file__).parent
_IDLE_S = 2
_NOT_OURS = ("pip", "setuptools")


class Starts(NamedTuple):
    """Seconds from the start of the process to its first answer, and the memory of a server that waits."""

    empty_s: list[float]
    """On an empty folder."""
    warm_s: list[float]
    """On a folder that was served before."""
    pss_bytes: list[int]
    """Of all its processes, a shared page counted once."""
    rss_bytes: list[int]
    """The same, shared pages counted in each."""


class Installed(NamedTuple):
    """Bytes of files by package, or why that is not known."""

    packages: dict[str, int]
    skipped: str

    @property
    def total_bytes(self) -> int:
        """All packages together."""
        return sum(self.packages.values())


def starts(folder: Path, rounds: int) -> Starts:
    """Start a server on an empty folder and again on the same, so many times."""
    measured = Starts([], [], [], [])
    for number in range(rounds):
        data, log = folder / f"start-{number}", folder / f"start-{number}.log"
        with processes.registry(data, log) as first:
            measured.empty_s.append(first.start_s)
        with processes.registry(data, log) as again:
            measured.warm_s.append(again.start_s)
            time.sleep(_IDLE_S)
            pids = processes.family(again.pids[0])
            measured.pss_bytes.append(processes.memory_bytes(pids, "Pss"))
            measured.rss_bytes.append(processes.memory_bytes(pids, "Rss"))
    return measured


def installed(kept_in: Path, folder: Path) -> Installed:
    """Install the locked runtime requirements and this package into an environment of their own, and weigh them.

    The weights of the requirements are kept in `kept_in`, under a name that changes with them.
    """
    requirements = HERE.parent / "requirements" / "runtime.txt"
    known = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    kept = kept_in / f"modelry-benchmark-installed-{known}.json"
    try:
        if kept.exists():
            packages = json.loads(kept.read_text())
        else:
            packages = _weighed(folder / "requirements", ["--require-hashes", "-r", str(requirements)])
            kept.write_text(json.dumps(packages))
        ours = _weighed(folder / "package", ["--no-deps", str(_wheel(folder))])
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:]
        return Installed({}, f"pip could not install them: {' '.join(last)}")
    return Installed({**packages, **ours}, "")


def _wheel(folder: Path) -> Path:
    """This package as a wheel, built from a copy so that nothing is written into the checkout."""
    top = HERE.parent
    source = folder / "source"
    source.mkdir()
    shutil.copytree(top / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        if (top / name).exists():
            shutil.copy2(top / name, source / name)
    (source / "README.md").touch()
    wheels = folder / "wheels"
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(source))
    (wheel,) = wheels.glob("*.whl")
    return wheel


def _weighed(target: Path, what: list[str]) -> dict[str, int]:
    """Install into an empty folder; bytes of each package in it, compiled files included."""
    _pip("install", "--no-warn-script-location", "--target", str(target), *what)
    owners = dict(_owners(target))
    packages: dict[str, int] = {}
    for path in target.rglob("*"):
        if path.is_file():
            name = owners.get(path, "files of none")
            packages[name] = packages.get(name, 0) + path.stat().st_size
    return {name: size for name, size in packages.items() if name.lower() not in _NOT_OURS}


def _owners(target: Path) -> Iterator[tuple[Path, str]]:
    """Each installed file and its package; the scripts were moved by pip, after it had written down where they are."""
    for information in target.glob("*.dist-info"):
        for line in (information / "RECORD").read_text().splitlines():
            written = line.rsplit(",", 2)[0].strip('"')
            yield target / written.replace("../../bin/", "bin/"), information.name.partition("-")[0]


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", *arguments]
    subprocess.run(command, check=True, capture_output=True, text=True, env=processes.environment())
