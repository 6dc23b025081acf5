"""`modelry keys`: access keys, and the two keys of the data folder itself."""

import argparse

from modelry.cli import keys_api, rekey
from modelry.cli.parsing import group

_PARTS = (keys_api, rekey)
"""Modules whose `add_to` adds commands to the group."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The group."""
    commands.add_parser("keys", help="manage access keys", description="Manage access keys.", fill=_fill)


def _fill(parser: argparse.ArgumentParser) -> None:
    below = group(parser)
    for part in _PARTS:
        part.add_to(below)
