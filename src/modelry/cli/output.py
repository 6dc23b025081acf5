"""What a command prints: a table for people; JSON, YAML, TSV or names for programs (docs/cli.md)."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from modelry.contract.text import printable

Expression = Any
"""A compiled JMESPath expression."""

Name = Callable[[dict[str, Any]], str]


class OutputError(Exception):
    """An answer cannot be shown as it was asked for."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """`--output` and `--query`."""
    parser.add_argument(
        "-o", "--output", choices=tuple(_WRITERS), default="table", help="the form of the answer (default: table)"
    )
    parser.add_argument(
        "--query", dest="jmespath", type=_compiled, metavar="JMESPATH", help="show only what this expression selects"
    )


def show(given: argparse.Namespace, document: bytes, *, columns: Sequence[str] = (), name: Name | None = None) -> None:
    """Print an answer, given as JSON.

    `columns` are those of a table of a list: keys, or dotted paths of which the first word is the title
    (`LatestVersion.VersionName`). `name` is what `-o name` prints of an entry; by default its first text.

    Raises:
        OutputError: `--query` cannot be applied to this answer.
    """
    if given.jmespath is not None:
        document, columns, name = _chosen(given.jmespath, document), (), None
    write(_WRITERS[given.output](document, columns, name or _first_text))


def write(lines: Iterable[str]) -> None:
    """Print lines, in an encoding that may be unable to show all of them."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    for line in lines:
        print(line)


def is_fancy() -> bool:
    """Whether the output is read on a terminal that shows colours, by somebody who wants them."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")


def _compiled(text: str) -> Expression:
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.compile(text)
    except JMESPathError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no JMESPath expression: {printable(str(error))}") from error


def _chosen(expression: Expression, document: bytes) -> bytes:
    from jmespath.exceptions import JMESPathError

    try:
        found = expression.search(json.loads(document))
    except JMESPathError as error:
        raise OutputError(f"--query cannot be applied: {printable(str(error))}") from error
    return json.dumps(found, ensure_ascii=False).encode()


def _first_text(entry: dict[str, Any]) -> str:
    return next((value for value in entry.values() if isinstance(value, str)), "")


def _json(document: bytes, _columns: Sequence[str], _name: Name) -> Iterator[str]:
    """As it came, numbers and all, over several lines."""
    import msgspec

    text = msgspec.json.format(document, indent=2).decode()
    yield "".join(c if c == "\n" or c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _yaml(document: bytes, _columns: Sequence[str], _name: Name) -> Iterator[str]:
    import yaml

    value = json.loads(document)
    text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False)
    if not text.replace("\n", "").isprintable():
        text = yaml.safe_dump(value, sort_keys=False)
    yield text.removesuffix("\n").removesuffix("\n...")


def _tsv(document: bytes, columns: Sequence[str], _name: Name) -> Iterator[str]:
    """A line of titles where there are any; tabs, line ends and backslashes inside a value as in C."""
    titles, rows = rows_of(json.loads(document), columns)
    for row in ([titles] if titles else []) + rows:
        yield "\t".join(cell.translate(_TSV_ESCAPES) for cell in row)


def _names(document: bytes, _columns: Sequence[str], name: Name) -> Iterator[str]:
    """One name a line, as another command takes it."""
    value = json.loads(document)
    for entry in value if isinstance(value, list) else [value]:
        text = name(entry) if isinstance(entry, dict) else cell_of(entry)
        if text:
            yield printable(text)


def _table(document: bytes, columns: Sequence[str], _name: Name) -> Iterator[str]:
    titles, rows = rows_of(json.loads(document), columns)
    shown = [[printable(cell) for cell in row] for row in rows]
    if is_fancy() and shown:
        from modelry.cli.fancy import print_table

        print_table(titles, shown)
        return
    yield from plain_table(titles, shown)


_WRITERS: dict[str, Callable[[bytes, Sequence[str], Name], Iterator[str]]] = {
    "table": _table,
    "json": _json,
    "yaml": _yaml,
    "tsv": _tsv,
    "name": _names,
}

_TSV_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def rows_of(value: Any, columns: Sequence[str] = ()) -> tuple[list[str], list[list[str]]]:  # noqa: ANN401  any JSON
    """The titles and the rows of a table that shows a JSON value; no titles where its form gives none."""
    if isinstance(value, dict) and not columns:
        return [], [[key, cell_of(part)] for key, part in value.items()]
    entries = value if isinstance(value, list) else [value]
    if columns or (entries and all(isinstance(entry, dict) for entry in entries)):
        paths = columns or list(dict.fromkeys(key for entry in entries for key in entry))
        titles = [path if any(path in entry for entry in entries) else path.partition(".")[0] for path in paths]
        return titles, [[cell_of(_at(entry, path)) for path in paths] for entry in entries]
    return [], [[cell_of(part) for part in (entry if isinstance(entry, list) else [entry])] for entry in entries]


def cell_of(value: Any) -> str:  # noqa: ANN401  any JSON
    """A JSON value in one cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        if all(isinstance(part, str) for part in value):
            return ",".join(value)
        if all(isinstance(part, dict) and part.keys() == {"Key", "Value"} for part in value):
            return ",".join(f"{part['Key']}={part['Value']}" for part in value)
    return "" if value == [] else json.dumps(value, ensure_ascii=False)


def _at(entry: Any, path: str) -> Any:  # noqa: ANN401  any JSON
    """What is at a path; a key that has dots itself is no path."""
    if isinstance(entry, dict) and path in entry:
        return entry[path]
    for key in path.split("."):
        entry = entry.get(key) if isinstance(entry, dict) else None
    return entry


def plain_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of aligned columns, never cut."""
    lines = ([titles] if titles else []) + list(rows)
    if not lines:
        return
    count = max(map(len, lines))
    widths = [max(_width(line[n]) for line in lines if n < len(line)) for n in range(count)]
    for line in lines:
        yield "  ".join(cell + " " * (widths[n] - _width(cell)) for n, cell in enumerate(line)).rstrip()


def _width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
