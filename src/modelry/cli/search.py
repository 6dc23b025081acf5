"""`modelry search`."""

import argparse
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from modelry.cli import models, remote
from modelry.cli.parsing import Parser, examples
from modelry.cli.remote import WrongUsage, reporting
from modelry.cli.verbs import PAGE_SIZE, add_workspace, count

_WITHOUT = ("query", "tag", "label", "conditions", "page_number", "page_size", "workspace_id")

_OPERATORS = {
    "=": "Equal",
    "!=": "NotEqual",
    "<": "LessThan",
    "<=": "LessThanOrEqual",
    ">": "GreaterThan",
    ">=": "GreaterThanOrEqual",
    "in": "In",
}
"""As they are written, and as the API calls them."""

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_WHERE = re.compile(r"\s*(?P<column>\w+)\s*(?P<operator>!=|<=|>=|=|<|>|\bin\b)\s*(?P<value>.*?)\s*", re.DOTALL)
_METRIC = re.compile(r"\s*(?P<name>[^<>=!]+?)\s*(?:(?P<operator>!=|<=|>=|=|<|>)\s*(?P<value>\S+?)\s*)?")

_ABOUT = """\
Find models by parts of their texts, by labels, by conditions and by metrics of their latest version.
All that is given has to hold. Metrics are compared here, on every model that the rest finds."""


class Metric(NamedTuple):
    """What is asked of a metric of the latest version: in any of its results."""

    name: str
    operator: str | None
    """`None`: that it is there."""
    value: float

    def holds(self, value: object) -> bool:
        """Whether a value is one that is asked for."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return self.operator is None or _COMPARED[self.operator](value, self.value)


def add_to(commands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The command."""
    commands.add_parser(
        "search",
        help="find models by text, labels, conditions and metrics",
        description=_ABOUT,
        epilog=examples(
            "modelry search bert",
            "modelry search --label env=prod --label team=vision --workspace team",
            "modelry search --where 'ParameterSize>=7000' --where 'Task in text-generation,chat'",
            "modelry search --metric 'accuracy>=0.9' --metric latency_ms -o name",
        ),
        fill=_fill,
    )


def _fill(parser: Parser) -> None:
    from modelry.cli import output
    from modelry.cli.fields import add_fields
    from modelry.families.models.operations import LIST_MODELS

    parser.add_argument("text", nargs="?", metavar="TEXT", help="part of the name, domain, task or a label")
    add_workspace(parser)
    parser.add_argument(
        "--label", action="append", default=[], metavar="KEY[=VALUE]", help="a label, or part of one; may be repeated"
    )
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        type=_condition,
        metavar="CONDITION",
        help="a column of the API, one of = != < <= > >= in, and a value; may be repeated",
    )
    parser.add_argument(
        "--metric",
        action="append",
        default=[],
        type=_metric,
        metavar="METRIC",
        help="a metric, as NAME>=NUMBER or NAME alone; shown as a column; may be repeated",
    )
    output.add_options(parser)
    parser.add_argument("--limit", type=count, metavar="N", help="show at most N models (default: all)")
    add_fields(parser, LIST_MODELS, without=_WITHOUT)
    remote.add_options(parser)
    parser.set_defaults(run=reporting(run))


def run(given: argparse.Namespace) -> int:
    """Find models."""
    import msgspec

    from modelry.cli import naming, output
    from modelry.cli.fancy import Waiting
    from modelry.cli.fields import request_of
    from modelry.families.models.operations import LIST_MODELS

    fixed = _asked(given)
    with remote.client(given) as client:
        if given.workspace is not None:
            fixed["workspace_id"] = naming.workspace_id(client, given.workspace)
        request = request_of(LIST_MODELS, given, fixed)
        found = []
        with Waiting("Searching") as waiting:
            for model in client.items(LIST_MODELS, request, limit=None if given.metric else given.limit):
                waiting.advance()
                entry = msgspec.json.decode(msgspec.json.encode(model))
                if _has(entry, given.metric):
                    found.append(entry)
                if len(found) == given.limit:
                    break
    titles = [metric.name for metric in given.metric]
    is_table = given.output in {"table", "tsv"} and given.jmespath is None
    entries = [_with_columns(entry, given.metric) for entry in found] if is_table else found
    output.show(given, msgspec.json.encode(entries), columns=(*models.COLUMNS, *titles), name=models.title)
    return 0


def _asked(given: argparse.Namespace) -> dict[str, object]:
    """What the server is asked for."""
    texts = [label for label in given.label if "=" not in label]
    if len(texts) > 1:
        raise WrongUsage("only one --label may be a part of a label; the others are written KEY=VALUE")
    pairs = [label.partition("=") for label in given.label if "=" in label]
    fixed: dict[str, object] = {"page_size": PAGE_SIZE}
    if given.text:
        fixed["query"] = given.text
    if texts:
        fixed["label"] = texts[0]
    if pairs:
        fixed["tag"] = [{"Key": key, "Value": value} for key, _, value in pairs]
    if given.where:
        fixed["conditions"] = given.where
    return fixed


def _values(entry: dict[str, Any], name: str) -> Iterator[object]:
    from modelry.cli.comparing import metrics_of

    return (value for _, metric, value in metrics_of(entry.get("LatestVersion") or {}) if metric == name)


def _has(entry: dict[str, Any], asked: Sequence[Metric]) -> bool:
    return all(any(metric.holds(value) for value in _values(entry, metric.name)) for metric in asked)


def _with_columns(entry: dict[str, Any], asked: Sequence[Metric]) -> dict[str, Any]:
    """The model, with the values that were asked for beside its own fields."""
    shown = {m.name: next(value for value in _values(entry, m.name) if m.holds(value)) for m in asked}
    return {**shown, **entry}


def _condition(text: str) -> dict[str, str]:
    found = _WHERE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no condition, such as ParameterSize>=7000")
    return {"Column": found["column"], "Operator": _OPERATORS[found["operator"]], "Value": found["value"]}


def _metric(text: str) -> Metric:
    found = _METRIC.fullmatch(text)
    try:
        if found is not None:
            return Metric(found["name"], found["operator"], float(found["value"] or 0))
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is no metric, such as accuracy>=0.9")
