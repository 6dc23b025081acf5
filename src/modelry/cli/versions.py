"""`modelry versions`."""

import argparse
from typing import TYPE_CHECKING, Any

from modelry.cli import remote
from modelry.cli.parsing import Parser, examples
from modelry.cli.remote import reporting
from modelry.cli.verbs import Verb, add_command, add_named

if TYPE_CHECKING:
    from modelry.contract.operation import AnyOperation


def _operation(name: str) -> "AnyOperation":
    from modelry.families.model_versions import operations

    operation: AnyOperation = getattr(operations, name)
    return operation


def title(entry: dict[str, Any]) -> str:
    """The version as a command takes it."""
    return f"{entry['ModelId']}@{entry['VersionName']}"


_ALL_BUT_DESCRIPTION = (
    "approval_status",
    "compression_spec",
    "distillation_spec",
    "evaluation_spec",
    "extra_info",
    "inference_spec",
    "metrics",
    "options",
    "source_id",
    "source_type",
    "training_spec",
)


def _decision(name: str, status: str) -> Verb:
    """Approve or reject."""
    return Verb(
        name,
        f"set the approval status of a version to {status}",
        lambda: _operation("UPDATE_MODEL_VERSION"),
        (f"modelry versions {name} resnet@latest", f"modelry versions {name} resnet@0.2.0 --version-description why"),
        about="version",
        without=_ALL_BUT_DESCRIPTION,
        fixed={"approval_status": status},
        title=title,
        done=status.lower(),
    )


_VERBS = (
    Verb(
        "list",
        "list the versions of a model",
        lambda: _operation("LIST_MODEL_VERSIONS"),
        (
            "modelry versions list resnet",
            "modelry versions list team/resnet --approval-status Approved --order DESC --limit 1 -o name",
        ),
        about="model",
        without=("version_name",),
        columns=("VersionName", "ApprovalStatus", "FormatType", "FrameworkType", "Uri", "Labels", "GmtCreateTime"),
        title=title,
    ),
    Verb(
        "show",
        "show a version",
        lambda: _operation("GET_MODEL_VERSION"),
        ("modelry versions show resnet@0.2.0", "modelry versions show resnet@approved -o json --query Uri"),
        about="version",
        title=title,
    ),
    Verb(
        "create",
        "add a version to a model",
        lambda: _operation("CREATE_MODEL_VERSION"),
        (
            "modelry versions create resnet --uri oss://models.oss-cn-hangzhou.aliyuncs.com/resnet/2/",
            "modelry versions create resnet --uri https://example.com/r.onnx --metrics @metrics.json",
        ),
        about="model",
        title=title,
    ),
    Verb(
        "update",
        "change a version; what is not given stays as it is",
        lambda: _operation("UPDATE_MODEL_VERSION"),
        ("modelry versions update resnet@latest --metrics @metrics.json",),
        about="version",
        title=title,
        done="updated",
    ),
    _decision("approve", "Approved"),
    _decision("reject", "Rejected"),
    Verb(
        "delete",
        "delete a version",
        lambda: _operation("DELETE_MODEL_VERSION"),
        ("modelry versions delete resnet@0.1.0 --yes",),
        about="version",
        title=title,
        done="deleted",
    ),
)


def add_to(commands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The command."""
    add_command(commands, "versions", "list, show, create, approve, delete and compare versions", _VERBS, _add_compare)


def _add_compare(below: Any) -> None:  # noqa: ANN401  as above
    below.add_parser(
        "compare",
        help="show two versions side by side",
        description="Show the metrics of two versions side by side, and where they differ otherwise.",
        epilog=examples(
            "modelry versions compare resnet@approved @latest",
            "modelry versions compare resnet@0.1.0 team/resnet@0.2.0 --all",
            "modelry versions compare resnet@0.1.0 @0.2.0 -o json --query Metrics",
        ),
        fill=_fill_compare,
    )


def _fill_compare(parser: Parser) -> None:
    from modelry.cli import output

    add_named(parser, "version", "a", metavar="A")
    add_named(parser, "version", "b", metavar="B", help_="likewise; @0.2.0 alone is one of the same model")
    parser.add_argument("--all", action="store_true", help="show also what is equal")
    output.add_options(parser)
    remote.add_options(parser)
    parser.set_defaults(run=reporting(compare))


def compare(given: argparse.Namespace) -> int:
    """Show two versions side by side."""
    import msgspec

    from modelry.cli import naming, output
    from modelry.cli.comparing import compared, rows
    from modelry.families.model_versions.structs import VersionAddress

    operation = _operation("GET_MODEL_VERSION")
    with remote.client(given) as client:
        a = naming.version(client, given.a)
        b = naming.version(client, f"{a.model_id}{given.b}" if given.b.startswith("@") else given.b)
        documents = [
            msgspec.json.decode(client.answer(operation, VersionAddress(**version._asdict()))) for version in (a, b)
        ]
    found = compared((str(a), str(b)), documents[0], documents[1], also_equal=given.all)
    if given.output in {"table", "tsv"} and given.jmespath is None:
        lines = rows(found, (a.version_name, b.version_name))
        output.show(given, msgspec.json.encode(lines), columns=tuple(lines[0]) if lines else ())
    else:
        output.show(given, msgspec.json.encode(found))
    return 0
