"""`modelry init`: a data folder, without serving it."""

import argparse
from typing import TYPE_CHECKING

from modelry.cli.banner import key_lines
from modelry.cli.given import add_flags, settings_of, told
from modelry.cli.parsing import examples
from modelry.settings import without_password

if TYPE_CHECKING:
    from modelry.server.custody import RootKey
    from modelry.settings import Settings
    from modelry.storage.instance import Instance

_SETTINGS = ("data", "database", "account_id", "region")


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command."""
    parser = commands.add_parser(
        "init",
        help="make a data folder, its keys and its default workspace",
        description=(
            "Make a data folder as the first `modelry serve` does: keys, account, default workspace. Where there is a\n"
            "registry in the folder, or in the PostgreSQL database, nothing is changed, and a server may run."
        ),
        epilog=examples(
            "modelry init --data /srv/modelry", "modelry init --account-id 1234567890123456 --region eu-central-1"
        ),
        fill=lambda parser: add_flags(parser, _SETTINGS),
    )
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Make what is missing, and say what there is."""
    return told(lambda: _run(settings_of(given)))


def _run(settings: "Settings") -> int:
    from modelry.server.start import prepare

    there = _there(settings)
    if there is not None:
        print(_said("is there already", settings, *there, None), end="")
        return 0
    prepared = prepare(settings)
    print(_said("is made", settings, prepared.instance, prepared.root_key_id, prepared.new_root_key), end="")
    return 0


def _there(settings: "Settings") -> "tuple[Instance, str] | None":
    """The registry that the folder has already, and the id of its root key."""
    from modelry.families.ram.keys.store import root_key
    from modelry.storage.instance import confirmed, instance
    from modelry.storage.stores import store_of

    store = store_of(settings)
    if not store.exists():
        return None
    with store.schema() as schema:
        if not all(map(schema.has_table, ("instance", "access_keys"))):
            return None  # it was cut off
    with store.reading() as database:
        found, root = instance(database), root_key(database)
    if found is None or root is None:
        return None
    return confirmed(found, settings.account_id, settings.region), root.principal.access_key_id


def _said(what: str, settings: "Settings", found: "Instance", root_key_id: str, made: "RootKey | None") -> str:
    return (
        f"the registry in {without_password(settings.database) or settings.folder} {what}\n"
        f"  account {found.account_id}, region {found.region}\n"
        f"{key_lines(settings.folder, root_key_id, made)}"
    )
