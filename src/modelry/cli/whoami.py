"""`modelry whoami`: whose key signs."""

import argparse
from typing import Any

from modelry.cli import output, remote
from modelry.cli.parsing import Parser, examples
from modelry.cli.remote import reporting


def add_to(commands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The command."""
    commands.add_parser(
        "whoami",
        help="show whose key signs",
        description="Ask the server whose key signs: the account, a user or a session. It needs no permission.",
        epilog=examples("modelry whoami", "modelry whoami --profile research --query Arn -o tsv"),
        fill=_fill,
    )


def _fill(parser: Parser) -> None:
    remote.add_options(parser)
    output.add_options(parser)
    parser.set_defaults(run=reporting(run))


def run(given: argparse.Namespace) -> int:
    """Ask."""
    import msgspec

    from modelry.families.sts.operations import GET_CALLER_IDENTITY
    from modelry.families.sts.structs import GetCallerIdentity

    with remote.client(given) as client:
        identity = client.call(GET_CALLER_IDENTITY, GetCallerIdentity())
    output.show(given, msgspec.json.encode(identity), name=lambda entry: str(entry["Arn"]))
    return 0
