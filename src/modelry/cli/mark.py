"""`modelry mark`: what no official operation sets, done on the server's own machine."""

import argparse
import os
import sys

from modelry.settings import SettingsError, loaded


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command."""
    parser = commands.add_parser(
        "mark",
        help="make a model a provider's public model, or put it into collections",
        description="Set a model's provider or its collections in the data folder, beside a running server or without.",
    )
    parser.add_argument("model_id", metavar="MODEL_ID")
    parser.add_argument("--data", help="the data folder of the server")
    parser.add_argument("--provider", help="whose public model it becomes; empty takes the provider away")
    parser.add_argument("--collection", action="append", metavar="NAME", help="one that it is in; repeat for several")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Set what is given."""
    from modelry.errors import ApiError
    from modelry.families.models.marks import Marks, mark
    from modelry.storage.database import FILE_NAME, write_alone

    try:
        folder = loaded({"data": given.data} if given.data else {}, os.environ).folder
        if not (folder / FILE_NAME).exists():
            print(f"modelry: there is no registry in {folder}", file=sys.stderr)
            return 1
        marks = Marks(provider=given.provider, collections=given.collection)
        write_alone(folder, lambda transaction: mark(transaction, given.model_id, marks))
    except (SettingsError, ApiError) as error:
        print(f"modelry: {error}", file=sys.stderr)
        return 1
    return 0
