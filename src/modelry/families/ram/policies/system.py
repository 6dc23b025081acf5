"""The cloud's own policies: always there, attachable, never changed through the API.

Names are those of Alibaba Cloud's documentation of the services that support RAM. What the policies for services that
are offered here say is what the cloud's say about these services. The others are abridged to the name of their
service, "decided here": they grant nothing on this server whatever they say.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import msgspec

from modelry.storage.folding import folded

CREATE_DATE = "2026-01-01T00:00:00Z"
"""Of all of them, decided here: the cloud's own dates differ, and are not those of these documents."""

VERSION = 1

_FIRST_POSITION = 1 << 62
"""Behind every position of a custom policy, which is a time."""

_READ = ("Get*", "List*", "Describe*")
_OFFERED: Mapping[str, tuple[str, ...]] = {
    "AdministratorAccess": ("*",),
    "ReadOnlyAccess": ("*:Describe*", "*:List*", "*:Get*", "*:BatchGet*", "*:Query*", "*:BatchQuery*", "*:Check*"),
    "AliyunRAMFullAccess": ("ram:*",),
    "AliyunRAMReadOnlyAccess": ("ram:Get*", "ram:List*"),
    "AliyunSTSAssumeRoleAccess": ("sts:AssumeRole",),
    "AliyunPAIFullAccess": ("pai*:*",),
    "AliyunPAIReadOnlyAccess": tuple(f"pai*:{verb}" for verb in _READ),
}
_DESCRIPTIONS = {
    "AdministratorAccess": "Everything",
    "ReadOnlyAccess": "Reading everything",
    "AliyunSTSAssumeRoleAccess": "Assuming roles",
}


class SystemPolicy(NamedTuple):
    """A policy of the cloud; its only version is `v1`."""

    name: str
    description: str
    document: str
    position: int
    """Its place in a list behind all custom policies; grows with the name."""


class _Others(msgspec.Struct):
    """The policies of services that are not offered here, as `system_policies.json` has them."""

    full: dict[str, str]
    """Name to the service all of whose actions it allows."""
    read: dict[str, str]
    """Name to the service that it allows to read."""
    actions: dict[str, list[str]]
    """Name to the actions that it allows."""


def system_policy(name: str) -> SystemPolicy | None:
    """The cloud's policy of this name, written in any case."""
    return _by_folded_name().get(folded(name))


def system_policies() -> Iterable[SystemPolicy]:
    """All of them, in order of their positions."""
    return _by_folded_name().values()


@cache
def _by_folded_name() -> Mapping[str, SystemPolicy]:
    actions = dict(_actions())
    ordered = sorted(actions, key=folded)
    return {
        folded(name): SystemPolicy(
            name, _DESCRIPTIONS.get(name, name), _document(actions[name]), _FIRST_POSITION + place
        )
        for place, name in enumerate(ordered)
    }


def _actions() -> Iterator[tuple[str, Iterable[str]]]:
    yield from _OFFERED.items()
    data = files(__package__).joinpath("system_policies.json").read_bytes()
    others = msgspec.json.decode(data, type=_Others)
    yield from ((name, (f"{service}:*",)) for name, service in others.full.items())
    yield from ((name, [f"{service}:{verb}" for verb in _READ]) for name, service in others.read.items())
    yield from others.actions.items()


def _document(actions: Iterable[str]) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return msgspec.json.encode({"Version": "1", "Statement": [statement]}).decode()
