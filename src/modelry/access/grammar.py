"""The JSON of policy documents, read strictly: what the grammar does not know is refused, not skipped."""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Literal

MAX_CHARACTERS = 65_536
"""Of any document that is read here; the operations that take documents have lower limits of their own."""

_UNUSABLE = re.compile("[\0\ud800-\udfff]")
_ACTION = re.compile(r"\*|[A-Za-z0-9_*?.-]+:[A-Za-z0-9_*?./-]+")
_SHOWN_CHARACTERS = 60


class PolicyError(ValueError):
    """What is wrong in a policy document, and where."""


class Bare(str):
    """A number, `true` or `false` that was written without quotes."""

    __slots__ = ()


def document(text: str) -> Mapping[str, Any]:
    """The members of a document of version 1.

    Raises:
        PolicyError: it is too long, no JSON object, or of another version.
    """
    if len(text) > MAX_CHARACTERS:
        raise PolicyError(f"The document is longer than {MAX_CHARACTERS} characters.")
    try:
        read = json.loads(text, object_pairs_hook=_once, parse_int=Bare, parse_float=Bare, parse_constant=_refused)
    except PolicyError:
        raise
    except (ValueError, RecursionError) as error:
        raise PolicyError("The document is not valid JSON.") from error
    found = members(read, "The document", required=("Version", "Statement"), optional=())
    if found["Version"] != "1" or isinstance(found["Version"], Bare):
        raise PolicyError('Version: must be "1".')
    return found


def members(value: object, where: str, *, required: Collection[str], optional: Collection[str]) -> Mapping[str, Any]:
    """A JSON object that has all of some members and may have others."""
    if not isinstance(value, Mapping):
        raise PolicyError(f"{where}: must be an object.")
    for name in value:
        if name not in required and name not in optional:
            raise PolicyError(f"{where}: {shown(name)} is not an element of it.")
    for name in required:
        if name not in value:
            raise PolicyError(f"{where}: {name} is missing.")
    return value


def one_of(value: Mapping[str, Any], where: str, *names: str) -> str:
    """The one of some members that an object has."""
    present = [name for name in names if name in value]
    if len(present) != 1:
        raise PolicyError(f"{where}: must have either {' or '.join(names)}.")
    return present[0]


def sequence(value: object, where: str) -> list[object]:
    """A list that is not empty; one value alone is a list of it."""
    found = value if isinstance(value, list) else [value]
    if not found:
        raise PolicyError(f"{where}: must not be empty.")
    return found


def texts(value: object, where: str, *, bare: bool = False) -> tuple[str, ...]:
    """One text or a list of texts; `bare` ones may lack their quotes."""
    return tuple(_text(item, where, bare=bare) for item in sequence(value, where))


def effect(value: object, where: str) -> Literal["Allow", "Deny"]:
    """What a statement does."""
    if value == "Allow":
        return "Allow"
    if value == "Deny":
        return "Deny"
    raise PolicyError(f"{where}: must be Allow or Deny.")


def action_patterns(value: object, where: str) -> tuple[str, ...]:
    """The actions that an element names, in lower case: actions are compared without case."""
    patterns = texts(value, where)
    for pattern in patterns:
        if not _ACTION.fullmatch(pattern):
            raise PolicyError(f"{where}: {shown(pattern)} is neither * nor an action such as paimodel:GetModel.")
    return tuple(pattern.lower() for pattern in patterns)


def shown(value: object) -> str:
    """A value as a message quotes it."""
    text = str(value)
    return json.dumps(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "...", ensure_ascii=False)


def _text(value: object, where: str, *, bare: bool) -> str:
    if isinstance(value, bool) and bare:
        return "true" if value else "false"
    if not isinstance(value, str) or (isinstance(value, Bare) and not bare):
        raise PolicyError(f"{where}: must be a string or a list of strings.")
    if _UNUSABLE.search(value):
        raise PolicyError(f"{where}: holds a character that is not text.")
    if "${" in value:
        raise PolicyError(f"{where}: {shown(value)} has a variable; variables are not known here.")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if any(_UNUSABLE.search(name) for name in found):
        raise PolicyError("A name holds a character that is not text.")
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise PolicyError(f"{shown(twice)} is given twice in one object.")
    return found


def _refused(constant: str) -> object:
    raise PolicyError(f"{constant} is not valid JSON.")
