"""The families that this server offers. Adding one is adding its folder and its line here.

A family is a folder of facets with fixed file names: `structs`, `operations`, `handlers`, `store`, `derived`,
`terraform`, `migrations/`; an absent file is a facet that it does not offer. A family imports only from families
named before it.
"""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from modelry.contract.operation import AnyOperation

if TYPE_CHECKING:
    from modelry.contract.resource_type import DataType, ResourceType
    from modelry.handling import AnyHandler
    from modelry.storage.copying import Derived
    from modelry.storage.database import Dialect
    from modelry.storage.migrations import Migration

NAMES = (
    "audit",
    "ram",
    "ram.users",
    "ram.groups",
    "ram.keys",
    "ram.logins",
    "ram.policies",
    "ram.roles",
    "ram.attachments",
    "ram.tags",
    "ram.account",
    "ram.diagnostics",
    "sts",
    "labels",
    "resource_groups",
    "workspaces",
    "workspaces.roles",
    "workspaces.members",
    "workspaces.membership",
    "workspaces.permissions",
    "workspaces.configs",
    "workspaces.user_configs",
    "workspaces.offerings",
    "models",
    "model_versions",
)


def operations() -> Iterator[AnyOperation]:
    """Every declared operation, in the order of `NAMES`; imports no handler and no storage."""
    for module in _facets("operations"):
        yield from module.OPERATIONS


def resource_types() -> "Iterator[ResourceType]":
    """Every type of resource that Terraform knows, in the order of `NAMES`."""
    for module in _facets("terraform"):
        yield from module.RESOURCE_TYPES


def data_types() -> "Iterator[DataType]":
    """Every type of data source that Terraform knows, likewise."""
    for module in _facets("terraform"):
        yield from getattr(module, "DATA_TYPES", ())


def handlers() -> "Iterator[AnyHandler]":
    """Every handler; only a server calls this, as it imports storage."""
    from modelry.handling import Handler, PointRead  # noqa: PLC0415  see above

    for module in _facets("handlers"):
        yield from (v for v in vars(module).values() if isinstance(v, Handler | PointRead))


def migrations(dialect: "Dialect") -> "Iterator[Migration]":
    """Every migration of a kind of database, in the order of `NAMES`, then of their numbers."""
    from modelry.storage.migrations import found_in  # noqa: PLC0415  the declarations must not load a database driver

    for name in NAMES:
        yield from found_in(name, Path(__file__).parent.joinpath(*name.split("."), "migrations"), dialect)


def derived() -> "Iterator[Derived]":
    """Tables that are made anew where a registry is copied, in the order of `NAMES`.

    The facet has `TABLES`, their names in every kind of database, and `rebuild(transaction)`, which fills those that
    its transaction's database has from the other tables.
    """
    from modelry.storage.copying import Derived  # noqa: PLC0415  as above

    for module in _facets("derived"):
        yield Derived(module.TABLES, module.rebuild)


def _facets(facet: str) -> Iterator[ModuleType]:
    for name in NAMES:
        module = f"{__name__}.{name}.{facet}"
        if find_spec(module):
            yield import_module(module)
