"""`modelry keys reset-root` and `modelry keys rewrap`: another root key, another sealing key."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from modelry.cli.given import add_place, settings_of, told
from modelry.cli.parsing import examples
from modelry.settings import SettingsError

if TYPE_CHECKING:
    from modelry.settings import Settings

_NEW_KEY = "MODELRY_NEW_SEALING_KEY"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Both commands."""
    reset = commands.add_parser(
        "reset-root",
        help="give the account a new root key, when the secret is lost",
        description=(
            "Replace the access key of the account itself, with the server stopped. The new one is shown once and\n"
            "kept in root_access_key.json; or it is the one in MODELRY_ROOT_ACCESS_KEY_ID and _SECRET. The audit has\n"
            "a row of it. Keys of users stay as they are."
        ),
        epilog=examples("modelry keys reset-root --data /srv/modelry"),
        fill=_fill,
    )
    reset.set_defaults(run=lambda given: told(lambda: _reset(settings_of(given), force=given.force)))
    rewrap = commands.add_parser(
        "rewrap",
        help="seal the stored secrets with a new sealing key",
        description=(
            "Seal every stored secret with a new sealing key, with the server stopped. A new sealing.key takes the\n"
            f"place of the old one; or the key is the one in {_NEW_KEY} or the file that\n"
            f"{_NEW_KEY}_FILE names, which it has to be where MODELRY_SEALING_KEY gives the old one.\n"
            "Access keys stay as they are; security tokens and diagnostic messages of before no longer count."
        ),
        epilog=examples(
            "modelry keys rewrap --data /srv/modelry",
            f"{_NEW_KEY}_FILE=/run/secrets/new modelry keys rewrap",
        ),
        fill=_fill,
    )
    rewrap.set_defaults(run=lambda given: told(lambda: _rewrap(settings_of(given), force=given.force)))


def _fill(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    parser.add_argument(
        "--force", action="store_true", help="go on although others are connected to the PostgreSQL database"
    )


def _reset(settings: "Settings", *, force: bool) -> int:
    from modelry.cli.banner import key_lines
    from modelry.server.rekey import reset_root

    done = reset_root(settings, beside_others=force)
    print(f"replaced {', '.join(done.gone) or 'no key'}")
    print(key_lines(settings.folder, done.root.access_key_id, done.root if done.made_up else None), end="")
    return 0


def _rewrap(settings: "Settings", *, force: bool) -> int:
    from modelry.server.custody import key_of
    from modelry.server.rekey import rewrap

    given = _new_key()
    count = rewrap(settings, None if given is None else key_of(given, _NEW_KEY), beside_others=force)
    if count is None:
        print("everything is sealed with the new key already")
    else:
        print(f"{count} secrets are sealed with the new key; security tokens of before no longer count")
    if settings.sealing_key:
        print(f"MODELRY_SEALING_KEY has to give the server the key in {_NEW_KEY} from now on")
    else:
        print(f"the new key is in {settings.folder / 'sealing.key'}; backups of before need the old one")
    return 0


def _new_key() -> str | None:
    path = os.environ.get(f"{_NEW_KEY}_FILE")
    if not path:
        return os.environ.get(_NEW_KEY) or None
    try:
        return Path(path).read_text(errors="replace")
    except OSError as error:
        raise SettingsError(f"{_NEW_KEY}_FILE names a file that cannot be read: {error}") from error
