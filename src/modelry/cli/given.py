"""The settings that a command is given, and what is wrong with them or with the data folder as one line."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from modelry import settings as all_settings
from modelry.settings import FLAGS, Settings, SettingsError, loaded


def add_flags(parser: argparse.ArgumentParser, names: Iterable[str] = FLAGS) -> None:
    """`--config`, and a flag for each of these settings."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML; a flag or the environment wins")
    notes = all_settings.described()
    for name in names:
        flag = f"--{name.replace('_', '-')}"
        default = getattr(Settings(), name)
        if isinstance(default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=notes[name])
        else:
            parser.add_argument(flag, metavar=name.rsplit("_", 1)[-1].upper(), help=notes[name])


def add_place(parser: argparse.ArgumentParser) -> None:
    """`--data`, `--database` and `--config`: which registry a command works on."""
    parser.add_argument("--data", metavar="DIR", help="the data folder; otherwise that of the settings")
    parser.add_argument("--database", metavar="URL", help="the PostgreSQL database; otherwise that of the settings")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the server's settings in TOML")


def flags_of(given: argparse.Namespace) -> dict[str, str | bool]:
    """The settings that were given as flags."""
    return {name: value for name in FLAGS if (value := getattr(given, name, None)) is not None}


def settings_of(given: argparse.Namespace) -> Settings:
    """The settings of a command, of its flags, the environment and the file.

    Raises:
        SettingsError: one is wrong.
    """
    return loaded(flags_of(given), os.environ, given.config)


def told(work: Callable[[], int]) -> int:
    """The exit code of `work`; 1, and one line that says why, if it cannot be done."""
    from modelry.server.start import REFUSALS, StartError
    from modelry.storage.stores import FAULTS

    try:
        return work()
    except (SettingsError, StartError, *REFUSALS, *FAULTS) as error:
        print(f"modelry: {error}", file=sys.stderr)
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"modelry: {error.filename or 'the data folder'}: {error.strerror or error}", file=sys.stderr)
    return 1
