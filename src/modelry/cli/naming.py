"""Names in place of ids: `resnet`, `team/resnet`, `team/resnet@0.2.0`, `resnet@latest`, `"a/b"@approved`.

A model is `[WORKSPACE/]NAME` or its id, a version `MODEL@VERSION`. What stands in double quotes is a name as it is,
with a backslash before a quote or a backslash; it is needed where a name ends like a version, looks like an id, or has
a quote in it, and where `a/b` could be both a model of a workspace and a model's whole name.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from msgspec import UNSET

from modelry.cli.remote import Missing, WrongUsage
from modelry.contract.text import printable

if TYPE_CHECKING:
    from modelry.client import Client
    from modelry.families.models.structs import ListedModel

_ID = re.compile(r"model-[a-z0-9]{16,32}")
_ID_START = "model-"
_VERSION = re.compile(r"latest|approved|[0-9]+\.[0-9]+\.[0-9]+(?:_[A-Za-z0-9_]+)?")
_WORKSPACE_ID = re.compile(r"[0-9]+")
_PLAIN = re.compile(r'[^"/@]+')

_SHOWN = 10
"""Choices that an error lists."""


class Version(NamedTuple):
    """Which version of which model."""

    model_id: str
    version_name: str

    def __str__(self) -> str:
        """As a command takes it."""
        return f"{self.model_id}@{self.version_name}"


class Reading(NamedTuple):
    """One way to understand the name of a model."""

    workspace: str | None
    name: str


class Written(NamedTuple):
    """A name, taken apart."""

    readings: tuple[Reading, ...]
    model_id: str | None
    """Where it is written as one."""
    version: str | None
    """A version's name, `latest` or `approved`."""


def written(text: str) -> Written:
    """A name, taken apart: the version after the last `@`, the workspace before the first `/`.

    Raises:
        WrongUsage: it is empty, or a quote is not closed.
    """
    marks = list(_marks(text))
    ats = [n for n, (char, is_quoted) in enumerate(marks) if char == "@" and not is_quoted]
    version = None
    if ats and _VERSION.fullmatch(_text(marks[ats[-1] + 1 :])):
        version, marks = _text(marks[ats[-1] + 1 :]), marks[: ats[-1]]
    whole = _text(marks)
    is_plain = not any(is_quoted for _, is_quoted in marks)
    if is_plain and _ID.fullmatch(whole):
        return Written((), whole, version)
    slash = next((n for n, (char, is_quoted) in enumerate(marks) if char == "/" and not is_quoted), None)
    readings = [] if slash is None else [Reading(_text(marks[:slash]), _text(marks[slash + 1 :]))]
    if slash is None or is_plain:
        readings.append(Reading(None, whole))
    if not all(reading.name for reading in readings) or any(reading.workspace == "" for reading in readings):
        raise WrongUsage(f"{text!r} is no name of a model: {_FORM}")
    return Written(tuple(readings), None, version)


_FORM = "it is [WORKSPACE/]NAME or an id, with @VERSION behind it for a version"


def quoted(name: str) -> str:
    """A name so that it can only be read as itself."""
    if _PLAIN.fullmatch(name) and not name.startswith(_ID_START):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def model_id(client: "Client", text: str) -> str:
    """The id of the model that a name means.

    Raises:
        WrongUsage: it means a version, or several models.
        Missing: it means none.
    """
    parts = written(text)
    if parts.version is not None:
        raise WrongUsage(f"{text!r} names a version, and this is about a model: leave out @{parts.version}")
    return _model_id(client, text, parts)


def version(client: "Client", text: str) -> Version:
    """The version that a name means.

    Raises:
        WrongUsage: it names no version, or several models.
        Missing: there is no such model, or none of its versions is meant.
    """
    parts = written(text)
    if parts.version is None:
        raise WrongUsage(f"{text!r} names no version: write {text}@VERSION, {text}@latest or {text}@approved")
    id_ = _model_id(client, text, parts)
    find = {"latest": _latest, "approved": _approved}.get(parts.version)
    name = parts.version if find is None else find(client, id_)
    if name is None:
        lacking = "no version" if parts.version == "latest" else "no approved version"
        raise Missing(f"{text}: the model {id_} has {lacking}")
    return Version(id_, name)


def target(client: "Client", text: str) -> tuple[str, str | None]:
    """The id of a model and, where the name goes that far, the name of its version."""
    if written(text).version is None:
        return model_id(client, text), None
    return version(client, text)


def workspace_id(client: "Client", text: str) -> str:
    """The id of a workspace, of which the name or the id is given; digits alone are an id, as no name is.

    Raises:
        Missing: no workspace has this name.
    """
    if _WORKSPACE_ID.fullmatch(text):
        return text
    found = _workspaces(client, text)
    if not found:
        raise Missing(f"no workspace that you may see is called {text!r}")
    return found[0]


