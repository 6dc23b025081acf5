"""`modelry move`: a registry from one database to another one."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from modelry.cli.given import add_place, settings_of, told
from modelry.cli.parsing import examples

if TYPE_CHECKING:
    from modelry.server.moving import Moved
    from modelry.settings import Settings
    from modelry.storage.store import Store


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command."""
    parser = commands.add_parser(
        "move",
        help="copy a registry into another database: SQLite, PostgreSQL",
        description=(
            "Copy everything that a registry holds into a database that has no registry, with the servers stopped:\n"
            "all of it or, when something goes wrong, nothing. Then read both sides and compare a checksum of every\n"
            "table. What was copied stays as it was."
        ),
        epilog=examples(
            "modelry move --data /srv/modelry --to postgresql://modelry@db.example/modelry",
            "modelry move --data /srv/modelry --database postgresql://modelry@db.example/modelry --to /srv/again",
        ),
        fill=_fill,
    )
    parser.set_defaults(run=run)


def _fill(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    parser.add_argument(
        "--to",
        required=True,
        metavar="URL_OR_DIR",
        help="a PostgreSQL database, or a data folder for SQLite, which also gets the keys",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="go on although others are connected to the PostgreSQL database; their writes wait until it is done",
    )


def run(given: argparse.Namespace) -> int:
    """Copy it."""
    return told(lambda: _run(given, settings_of(given)))


def _run(given: argparse.Namespace, settings: "Settings") -> int:
    from modelry.cli.steps import Steps
    from modelry.server.moving import moved

    target = _target(settings, given.to)
    with Steps() as progress:
        done = moved(settings, target, beside_others=given.force, progress=progress)
    print(_said(done))
    for line in _to_do(settings, target, done):
        print(f"  {line}")
    return 0


def _target(settings: "Settings", to: str) -> "Store":
    """The store that a URL or a folder names.

    Raises:
        SettingsError, StorageError: it is neither.
    """
    import msgspec

    from modelry.settings import SettingsError, is_database
    from modelry.storage.stores import SqliteStore, store_of

    if is_database(to):
        return store_of(msgspec.structs.replace(settings, database=to))
    if not to or "://" in to:
        raise SettingsError("--to is a URL, postgresql://user@host/name, or the name of a folder")
    return SqliteStore(Path(to))


def _said(done: "Moved") -> str:
    width = max(map(len, done.tables))
    rows = [f"{name:{width}}  {of.rows:>12,}  {of.checksum[:16]}" for name, of in sorted(done.tables.items())]
    total = sum(of.rows for of in done.tables.values())
    return (
        "\n".join(rows)
        + f"\n{len(rows)} tables with {total:,} rows are the same in {done.source} and in {done.target}\n"
        + f"checksum {done.checksum}"
    )


def _to_do(settings: "Settings", target: "Store", done: "Moved") -> list[str]:
    """What comes next."""
    from modelry.storage.stores import SqliteStore

    old = f"{done.source} is as it was: keep it until the new one serves, and start no server on it"
    if isinstance(target, SqliteStore):
        keys = ", ".join(path.name for path in done.keys)
        return [
            f"start servers with --data {target.folder} and without --database or MODELRY_DATABASE",
            *([f"{keys} was put into {target.folder} too"] if keys else []),
            old,
        ]
    return [
        f"start servers with --database {done.target} or MODELRY_DATABASE",
        f"the keys stay in {settings.folder}: every server needs the same sealing key, as a file or as a setting",
        old,
    ]
