"""The command line: `modelry serve`, and what an operator does beside it."""

import argparse
import sys
from collections.abc import Callable, Sequence

from modelry import __version__
from modelry.cli import access, audit, mark, reference, serve

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 when it was refused, 2 when its arguments are wrong, or one of its own."""
    parser = argparse.ArgumentParser(prog="modelry", description="A model registry that speaks the API of PAI.")
    parser.add_argument("--version", action="version", version=f"modelry {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (serve, access, audit, mark, reference):
        command.add_to(commands)
    given = parser.parse_args(arguments)
    run: Command = given.run
    try:
        return run(given)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
