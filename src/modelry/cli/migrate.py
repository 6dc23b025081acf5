"""`modelry migrate`: bring the schema up to date without serving."""

import argparse
import sys
from typing import TYPE_CHECKING

from modelry.cli.given import add_place, settings_of, told
from modelry.cli.parsing import examples

if TYPE_CHECKING:
    from modelry.settings import Settings
    from modelry.storage.migrations import Migration
    from modelry.storage.store import Store

PENDING = 3
"""Exit code of `--check`."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command."""
    parser = commands.add_parser(
        "migrate",
        help="bring the schema of a data folder up to date",
        description=(
            "Apply what is pending, with the server stopped, after a backup into the folder itself; `modelry serve`\n"
            "does the same at its start. --plan and --check change nothing and may run beside a server."
        ),
        epilog=examples("modelry migrate --plan", "modelry migrate --check || echo pending"),
        fill=_fill,
    )
    parser.set_defaults(run=run)


def _fill(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--plan", action="store_true", help="list what is pending")
    only.add_argument(
        "--check",
        action="store_true",
        help=f"exit code 0: nothing is pending; {PENDING}: something is; 1: it cannot be",
    )


def run(given: argparse.Namespace) -> int:
    """Apply, or say what would be applied."""
    return told(lambda: _run(given, settings_of(given)))


def _run(given: argparse.Namespace, settings: "Settings") -> int:
    from modelry.cli.folder import found
    from modelry.server.upgrade import pending

    store = found(settings)
    if given.plan or given.check:
        left = pending(store)
        if given.plan:
            for migration in left:
                print(_line(migration))
        print(f"{len(left)} pending" if left else "nothing is pending")
        return PENDING if given.check and left else 0
    return _apply(settings, store)


def _apply(settings: "Settings", store: "Store") -> int:
    from modelry.cli.steps import Steps
    from modelry.server.upgrade import upgraded
    from modelry.storage.folder import held

    with held(settings.folder), Steps() as progress:
        upgrade = upgraded(store, keep=settings.migration_backups, progress=progress)
    for migration in upgrade.applied:
        print(_line(migration))
    print(f"{len(upgrade.applied)} applied" if upgrade.applied else "nothing is pending")
    if upgrade.backup is not None:
        print(f"modelry: the data of before is in {upgrade.backup}", file=sys.stderr)
    return 0


def _line(migration: "Migration") -> str:
    effect = f"contracts: {migration.contracts}" if migration.contracts else "expands"
    return f"{migration.family}/{migration.name}  {effect}"
