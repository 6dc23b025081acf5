"""Tables that stand in a document between two marks, and are written by the program that measures."""

import os
import platform
import re
import time
from collections.abc import Iterable
from pathlib import Path

from modelry.bench import machine

_ROOT = Path(__file__).parents[1]


def measured_here(table: Iterable[str], made_by: str) -> str:
    """A table after the day, the machine and the command that it comes from."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    where = f"{machine.processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return "\n".join([f"Measured on {day} ({where}; `{made_by}` wrote this table):", "", *table]).rstrip()


def put(text: str, into: str, name: str) -> None:
    """Put `text` between `<!-- name -->` and the next `<!-- end -->` of a document of this repository.

    Raises:
        ValueError: it has no such place.
    """
    document = _ROOT / into
    place = re.compile(rf"(<!-- {re.escape(name)} -->)\n.*?(<!-- end -->)", re.DOTALL)
    changed, count = place.subn(lambda found: f"{found[1]}\n{text}\n{found[2]}", document.read_text())
    if count != 1:
        raise ValueError(f"{into} has no place for {name}")
    document.write_text(changed)
