"""`modelry labels`."""

import argparse
from functools import partial
from typing import TYPE_CHECKING, Any

from modelry.cli import remote
from modelry.cli.parsing import Parser, examples, group
from modelry.cli.remote import reporting
from modelry.cli.verbs import add_named

if TYPE_CHECKING:
    from modelry.client import Client

_TARGET = "a model, or a version with @VERSION; a name or an id"


def add_to(commands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The command."""
    help_ = "set and unset labels of models and versions"
    commands.add_parser("labels", help=help_, description=f"{help_.capitalize()}.", fill=_fill)


def _fill(parser: Parser) -> None:
    below = group(parser)
    below.add_parser(
        "set",
        help="write labels; a known key gets the new value",
        description="Write labels on a model or a version; a known key gets the new value, others stay.",
        epilog=examples("modelry labels set resnet env=prod owner=vision", "modelry labels set resnet@latest gpu=a100"),
        fill=partial(_fill_one, "KEY=VALUE", set_labels),
    )
    below.add_parser(
        "unset",
        help="take labels off",
        description="Take labels off a model or a version; a key that it does not have is no error.",
        epilog=examples("modelry labels unset resnet owner", "modelry labels unset team/resnet@0.2.0 gpu env"),
        fill=partial(_fill_one, "KEY", unset_labels),
    )


def _fill_one(metavar: str, run: remote.Command, parser: Parser) -> None:
    add_named(parser, "version", metavar="TARGET", help_=_TARGET)
    parser.add_argument("labels", nargs="+", metavar=metavar)
    remote.add_options(parser)
    parser.set_defaults(run=reporting(run))


def set_labels(given: argparse.Namespace) -> int:
    """Write labels."""
    pairs = [text.partition("=") for text in given.labels]
    wrong = next((key for key, equals, _ in pairs if not (key and equals)), None)
    if wrong is not None:
        raise remote.WrongUsage(f"{wrong!r} is no label: it is written KEY=VALUE")
    labels = [{"Key": key, "Value": value} for key, _, value in pairs]
    with remote.client(given) as client:
        _send(client, given.named, "CREATE", {"Labels": labels})
    return 0


def unset_labels(given: argparse.Namespace) -> int:
    """Take labels off."""
    with remote.client(given) as client:
        _send(client, given.named, "DELETE", {"LabelKeys": given.labels})
    return 0


def _send(client: "Client", text: str, verb: str, fields: dict[str, object]) -> None:
    import msgspec

    from modelry.cli import naming
    from modelry.families.model_versions import operations as of_versions
    from modelry.families.models import operations as of_models

    model_id, version_name = naming.target(client, text)
    address = {"ModelId": model_id}
    if version_name is None:
        operation = getattr(of_models, f"{verb}_MODEL_LABELS")
    else:
        operation = getattr(of_versions, f"{verb}_MODEL_VERSION_LABELS")
        address["VersionName"] = version_name
    client.call(operation, msgspec.convert(address | fields, type=operation.request))
