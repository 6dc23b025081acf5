"""A mix of requests: which kinds there are, how a mix is written, and requests made at random after it."""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from modelry.bench import signed
from modelry.bench.data import Registry
from modelry.bench.examples import TEAMS, new_model, new_version
from modelry.bench.generator import Request
from modelry.bench.signed import Plain, Signer
from modelry.server.start import RootKey


class Traffic:
    """Requests for what is in a registry, by random chance."""

    def __init__(self, registry: Registry, shares: Mapping[str, int]) -> None:
        self._registry = registry
        self._shares = shares
        self._chance = random.Random()  # noqa: S311  whom it asks for is no secret

    def signed(self, keys: Sequence[RootKey], count: int) -> list[Request]:
        """So many requests of the mix, each signed now by one of the keys."""
        signers = [Signer(key) for key in keys]
        kinds = self._chance.choices(list(self._shares), list(self._shares.values()), k=count)
        return [(kind, self._chance.choice(signers).text(KINDS[kind].make(self))) for kind in kinds]

    def get_model(self) -> Plain:
        """GetModel."""
        return signed.get_model(self._model_id())

    def list_models(self) -> Plain:
        """ListModels of a workspace by a label."""
        tag = json.dumps([{"Key": "team", "Value": f"team-{self._chance.randrange(TEAMS):02d}"}])
        return signed.list_models(WorkspaceId=self._workspace_id(), Tag=tag)

    def search(self) -> Plain:
        """ListModels by a part of a name."""
        return signed.list_models(Query=f"sentiment-{self._chance.randrange(len(self._registry.model_ids)):07d}"[:-1])

    def create_model(self) -> Plain:
        """CreateModel."""
        name = f"new-{self._chance.getrandbits(80):x}"
        return signed.create_model(new_model(name, self._workspace_id(), self._chance))

    def update_model(self) -> Plain:
        """UpdateModel."""
        return signed.update_model(self._model_id(), ModelDescription=f"Changed {self._chance.random()} " * 16)

    def get_version(self) -> Plain:
        """GetModelVersion."""
        return signed.get_model_version(self._model_id(), "0.1.0")

    def list_versions(self) -> Plain:
        """ListModelVersions."""
        return signed.list_model_versions(self._model_id())

    def create_version(self) -> Plain:
        """CreateModelVersion."""
        return signed.create_model_version(new_version(self._model_id(), self._chance))

    def _model_id(self) -> str:
        return self._chance.choice(self._registry.model_ids)

    def _workspace_id(self) -> str:
        return self._chance.choice(self._registry.workspace_ids)


class Kind(NamedTuple):
    """One kind of request."""

    title: str
    make: Callable[[Traffic], Plain]


KINDS = {
    "get": Kind("GetModel", Traffic.get_model),
    "list": Kind("ListModels, workspace and Tag", Traffic.list_models),
    "search": Kind("ListModels, Query", Traffic.search),
    "create": Kind("CreateModel", Traffic.create_model),
    "update": Kind("UpdateModel", Traffic.update_model),
    "get-version": Kind("GetModelVersion", Traffic.get_version),
    "list-versions": Kind("ListModelVersions", Traffic.list_versions),
    "create-version": Kind("CreateModelVersion", Traffic.create_version),
}


def shares(text: str) -> dict[str, int]:
    """The weights of a mix: `get=80,list=20`.

    Raises:
        ValueError: an unknown kind, one that is named twice, or a weight that is no whole number; or all are 0.
    """
    found: dict[str, int] = {}
    for kind, weight in _pairs(text):
        if kind not in KINDS:
            raise ValueError(f"the mix knows no {kind!r}; it knows {', '.join(KINDS)}")
        if kind in found:
            raise ValueError(f"the mix names {kind!r} twice")
        if not (weight.isascii() and weight.isdecimal() and len(weight) < 10):  # noqa: PLR2004  nine digits
            raise ValueError(f"the weight of {kind!r} is no whole number from 0 to 999999999: {weight!r}")
        found[kind] = int(weight)
    if not any(found.values()):
        raise ValueError("the mix asks for nothing")
    return {kind: weight for kind, weight in found.items() if weight}


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(","):
        kind, separator, weight = part.partition("=")
        if not separator:
            raise ValueError(f"a mix is written KIND=WEIGHT,...: {part!r}")
        yield kind.strip(), weight.strip()
