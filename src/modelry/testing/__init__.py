"""A registry for other people's tests: a real server with data of its own, put back in milliseconds, failing to order.

`docs/testing.md` shows it in use. pytest finds the fixtures of `plugin` by itself; without pytest, `running` is the
whole of it. The names are loaded when they are asked for: pytest imports this package in every session of an
environment that has it, and most of those never start a registry.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelry.testing.channel import ServerGone as ServerGone
    from modelry.testing.faults import Faults as Faults
    from modelry.testing.orders import Call as Call
    from modelry.testing.registry import Registry as Registry
    from modelry.testing.registry import running as running
    from modelry.testing.snapshots import Snapshot as Snapshot

__all__ = ["Call", "Faults", "Registry", "ServerGone", "Snapshot", "running"]

_MODULES = {
    "Call": "orders",
    "Faults": "faults",
    "Registry": "registry",
    "ServerGone": "channel",
    "Snapshot": "snapshots",
    "running": "registry",
}


def __getattr__(name: str) -> object:
    """The public name, from the module that has it."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
