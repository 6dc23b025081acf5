"""Other people's programs, installed by pip into environments of their own, which are kept between runs."""

import hashlib
import subprocess
import sys
from pathlib import Path

from modelry.bench import processes
from modelry.bench.processes import BenchError

MLFLOW = "mlflow==3.17.2"

_PATIENCE_S = 600


def environment(requirement: str, kept_in: Path) -> Path:
    """The folder that an environment of this interpreter with this requirement is in, or would be in."""
    known = hashlib.sha256((requirement + sys.version).encode()).hexdigest()[:12]
    return kept_in / f"modelry-benchmark-peer-{requirement.partition('=')[0]}-{known}"


def is_installed(requirement: str, kept_in: Path) -> bool:
    """Whether a run before this one has installed it."""
    return (environment(requirement, kept_in) / "finished").exists()


def installed(requirement: str, kept_in: Path) -> Path:
    """Its environment, made unless it is there already.

    Raises:
        BenchError: it cannot be made.
    """
    home = environment(requirement, kept_in)
    if not is_installed(requirement, kept_in):
        _install(requirement, home)
        (home / "finished").touch()
    return home


def release(requirement: str, home: Path) -> str:
    """Its name and version, as pip wrote them down."""
    package = requirement.partition("=")[0]
    written = next(home.glob(f"lib/*/site-packages/{package}-*.dist-info"), None)
    return written.name.removesuffix(".dist-info").replace("-", " ") if written else package


def _install(requirement: str, home: Path) -> None:
    pip = ("-m", "pip", "--python", str(home / "bin" / "python"), "--quiet", "--disable-pip-version-check")
    for arguments in (
        ("-m", "venv", "--without-pip", "--clear", str(home)),
        (*pip, "install", "--no-input", requirement),
    ):
        try:
            subprocess.run(
                [sys.executable, *arguments],
                check=True,
                capture_output=True,
                text=True,
                env=processes.environment(),
                timeout=_PATIENCE_S,
            )
        except subprocess.TimeoutExpired as error:
            raise BenchError(f"it was not installed within {_PATIENCE_S} s") from error
        except subprocess.CalledProcessError as error:
            last = (error.stderr or "").strip().splitlines()[-1:]
            raise BenchError(f"pip could not install it: {' '.join(last)}") from error
