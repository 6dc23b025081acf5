"""The import rule: imports run one way, and what only declares something loads nothing heavy."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from modelry.families import NAMES

SOURCE = Path(__file__).parents[1] / "src"

LAYERS = (
    "errors",
    "contract",
    "settings",
    "declarations",  # a family's structs and operations
    "access",
    "client",
    "storage",
    "handling",
    "store",  # and whatever else a family has of its own
    "handlers",
    "families",  # the list of them
    "terraform",  # the provider: over the list and the client
    "bundle",  # a workspace as a file; between a data folder and the API
    "server",
    "bench",
    "cli",
    "testing",  # a server of its own for the tests of others
)
"""A module imports from its own layer and from those before it."""

DECLARATIONS = ("structs", "operations", "terraform")


class Import(NamedTuple):
    importer: str
    imported: str

    def __str__(self) -> str:
        return f"{self.importer} imports {self.imported}"


@cache
def modules() -> dict[str, Path]:
    """Every module of the package, by its name without `modelry.`."""
    package = SOURCE / "modelry"
    names = {path: ".".join(path.relative_to(package).with_suffix("").parts) for path in package.rglob("*.py")}
    return {
        name.removesuffix(".__init__"): path for path, name in names.items() if name not in {"__init__", "__main__"}
    }


@cache
def imports() -> list[Import]:
    """Every import of one module of the package by another, inside functions too."""
    return [Import(name, found) for name, path in modules().items() for found in sorted(set(_imported(path)))]


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "modelry":
            module = node.module.removeprefix("modelry").removeprefix(".")
            for alias in node.names:
                name = f"{module}.{alias.name}".removeprefix(".")
                if name in modules():
                    yield name
                elif module:
                    yield module
        elif isinstance(node, ast.Import):
            yield from (a.name.removeprefix("modelry.") for a in node.names if a.name.startswith("modelry."))


def layer(module: str) -> int:
    parts = module.split(".")
    if parts[0] != "families" or len(parts) == 1:
        return LAYERS.index(parts[0])
    return LAYERS.index(
        "declarations" if parts[-1] in DECLARATIONS else "handlers" if parts[-1] == "handlers" else "store"
    )


def family(module: str) -> str | None:
    """The family that a module belongs to."""
    inside = module.removeprefix("families.")
    owners = [name for name in NAMES if inside == name or inside.startswith(f"{name}.")]
    return max(owners, key=len, default=None) if module.startswith("families.") else None


def reached(module: str) -> set[str]:
    """What is loaded with a module."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        importer = waiting.pop()
        new = {i.imported for i in imports() if i.importer == importer} - found
        found |= new
        waiting += new
    return found


def test_the_modules_are_all_in_a_layer() -> None:
    assert len(modules()) > 50
    for module in modules():
        assert 0 <= layer(module) < len(LAYERS)


def test_imports_run_one_way() -> None:
    assert [str(i) for i in imports() if _is_up(i)] == []


def _is_up(found: Import) -> bool:
    if layer(found.importer) == LAYERS.index("declarations") and family(found.imported):
        return False  # see the next test
    return layer(found.imported) > layer(found.importer)


@pytest.mark.parametrize("facet", DECLARATIONS)
def test_declarations_rest_on_declarations_alone(facet: str) -> None:
    allowed = ("errors", "contract", "families")
    for module in modules():
        if family(module) and module.endswith(f".{facet}"):
            outside = {m for m in reached(module) if m.split(".")[0] not in allowed}
            assert outside == set(), module


def test_handlers_are_imported_by_the_server_alone() -> None:
    wrong = [i for i in imports() if i.imported.endswith(".handlers") and i.importer.split(".")[0] != "server"]
    assert [str(i) for i in wrong] == []


def test_a_family_imports_only_families_named_before_it() -> None:
    wrong = []
    for found in imports():
        importer, imported = family(found.importer), family(found.imported)
        if importer and imported and NAMES.index(imported) > NAMES.index(importer):
            wrong.append(str(found))
    assert wrong == []


def test_families_do_not_import_the_server_s_side_of_another() -> None:
    """What a family may use of another: what its things look like and how they are stored, not its operations."""
    wrong = []
    for found in imports():
        importer, imported = family(found.importer), family(found.imported)
        if importer and imported and importer != imported and found.imported.endswith((".operations", ".handlers")):
            wrong.append(str(found))
    assert wrong == []


@pytest.mark.parametrize(
    "statement",
    [
        "list(families.operations())",
        "Catalogue(families.operations(), AIWORKSPACE)",
        "document(Catalogue(families.operations()))",
        "operations_page(Catalogue(families.operations()))",
    ],
)
def test_declarations_load_nothing_heavy(statement: str) -> None:
    program = f"""
import sys
from modelry import families
from modelry.contract.catalogue import Catalogue
from modelry.contract.known import AIWORKSPACE
from modelry.contract.openapi import document
from modelry.contract.reference import operations_page
{statement}
print(*sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert {"sqlite3", "granian", "cryptography", "asyncio", "prometheus_client"} & loaded == set()
    heavy = ("modelry.storage", "modelry.access", "modelry.handling", "modelry.server")
    assert {m for m in loaded if m.startswith(heavy) or m.endswith((".handlers", ".store"))} == set()
