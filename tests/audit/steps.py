"""A step of a life cycle: a write, and what it must leave in the audit."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.contract.calls import Calls
from tests.contract.ram.rpc_calls import RpcCalls
from tests.registry import Registry

Side = Mapping[str, object] | None
"""Members that a side must have; `None`: it must be absent."""
Expected = tuple[str, Side, Side]
"""What was changed, as `model/{model}`, before and after. Of an update these are all members that differ."""
Known = dict[str, str]
"""Ids that earlier steps have made."""


class Clients(NamedTuple):
    """The SDK of each product."""

    pai: Calls
    ram: RpcCalls
    resource_manager: RpcCalls
    registry: Registry

    @classmethod
    def of(cls, registry: Registry) -> "Clients":
        ram, resource_manager = RpcCalls(registry.ram_sdk()), RpcCalls(registry.resourcemanager_sdk())
        return cls(Calls(registry, "sync"), ram, resource_manager, registry)


class Step(NamedTuple):
    """A write."""

    operation: str
    call: Callable[[Clients, Known], Any]
    changes: tuple[Expected, ...]
    learns: Callable[[Clients, Any], Known] = lambda _clients, _answer: {}
    """What later steps need of the answer."""
