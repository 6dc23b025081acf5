"""A disk that fills up: a small file system in memory, for tests that run as root."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, size_mb: int, **owner: int) -> Iterator[Path]:
    """A file system of its own at `folder`; `owner` may be the `uid` and `gid` of its root."""
    folder.mkdir(parents=True)
    options = ",".join((f"size={size_mb}m", *(f"{key}={value}" for key, value in owner.items())))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def room(folder: Path) -> int:
    """Bytes that are left on the disk of a folder."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_bsize


def enlarge(folder: Path, size_mb: int) -> None:
    """Give a small disk more room."""
    subprocess.run(["mount", "-o", f"remount,size={size_mb}m", folder], check=True)
