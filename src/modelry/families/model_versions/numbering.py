"""How a version without a name is named.

Source for the form and for `0.1.0` as the first: protocol facts of the service. That the count goes on from the
highest version that the model ever had, whoever named it, is decided here (docs/fidelity.md): such a name is always
free, and the name of a deleted version does not come back by itself.
"""

import re

FIRST = "0.1.0"
_NUMBERS = re.compile(r"([0-9]+)\.([0-9]+)\.[0-9]+")


def following(highest: str | None) -> str:
    """The name after `highest`, a `MAJOR.MINOR`; the first name if there was none."""
    if highest is None:
        return FIRST
    major, minor = highest.split(".")
    return f"{major}.{int(minor) + 1}.0"


def highest(before: str | None, name: str) -> str:
    """The higher of a `MAJOR.MINOR` and that of a version name."""
    numbers = _numbers(name)
    known = [numbers] if before is None else [numbers, _numbers(f"{before}.0")]
    major, minor = max(known)
    return f"{major}.{minor}"


def _numbers(name: str) -> tuple[int, int]:
    found = _NUMBERS.match(name)
    if found is None:
        message = f"{name!r} is not a version name"
        raise ValueError(message)
    return int(found[1]), int(found[2])
