"""What the declarations say of themselves: the line under a field, read from the source."""

import ast
import functools
import inspect
import itertools
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import NamedTuple


class _Module(NamedTuple):
    """The notes of one module, and where its other names come from."""

    classes: dict[str, dict[str, str]]
    """Class to field to note."""
    annotations: dict[str, dict[str, list[str]]]
    """Class to field to the names in its annotation."""
    aliases: dict[str, str]
    """Name of a type to its note."""
    imports: dict[str, str]
    """Imported name to its module."""


def field_notes(struct: type) -> dict[str, str]:
    """What each field of a struct means, by its Python name: the docstring under it, then that of its type's alias.

    Inherited fields are among them; a field without either is not. `Source:` and what follows is for readers of the
    code, and left out.
    """
    notes: dict[str, str] = {}
    for base in reversed(struct.__mro__):
        module = sys.modules.get(base.__module__)
        if module is None or not base.__module__.startswith("modelry."):
            continue
        read = _read(module)
        own = read.classes.get(base.__name__, {})
        for field, names in read.annotations.get(base.__name__, {}).items():
            said = (own.get(field, ""), *(_alias_note(module, name) for name in names))
            notes[field] = " ".join(filter(None, said))
    return {field: note for field, note in notes.items() if note}


def _alias_note(module: ModuleType, alias: str) -> str:
    read = _read(module)
    if alias in read.aliases:
        return read.aliases[alias]
    source = sys.modules.get(read.imports.get(alias, ""))
    return _alias_note(source, alias) if source and source is not module else ""


@functools.cache
def _read(module: ModuleType) -> _Module:
    tree = ast.parse(inspect.getsource(module))
    classes = {node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}
    return _Module(
        classes={name: dict(_noted(body)) for name, body in classes.items()},
        annotations={
            name: {
                field.target.id: [n.id for n in ast.walk(field.annotation) if isinstance(n, ast.Name)]
                for field in body
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            }
            for name, body in classes.items()
        },
        aliases=dict(_noted(tree.body)),
        imports={
            name.asname or name.name: node.module
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("modelry.")
            for name in node.names
        },
    )


def _noted(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for assignment, note in itertools.pairwise(body):
        match assignment, note:
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, " ".join(text.split()).partition(" Source:")[0]
