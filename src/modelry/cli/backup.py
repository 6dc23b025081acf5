"""`modelry backup`: one file with one state of the data."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from modelry.cli.given import add_place, settings_of, told
from modelry.cli.parsing import examples

if TYPE_CHECKING:
    from modelry.settings import Settings
    from modelry.storage.backup import Manifest


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command."""
    parser = commands.add_parser(
        "backup",
        help="write one file with one state of the data",
        description=(
            "Write a registry's backup, beside a running server or without; no write waits for it. It is the same\n"
            "kind of file whatever database the registry is in. The key that seals the secrets is left out unless\n"
            "asked for: keep it elsewhere."
        ),
        epilog=examples(
            "modelry backup /backups/modelry.tar --data /srv/modelry",
            "modelry backup /backups/  # a new file named for the account and the time",
        ),
        fill=_fill,
    )
    parser.set_defaults(run=run)


def _fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target", type=Path, metavar="DEST", help="the file, or a folder for a file with a name of its own"
    )
    add_place(parser)
    parser.add_argument(
        "--with-sealing-key",
        action="store_true",
        help="put the sealing key in too: who has the file then has every access key",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace DEST, once the new backup is complete")


def run(given: argparse.Namespace) -> int:
    """Write it."""
    return told(lambda: _run(given, settings_of(given)))


def _run(given: argparse.Namespace, settings: "Settings") -> int:
    from sqlite3 import Connection as RawConnection

    from modelry.cli.steps import Steps
    from modelry.server import custody
    from modelry.server.moving import saving
    from modelry.storage.backup import BackupError, back_up
    from modelry.storage.database import Connection
    from modelry.storage.stores import store_of

    store = store_of(settings)
    if not store.exists():
        raise BackupError(f"there is no registry in {store.name}")
    target = _file(given.target)
    if target.exists() and not given.overwrite:
        raise BackupError(f"{target} is there already; --overwrite replaces it")
    key = custody.sealing_key(settings) if given.with_sealing_key else None

    def check(raw: RawConnection) -> None:
        if key is not None:
            custody.check_opens(key, Connection(raw))

    with Steps() as progress:
        manifest = back_up(saving(store), target, sealing_key=key, check=check, progress=progress)
    print(_said(target, manifest))
    return 0


def _file(target: Path) -> Path:
    if target.is_dir():
        return target / f"modelry-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.tar"
    return target


def _said(target: Path, manifest: "Manifest") -> str:
    from modelry.storage.backup import SEALING_KEY_NAME

    size = sum(member.size_bytes for member in manifest.members)
    key = "with" if manifest.has(SEALING_KEY_NAME) else "without"
    return f"{target}: {described(manifest)}, {size:,} bytes, {key} the sealing key"


def described(manifest: "Manifest") -> str:
    """What a backup is of, in a line."""
    models, versions = (manifest.rows.get(table, 0) for table in ("models", "model_versions"))
    return (
        f"account {manifest.account_id}, region {manifest.region}, as of {manifest.created_at},"
        f" {models} models, {versions} versions"
    )
