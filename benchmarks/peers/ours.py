"""Modelry itself."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.peers.peer import PAGE_SIZE, Names, log_of
from modelry import __version__
from modelry.bench import processes, signed
from modelry.bench.data import Registry, Sizes
from modelry.bench.examples import new_model, new_version
from modelry.bench.processes import BenchError, Running


class Modelry:
    """A registry of ours, asked with the account's own key."""

    title = f"Modelry {__version__}, SQLite"

    def __init__(self, registry: Registry, sizes: Sizes) -> None:
        self._registry = registry
        self._names = Names(sizes)
        self._signer = signed.Signer(registry.root)

    @contextmanager
    def served(self) -> Iterator[Running]:
        """`modelry serve` with its defaults."""
        folder: Path = self._registry.folder
        with processes.registry(folder, log_of(folder)) as running:
            yield running

    def requests(self, row: str, count: int) -> Iterator[bytes]:
        """Signed now."""
        make = _MADE[row]
        return (self._signer.text(make(self)) for _ in range(count))

    def expected(self, _row: str) -> int:
        """The status of a good answer."""
        return 200

    def _get(self) -> signed.Plain:
        return signed.get_model(self._model_id())

    def _deep(self) -> signed.Plain:
        if self._registry.deep_model_id is None:
            raise BenchError("the data has no model with many versions")
        return signed.get_model(self._registry.deep_model_id)

    def _tag(self) -> signed.Plain:
        tag = json.dumps([{"Key": "team", "Value": self._names.team()}])
        return signed.list_models(Tag=tag, PageSize=str(PAGE_SIZE))

    def _name(self) -> signed.Plain:
        return signed.list_models(Query=self._names.part(), PageSize=str(PAGE_SIZE))

    def _list(self) -> signed.Plain:
        return signed.list_models(PageSize=str(PAGE_SIZE))

    def _create(self) -> signed.Plain:
        workspace_id = self._names.chance.choice(self._registry.workspace_ids)
        return signed.create_model(new_model(self._names.new(), workspace_id, self._names.chance))

    def _version(self) -> signed.Plain:
        return signed.create_model_version(new_version(self._model_id(), self._names.chance))

    def _model_id(self) -> str:
        return self._names.chance.choice(self._registry.model_ids)


_MADE: dict[str, Callable[[Modelry], signed.Plain]] = {
    "get": Modelry._get,  # noqa: SLF001  its own table
    "deep": Modelry._deep,  # noqa: SLF001
    "tag": Modelry._tag,  # noqa: SLF001
    "name": Modelry._name,  # noqa: SLF001
    "list": Modelry._list,  # noqa: SLF001
    "create": Modelry._create,  # noqa: SLF001
    "version": Modelry._version,  # noqa: SLF001
}