def user_id(client: "Client", workspace: str, text: str) -> str:
    """The id of a user of the account who can be made a member, of whom the name or the id is given."""
    from modelry.families.workspaces.members.operations import LIST_WORKSPACE_USERS
    from modelry.families.workspaces.members.structs import ListWorkspaceUsers

    if text.isdecimal():
        return text
    answer = client.call(LIST_WORKSPACE_USERS, ListWorkspaceUsers(workspace_id=workspace, user_name=text))
    found = [user.user_id for user in answer.users if user.user_name.casefold() == text.casefold()]
    if not found:
        raise Missing(f"no user of the account is called {text!r}")
    return found[0]


def member_id(client: "Client", workspace: str, text: str) -> str:
    """The id of a member, of whom the name, the user's id or the member's id is given."""
    from modelry.families.workspaces.members.operations import LIST_MEMBERS
    from modelry.families.workspaces.members.structs import ListMembers

    if text.startswith(f"{workspace}-"):
        return text
    if text.isdecimal():
        return f"{workspace}-{text}"
    request = ListMembers(workspace_id=workspace, member_name=text, page_size=100)
    found = [m for m in client.items(LIST_MEMBERS, request) if m.member_name.casefold() == text.casefold()]
    if len(found) > 1:
        raise WrongUsage(_ambiguous(text, [f"{m.member_id} ({m.display_name})" for m in found]))
    if not found:
        raise Missing(f"the workspace has no member {text!r}")
    return str(found[0].member_id)


def _model_id(client: "Client", text: str, parts: Written) -> str:
    if parts.model_id is not None:
        return parts.model_id
    found = {model.model_id: model for reading in parts.readings for model in _models(client, reading)}
    if len(found) > 1:
        choices = [f"{m.model_id} ({m.workspace_id}/{quoted(m.model_name)})" for m in found.values()]
        raise WrongUsage(_ambiguous(text, choices))
    if found:
        return next(iter(found))
    if text.startswith(_ID_START) and parts.readings[-1].workspace is None:
        return parts.readings[-1].name
    raise Missing(f"no model that you may see is called {text!r}; `modelry search` finds parts of names")


def _ambiguous(text: str, choices: list[str]) -> str:
    more = f" and {len(choices) - _SHOWN} more" if len(choices) > _SHOWN else ""
    return printable(f"{text!r} may mean {len(choices)} things, say which: {', '.join(choices[:_SHOWN])}{more}")


def _models(client: "Client", reading: Reading) -> "Iterator[ListedModel]":
    from modelry.families.models.operations import LIST_MODELS
    from modelry.families.models.structs import ListModels

    for workspace in [UNSET] if reading.workspace is None else _workspaces(client, reading.workspace):
        request = ListModels(model_name=f'"{reading.name}"', page_size=100, workspace_id=workspace)
        yield from (model for model in client.items(LIST_MODELS, request) if model.model_name == reading.name)


def _workspaces(client: "Client", text: str) -> list[str]:
    """The ids of the workspaces that a name means: at most one, as names are unique without regard to case."""
    from modelry.families.workspaces.operations import LIST_WORKSPACES
    from modelry.families.workspaces.structs import ListWorkspaces

    if _WORKSPACE_ID.fullmatch(text):
        return [text]
    request = ListWorkspaces(workspace_name=f'"{text}"', page_size=100)
    entries = client.items(LIST_WORKSPACES, request)
    return [w.workspace_id for w in entries if (w.workspace_name or "").casefold() == text.casefold()]


def _latest(client: "Client", model: str) -> str | None:
    from modelry.families.models.operations import GET_MODEL
    from modelry.families.models.structs import ModelAddress

    latest = client.call(GET_MODEL, ModelAddress(model_id=model)).latest_version
    return latest.version_name if latest else None


def _approved(client: "Client", model: str) -> str | None:
    """The newest approved version."""
    from modelry.families.model_versions.operations import LIST_MODEL_VERSIONS
    from modelry.families.model_versions.structs import ListModelVersions

    request = ListModelVersions(model_id=model, approval_status="Approved", order="DESC", page_size=1)
    return next((v.version_name for v in client.items(LIST_MODEL_VERSIONS, request, limit=1)), None)


def _marks(text: str) -> Iterator[tuple[str, bool]]:
    """Each character of a name, and whether it stands in quotes."""
    is_quoted, is_escaped = False, False
    for char in text:
        if is_escaped:
            yield char, True
            is_escaped = False
        elif is_quoted and char == "\\":
            is_escaped = True
        elif char == '"':
            is_quoted = not is_quoted
        else:
            yield char, is_quoted
    if is_quoted:
        raise WrongUsage(f'{text!r}: a quote is not closed; a quote that is part of a name is written "\\""')


def _text(marks: list[tuple[str, bool]]) -> str:
    return "".join(char for char, _ in marks)
