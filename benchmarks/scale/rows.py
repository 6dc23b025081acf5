"""What is asked, and what it should cost."""

import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

from modelry.bench import signed
from modelry.bench.data import Registry, Sizes
from modelry.bench.examples import new_model, new_version
from modelry.bench.processes import BenchError
from modelry.bench.signed import Plain

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


class Aim(NamedTuple):
    """The most that a request should cost: in microseconds of CPU, or in the floor's CPU."""

    most: float
    in_floors: bool = False

    def shown(self) -> str:
        """As a table has it."""
        return f"at most {self.most:g} x the floor" if self.in_floors else f"at most {self.most:g} µs"


class Asked:
    """Requests for what is in a registry, by random chance."""

    def __init__(self, registry: Registry, sizes: Sizes) -> None:
        self._registry = registry
        self._workspace_ids = registry.workspace_ids[-sizes.workspaces :]  # behind the one that every registry has
        self._chance = random.Random()

    def get(self) -> Plain:
        """GetModel of any model."""
        return signed.get_model(self._model_id())

    def deep(self) -> Plain:
        """GetModel of the one with many versions."""
        if self._registry.deep_model_id is None:
            raise BenchError("the data has no model with many versions")
        return signed.get_model(self._registry.deep_model_id)

    def create(self) -> Plain:
        """CreateModel."""
        name = f"new-{self._chance.getrandbits(80):x}"
        return signed.create_model(new_model(name, self._chance.choice(self._workspace_ids), self._chance))

    def duplicate(self) -> Plain:
        """CreateModel of a name that its workspace has."""
        number = self._chance.randrange(len(self._registry.model_ids))
        workspace_id = self._workspace_ids[number % len(self._workspace_ids)]
        return signed.create_model(new_model(f"sentiment-{number:07d}", workspace_id, self._chance))

    def version(self) -> Plain:
        """CreateModelVersion."""
        return signed.create_model_version(new_version(self._model_id(), self._chance))

    def update(self) -> Plain:
        """UpdateModel."""
        return signed.update_model(self._model_id(), ModelDescription=f"Changed {self._chance.random()} " * 16)

    def label(self) -> Plain:
        """CreateModelLabels: another value for a key that the model has."""
        return signed.create_model_labels(self._model_id(), stage=f"stage-{self._chance.randrange(1000)}")

    def list(self) -> Plain:
        """ListModels, the first page."""
        return signed.list_models(PageSize="20")

    def _model_id(self) -> str:
        return self._chance.choice(self._registry.model_ids)


class Row(NamedTuple):
    """One kind of request."""

    name: str
    title: str
    make: Callable[[Asked], Plain]
    aims: Mapping[str, Mapping[int, Aim]]
    """By database and connections."""
    status: int = 200


def _on_both(most: float, *connections: int) -> dict[str, dict[int, Aim]]:
    return {database: {count: Aim(most) for count in connections} for database in (SQLITE, POSTGRESQL)}


_GET = {SQLITE: {8: Aim(2.8, in_floors=True), 32: Aim(2.0, in_floors=True)}, POSTGRESQL: {8: Aim(150), 32: Aim(90)}}
_CONFLICT = 409

ROWS = (
    Row("get", "GetModel", Asked.get, _GET),
    Row("deep", "GetModel of the model with many versions", Asked.deep, _GET),
    Row("list", "ListModels, page 1 of 20", Asked.list, _on_both(600, 8, 32)),
    Row("duplicate", "CreateModel, name taken (refused)", Asked.duplicate, _on_both(250, 8, 32), _CONFLICT),
    Row("update", "UpdateModel", Asked.update, _on_both(400, 8, 32)),
    Row("label", "CreateModelLabels", Asked.label, _on_both(400, 8, 32)),
    Row("version", "CreateModelVersion", Asked.version, _on_both(400, 8, 32)),
    Row("create", "CreateModel", Asked.create, _on_both(400, 8, 32)),
)

STEPS = (1, 2, 4, 8, 16, 32)
"""Connections over which a GetModel's rate must never fall."""

LEAST_STEP = 0.9
"""Of the best rate over fewer connections."""

SAME = 1.3
"""Costs that differ by less are the same, on a machine that others use too."""
