"""The catalogue as pages for readers: every operation, the RAM table, and how much of the official API is offered."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from modelry.contract.catalogue import Catalogue
from modelry.contract.known import AIWORKSPACE, RAM, RESOURCE_MANAGER, STS, KnownOperation
from modelry.contract.openapi import Structs
from modelry.contract.operation import INT64_MAX, AnyOperation, Rpc
from modelry.contract.refusals import ADDRESS, SHARED
from modelry.errors import ErrorCode

Schema = dict[str, Any]

_GENERATED = "<!-- Generated: `modelry reference --write docs` writes this page anew. -->"


_OPERATIONS = """\
What this server offers of PAI AIWorkSpace 2021-02-04, and of the APIs that administer who may use it. Fields are named
as on the wire. A field that is not required may be left out; `null` reads as left out, while empty and zero are values.
Unknown fields are ignored.

An operation with an address `Action=...` is called by GET or POST of `/`. Its fields are parameters, in the query or in
a form; lists and objects travel as JSON text in one parameter, or flattened (`Tag.1.Key`). An empty value clears a
text, and counts as left out elsewhere. [Signatures](signatures.md) says where `Action` and `Version` come from.

Every answer has a `RequestId`, which stands in the server's log. The
[errors of every operation](#errors-of-every-operation) are listed once, at the end."""

_RAM = """\
The action that each operation asks for, in the columns of the official reference. A resource is written as the end of
its ARN: `user/{UserName}` is `acs:ram:*:ACCOUNT:user/{UserName}`, with the request's `UserName` in it."""

_COVERAGE = """\
The official operations of AIWorkSpace 2021-02-04, RAM 2015-05-01 and STS 2015-04-01, as the Python SDKs 8.3.5, 1.3.0
and 1.2.0 have them, and whether this server offers them; and what it offers of Resource Manager 2020-03-31. One that is
not offered answers status 400 and the code `UnsupportedOperation`, which no client retries and none takes for a
resource that is gone."""

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
        rows = ((f"`{o.access.action}`", o.name, o.access.level, _resources(o), "None", "None") for o in operations)
        header = ("Action", "API", "Access level", "Resource type", "Condition key", "Dependent action")
        parts += [f"## {module}", _table(header, rows)]
    return _page(parts)


def coverage_page(catalogue: Catalogue) -> str:
    """Which of the official operations are offered, in numbers and one by one."""
    groups = _by_collection(AIWORKSPACE)
    numbers = [_count_row(catalogue, name, group) for name, group in groups.items()]
    total = tuple(f"**{cell}**" for cell in _count_row(catalogue, "AIWorkSpace", AIWORKSPACE))
    products = _rpc_products(catalogue)
    parts = [
        "# Coverage",
        _COVERAGE,
        _table(("Resource", "Offered", "Official"), [*numbers, total]),
        _table(
            ("Product", "Offered", "Official"),
            [_count_row(catalogue, name, operations) for name, operations in products.items()],
        ),
    ]
    for name, group in groups.items():
        rows = ((o.name, f"`{o.method} {o.path}`", _offered_mark(catalogue, o)) for o in group)
        parts += [f"## {name}", _table(("Operation", "Address", "Offered"), rows)]
    for name, operations in products.items():
        marks = ((o.name, _offered_mark(catalogue, o)) for o in operations)
        parts += [f"## {name}", _table(("Operation", "Offered"), marks)]
    return _page(parts)


def offered_sentence(catalogue: Catalogue) -> str:
    """How much of the official APIs is offered, in a few sentences."""
    groups = _by_collection(AIWORKSPACE)
    counts = sorted(((_offered(catalogue, group), len(group), name) for name, group in groups.items()), reverse=True)
    parts = ", ".join(f"{name} {count} of {of}" for count, of, name in counts if count)
    first = f"{_offered(catalogue, AIWORKSPACE)} of the {len(AIWORKSPACE)} official operations are offered: {parts}."
    others = ", ".join(
        f"{count} of {len(operations)} of {name}"
        for name, operations in _rpc_products(catalogue).items()
        if (count := _offered(catalogue, operations))
    )
    return f"{first} Beside them: {others}.\n" if others else f"{first}\n"


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
    yield f"`{_address(operation)}`, RAM action `{operation.access.action}`"
    _, _, more = request.get("description", "").partition(". ")  # its first sentence says what the summary says
    yield f"{operation.summary} {more}".strip()
    if request["properties"]:
        yield _fields_table(request, [_place(operation, name) for name in request["properties"]])
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
    """The operations of AIWorkSpace by the module that their RAM action names, then the others by product."""
    modules: dict[str, list[AnyOperation]] = {}
    for operation in sorted(catalogue, key=lambda o: isinstance(o.style, Rpc)):
        modules.setdefault(_module(operation), []).append(operation)
    yield from modules.items()


def _module(operation: AnyOperation) -> str:
    style = operation.style
    return f"{style.product} {style.version}" if isinstance(style, Rpc) else operation.access.action.partition(":")[0]


def _address(operation: AnyOperation) -> str:
    style = operation.style
    if isinstance(style, Rpc):
        return f"Action={operation.name}, Version={style.version}"
    return f"{style.method} {style.path}"


def _place(operation: AnyOperation, name: str) -> str:
    return "parameter" if isinstance(operation.style, Rpc) else operation.style.place(name)


def _resources(operation: AnyOperation) -> str:
    about = operation.about
    return "\\*All Resource `*`" if about == ("*",) else ", ".join(f"`{resource}`" for resource in about)


def _rpc_products(catalogue: Catalogue) -> dict[str, Sequence[KnownOperation]]:
    """The official operations of each product in RPC style; of Resource Manager, which does far more, the offered."""
    offered = [operation for operation in RESOURCE_MANAGER if operation.full_name in catalogue.by_full_name]
    return {"RAM": RAM, "STS": STS} | ({"Resource Manager": offered} if offered else {})


def _count_row(catalogue: Catalogue, name: str, official: Sequence[KnownOperation]) -> tuple[str, str, str]:
    return name, str(_offered(catalogue, official)), str(len(official))


def _offered_mark(catalogue: Catalogue, operation: KnownOperation) -> str:
    return "yes" if operation.full_name in catalogue.by_full_name else ""


def _by_collection(official: Sequence[KnownOperation]) -> dict[str, list[KnownOperation]]:
    """Official operations by the first word of their path, which is the resource that they are about."""
    groups: dict[str, list[KnownOperation]] = {}
    for operation in official:
        word = operation.path.removeprefix("/api/v1").split("/")[1]
        groups.setdefault(word, []).append(operation)
    return dict(sorted(groups.items()))


def _offered(catalogue: Catalogue, official: Iterable[KnownOperation]) -> int:
    return sum(operation.full_name in catalogue.by_full_name for operation in official)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = (header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _page(parts: Iterable[str]) -> str:
    title, *rest = filter(None, parts)
    return "\n\n".join((title, _GENERATED, *rest)) + "\n"
