"""`modelry serve`: prepare the data folder, start the workers, say where they are."""

import argparse
import os
import sys
from pathlib import Path

from modelry import settings as all_settings
from modelry.cli.banner import banner
from modelry.settings import FLAGS, Settings, SettingsError, loaded


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and a flag for every setting that may be one."""
    parser = commands.add_parser("serve", help="start the server", description="Start the server.")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML; a flag or the environment wins")
    notes = all_settings.described()
    for name in FLAGS:
        flag = f"--{name.replace('_', '-')}"
        default = getattr(Settings(), name)
        if isinstance(default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=notes[name])
        else:
            parser.add_argument(flag, metavar=name.rsplit("_", 1)[-1].upper(), help=notes[name])
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    from modelry.server import process
    from modelry.server.start import StartError, prepare

    flags = {name: value for name in FLAGS if (value := getattr(given, name)) is not None}
    try:
        settings = loaded(flags, os.environ, given.config)
        listener = process.listening(settings)
        prepared = prepare(settings)
        for note in prepared.notes:
            print(f"modelry: {note}", file=sys.stderr)
        if settings.demo:
            from modelry.access.sealing import Sealer
            from modelry.server.demo import fill

            fill(settings.folder, prepared.instance, prepared.root_key_id, Sealer(prepared.sealing_key))
        port: int = listener.getsockname()[1]
        process.serve(settings, prepared, listener, lambda: print(banner(settings, prepared, port), flush=True))
    except (SettingsError, StartError) as error:
        print(f"modelry: {error}", file=sys.stderr)
        return 1
    return 0
