"""`modelry mark`: what no official operation sets, done on the server's own machine."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from modelry.cli.given import add_place, settings_of, told
from modelry.cli.parsing import Parser, examples

if TYPE_CHECKING:
    from modelry.families.models.marks import Marks


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command."""
    parser = commands.add_parser(
        "mark",
        help="make a model a provider's public model, or put it into collections",
        description="Set a model's provider or its collections in the data folder, beside a running server or without.",
        epilog=examples(
            "modelry mark model-0a1b2c --provider pai --collection QuickStart",
            "modelry mark model-0a1b2c --collection QuickStart --collection Vision",
        ),
    )
    parser.add_argument("model_id", metavar="MODEL_ID")
    add_place(parser)
    parser.add_argument("--provider", help="whose public model it becomes; empty takes the provider away")
    parser.add_argument("--collection", action="append", metavar="NAME", help="one that it is in; repeat for several")
    parser.set_defaults(run=run)


def add_mark_provider(below: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """`modelry models mark-provider`."""
    below.add_parser(
        "mark-provider",
        help="make a model a provider's public model, in the data folder",
        description=(
            "Make a model a provider's public model, which no request can do. It is done in the data folder, on the\n"
            "server's own machine, beside a running server or without. `modelry mark` also knows collections."
        ),
        epilog=examples(
            "modelry models mark-provider model-0a1b2c pai --data /srv/modelry",
            "modelry models mark-provider model-0a1b2c --clear",
        ),
        fill=_fill_mark_provider,
    )


def _fill_mark_provider(parser: Parser) -> None:
    parser.add_argument("model_id", metavar="MODEL_ID", help="the id of a model")
    provider = parser.add_mutually_exclusive_group(required=True)
    provider.add_argument("provider", nargs="?", metavar="PROVIDER", help="whose public model it becomes")
    provider.add_argument("--clear", action="store_true", help="take the provider away; the model stays public")
    add_place(parser)
    parser.set_defaults(run=_run_mark_provider)


def run(given: argparse.Namespace) -> int:
    """Set what is given."""
    from modelry.families.models.marks import Marks

    return told(lambda: _mark(given, Marks(provider=given.provider, collections=given.collection)))


def _run_mark_provider(given: argparse.Namespace) -> int:
    from modelry.families.models.marks import Marks

    return told(lambda: _mark(given, Marks(provider="" if given.clear else given.provider)))


def _mark(given: argparse.Namespace, marks: "Marks") -> int:
    from modelry.cli.folder import found
    from modelry.errors import ApiError
    from modelry.families.models.marks import mark

    try:
        found(settings_of(given)).write_alone(lambda transaction: mark(transaction, given.model_id, marks))
    except ApiError as error:
        print(f"modelry: {error}", file=sys.stderr)
        return 1
    return 0
