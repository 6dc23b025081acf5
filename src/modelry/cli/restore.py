"""`modelry restore`: a data folder out of a backup."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from modelry.cli.given import flags_of, told
from modelry.cli.parsing import examples

if TYPE_CHECKING:
    from sqlite3 import Connection

    from modelry.settings import Settings
    from modelry.storage.backup import Manifest


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command."""
    parser = commands.add_parser(
        "restore",
        help="make a data folder of a backup, or verify one",
        description=(
            "Make a new data folder of a backup, or only verify one. The folder has to be empty, so no server uses\n"
            "it. A backup of any registry may go into SQLite or PostgreSQL; that database has no registry before. A\n"
            "backup that was cut short or altered is refused."
        ),
        epilog=examples(
            "modelry restore --verify /backups/modelry.tar",
            "modelry restore /backups/modelry.tar --data /srv/restored",
            "modelry restore /backups/modelry.tar --data /srv/restored --database postgresql://modelry@db.example/modelry",
        ),
        fill=_fill,
    )
    parser.set_defaults(run=run)


def _fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("backup", type=Path, metavar="BACKUP", help="the file")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the folder to make; it may be there if it is empty")
    parser.add_argument(
        "--database",
        metavar="URL",
        help="the PostgreSQL database for the data, which has no registry yet; otherwise that of the settings, or none",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="only read it to the end, and unpack it into the folder for temporary files to check the database",
    )


def run(given: argparse.Namespace) -> int:
    """Restore, or verify."""
    return told(lambda: _run(given))


def _run(given: argparse.Namespace) -> int:
    from modelry.settings import SettingsError, loaded, without_password

    if given.verify:
        print(f"{given.backup} is whole: {_described(_verified(given.backup))}")
        return 0
    if given.data is None:
        raise SettingsError("say which folder to make: --data DIR; or --verify to make none")
    settings = loaded(flags_of(given) | {"data": str(given.data)}, os.environ)
    manifest = _restored(given.backup, settings)
    place = f"{given.data} is restored"
    if settings.database:
        place += f", its data in {without_password(settings.database)}"
    print(f"{place}: {_described(manifest)}")
    for line in _to_know(settings, manifest):
        print(f"  {line}")
    return 0


def _verified(backup: Path) -> "Manifest":
    from tempfile import TemporaryDirectory

    from modelry.cli.steps import Steps
    from modelry.storage.backup import verified
    from modelry.storage.restore import extract

    with Steps() as progress, TemporaryDirectory(prefix="modelry-verify-") as place:
        manifest = verified(backup, progress)
        extract(backup, manifest, Path(place), _check, progress)
    return manifest


def _restored(backup: Path, settings: "Settings") -> "Manifest":
    from modelry.cli.steps import Steps
    from modelry.server.moving import filling
    from modelry.storage.restore import restore
    from modelry.storage.stores import store_of

    put = filling(store_of(settings)) if settings.database else None
    with Steps() as progress:
        return restore(backup, settings.folder, _check, progress, put=put)


def _check(raw: "Connection") -> None:
    from modelry.server.upgrade import check_known

    check_known(raw)


def _described(manifest: "Manifest") -> str:
    from modelry.cli.backup import described
    from modelry.storage.backup import SEALING_KEY_NAME

    key = "with" if manifest.has(SEALING_KEY_NAME) else "without"
    return f"{described(manifest)}, {key} the sealing key"


def _to_know(settings: "Settings", manifest: "Manifest") -> list[str]:
    """What is missing, and what the restored state means."""
    from modelry.storage.backup import SEALING_KEY_NAME

    lines = [
        f"what was done after {manifest.created_at} is not in it: access that was taken away since is back",
        "requests dated before the first start of the restored server are refused: nobody knows which were used",
        "the secret of the root access key is where you keep it; if it is lost: modelry keys reset-root",
    ]
    about_key = _about_key(settings, within=manifest.has(SEALING_KEY_NAME))
    return [about_key, *lines] if about_key else lines


def _about_key(settings: "Settings", *, within: bool) -> str:
    """Whether the sealing key is there by other ways than in the backup; nothing where there is nothing to know."""
    from modelry.access.sealing import SealError
    from modelry.server import custody
    from modelry.storage.backup import SEALING_KEY_NAME
    from modelry.storage.stores import store_of

    missing = (
        f"missing: the sealing key of the folder that was backed up. Put its {SEALING_KEY_NAME} into {settings.folder},"
        " or set MODELRY_SEALING_KEY; the server does not start without it"
    )
    if not settings.sealing_key:
        return "" if within else missing
    with store_of(settings).reading() as database:
        try:
            custody.check_opens(custody.sealing_key(settings), database)
        except (SealError, custody.CustodyError):
            another = "the one in MODELRY_SEALING_KEY is another one"
            return f"{another} than that of the backup: take it out" if within else f"{missing} ({another})"
    return "the sealing key is the one in MODELRY_SEALING_KEY"
