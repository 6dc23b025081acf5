"""The catalogue as pages for readers: every operation, the RAM table, and how much of the official API is offered."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec

from modelry.contract.catalogue import Catalogue
from modelry.contract.known import AIWORKSPACE, KnownOperation
from modelry.contract.openapi import Structs
from modelry.contract.operation import INT64_MAX, AnyOperation
from modelry.contract.refusals import ADDRESS, SHARED
from modelry.errors import ErrorCode

Schema = dict[str, Any]

_GENERATED = "<!-- Generated: `modelry reference --write docs` writes this page anew. -->"


_OPERATIONS = """\
What this server offers of PAI AIWorkSpace 2021-02-04. Fields are named as on the wire. A field that is not required may
be left out; `null` reads as left out, while empty and zero are values. Unknown fields are ignored.

Every answer has a `RequestId`, which stands in the server's log. The
[errors of every operation](#errors-of-every-operation) are listed once, at the end."""

_RAM = """\
The action that each operation asks for, in the columns of the official reference. A policy names `*` as the resource of
each: there is no resource-level permission."""

_COVERAGE = """\
The official operations of AIWorkSpace 2021-02-04, as the Python SDK 8.3.5 has them, and whether this server offers
them. One that is not offered answers status 400 and the code `UnsupportedOperation`, which no client retries and none
takes for a resource that is gone."""

_SETTINGS = """\
A flag wins over the environment, the environment over the file that `--config` names (TOML, with the names of the first
column), the file over the default. `{prefix}<SETTING>_FILE` names a file that holds the setting, as container secrets
do. A secret has no flag, which every user of the machine could read."""


def operations_page(catalogue: Catalogue) -> str:
    """Every offered operation: its address, its fields with their limits, its answer and its errors."""
    structs = Structs(s for operation in catalogue for s in (operation.request, operation.response))
    parts = [
        "# Operations",
        _OPERATIONS,
    ]
    shown: list[Schema] = []
    for module, operations in _by_module(catalogue):
        parts.append(f"## {module}")
        for operation in operations:
            parts += _operation(operation, structs)
            shown += [structs.schema(operation.request), structs.schema(operation.response)]
    parts.append("## Shapes")
    for name, schema in structs.referenced_from(shown).items():
        parts += [f"### {name}", schema.get("description", ""), _fields_table(schema)]
    parts += ["## Errors of every operation", _errors_table(SHARED)]
    parts += ["Requests that reach no operation:", _errors_table(ADDRESS)]
    return _page(parts)


def ram_page(catalogue: Catalogue) -> str:
    """The RAM action of every operation, in the columns of the official table."""
    parts = [
        "# RAM authorization",
        _RAM,
    ]
    for module, operations in _by_module(catalogue):
        rows = (
            (f"`{o.access.action}`", o.name, o.access.level, "\\*All Resource `*`", "None", "None") for o in operations
        )
        header = ("Action", "API", "Access level", "Resource type", "Condition key", "Dependent action")
        parts += [f"## {module}", _table(header, rows)]
    return _page(parts)


def coverage_page(catalogue: Catalogue, official: Sequence[KnownOperation] = AIWORKSPACE) -> str:
    """Which of the official operations are offered, in numbers and one by one."""
    groups = _by_collection(official)
    numbers = [(name, str(_offered(catalogue, group)), str(len(group))) for name, group in groups.items()]
    total = ("**all**", f"**{_offered(catalogue, official)}**", f"**{len(official)}**")
    parts = [
        "# Coverage",
        _COVERAGE,
        _table(("Resource", "Offered", "Official"), [*numbers, total]),
    ]
    for name, group in groups.items():
        rows = ((o.name, f"`{o.method} {o.path}`", "yes" if o.name in catalogue.by_name else "") for o in group)
        parts += [f"## {name}", _table(("Operation", "Address", "Offered"), rows)]
    return _page(parts)


def offered_sentence(catalogue: Catalogue, official: Sequence[KnownOperation] = AIWORKSPACE) -> str:
    """How much of the official API is offered, in one sentence."""
    groups = _by_collection(official)
    counts = sorted(((_offered(catalogue, group), len(group), name) for name, group in groups.items()), reverse=True)
    parts = ", ".join(f"{name} {count} of {of}" for count, of, name in counts if count)
    return f"{_offered(catalogue, official)} of the {len(official)} official operations are offered: {parts}.\n"


def settings_page(settings: type[msgspec.Struct], flags: Collection[str], variable_prefix: str) -> str:
    """Every setting: its flag, its variable, its default, its limits and its meaning."""
    rows = []
    for name, schema in Structs([settings]).schema(settings)["properties"].items():
        flag = f"`--{name.replace('_', '-')}`" if name in flags else ""
        variable = f"`{variable_prefix}{name.upper()}`"
        rows.append((f"`{name}`", flag, variable, _default(schema), limits(schema), schema["description"]))
    parts = [
        "# Settings",
        _SETTINGS.format(prefix=variable_prefix),
        _table(("Setting", "Flag", "Variable", "Default", "Limits", "Meaning"), rows),
    ]
    return _page(parts)


def _operation(operation: AnyOperation, structs: Structs) -> Iterator[str]:
    request, response = structs.schema(operation.request), structs.schema(operation.response)
    yield f"### {operation.name}"
    yield f"`{operation.style.method} {operation.style.path}`, RAM action `{operation.access.action}`"
    _, _, more = request.get("description", "").partition(". ")  # its first sentence says what the summary says
    yield f"{operation.summary} {more}".strip()
    if request["properties"]:
        yield _fields_table(request, [operation.style.place(name) for name in request["properties"]])
    answer = f"Answer: {response.get('description', '')}"
    if response["properties"]:
        yield answer
        yield _fields_table(response)
    else:
        yield answer
    if operation.errors:
        yield "Errors of its own:"
        yield _errors_table(operation.errors)


def _fields_table(schema: Schema, places: Sequence[str] | None = None) -> str:
    required = set(schema.get("required", ()))
    rows = []
    for number, (name, field) in enumerate(schema["properties"].items()):
        where = (places[number],) if places else ()
        always = "yes" if name in required else ""
        bounds = "; ".join(filter(None, (limits(field), "default " + _default(field) if _default(field) else "")))
        rows.append((f"`{name}`", *where, _kind(field), always, bounds, field.get("description", "")))
    if places:
        rows.sort(key=lambda row: (row[1] != "path", not row[3]))
    return _table(
        ("Field", *(("In",) if places else ()), "Type", "Required" if places else "Always", "Limits", "Meaning"), rows
    )


def _kind(schema: Schema) -> str:
    """The type of a value in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower().replace('.', '')})"
    if "anyOf" in schema:
        return " or ".join(_kind(choice) for choice in schema["anyOf"] if choice != {"type": "null"})
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    words = {"string": "text", "integer": "integer", "number": "number", "boolean": "true or false", "object": "object"}
    return words.get(schema.get("type", ""), "any value")


def limits(schema: Schema) -> str:
    """What a value has to keep to."""
    return "; ".join(_limits(schema))


def _limits(schema: Schema) -> Iterator[str]:
    for choice in schema.get("anyOf", ()):
        yield from _limits(choice)
    for limit, words in _WORDS.items():
        if not schema.keys().isdisjoint(limit):
            yield words(*(schema.get(key) for key in limit))
    if schema.get("type") == "array":
        yield from (f"each: {limit}" for limit in _limits(schema["items"]))


def _between(low: int | None, high: int | None, unit: str = "") -> str:
    if high is None:
        text = f"at least {low:,}"
    elif not low:
        text = f"at most {high:,}"
    else:
        text = f"{low:,} to {high:,}"
    return f"{text} {unit}".strip()


_WORDS: dict[tuple[str, ...], Callable[..., str]] = {
    ("enum",): lambda values: "one of " + ", ".join(f"`{value}`" for value in values if value != ""),
    ("minLength", "maxLength"): lambda low, high: _between(low, high, "characters"),
    ("minItems", "maxItems"): lambda low, high: _between(low, high, "entries"),
    ("minimum", "maximum"): lambda low, high: "64 bits" if high == INT64_MAX else _between(low, high),
    ("pattern",): lambda pattern: f"`{pattern}`",
}
"""Keys of a schema and how a reader is told what they say."""


def _default(schema: Schema) -> str:
    value = schema.get("default")
    return (
        "" if value in {None, ""} else f"`{value if isinstance(value, str) else msgspec.json.encode(value).decode()}`"
    )


def _errors_table(errors: Iterable[ErrorCode]) -> str:
    return _table(("Code", "Status", "Message"), ((f"`{e.code}`", str(e.status), e.message) for e in errors))


def _by_module(catalogue: Catalogue) -> Iterator[tuple[str, list[AnyOperation]]]:
    """The operations by the product module that their RAM action names."""
    for module, operations in groupby(catalogue, key=lambda o: o.access.action.partition(":")[0]):
        yield module, list(operations)


def _by_collection(official: Sequence[KnownOperation]) -> dict[str, list[KnownOperation]]:
    """Official operations by the first word of their path, which is the resource that they are about."""
    groups: dict[str, list[KnownOperation]] = {}
    for operation in official:
        word = operation.path.removeprefix("/api/v1").split("/")[1]
        groups.setdefault(word, []).append(operation)
    return dict(sorted(groups.items()))


def _offered(catalogue: Catalogue, official: Iterable[KnownOperation]) -> int:
    return sum(operation.name in catalogue.by_name for operation in official)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = (header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _page(parts: Iterable[str]) -> str:
    title, *rest = filter(None, parts)
    return "\n\n".join((title, _GENERATED, *rest)) + "\n"
