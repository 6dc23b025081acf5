"""What the real parsers say of command lines that the pages show."""

import argparse
import contextlib
import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from modelry.cli import program
from modelry.cli.parsing import Parser

_PLACEHOLDER = re.compile(r"[A-Z][A-Z_-]*|\.\.\.|…|<.*>")


def refusal(arguments: list[str]) -> str:
    """Why the parser does not take a whole command line; empty if it does. Nothing is run.

    The files that it names as `@FILE` are read by the parser, so they are there, and hold an empty object.
    """
    said = io.StringIO()
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name in (each[1:] for each in arguments if each.startswith("@")):
            Path(name).write_text("{}")
        try:
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
                program().parse_args(arguments)
        except SystemExit as end:
            return said.getvalue() if end.code else ""
    return ""


def unknown(arguments: list[str]) -> list[str]:
    """The commands and options of a command line that do not exist; it need not be a whole one."""
    parser: argparse.ArgumentParser = program()
    wrong: list[str] = []
    in_options = False
    for word in (word.strip("[],") for word in arguments):
        below = _below(parser)
        if word.startswith("-"):
            in_options = True
            wrong += [] if _knows(parser, word) else [word]
        elif not in_options and below:
            if _PLACEHOLDER.fullmatch(word):
                return wrong
            if word not in below:
                return [*wrong, word]
            parser = below[word]
    return wrong


def _below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    if isinstance(parser, Parser):
        parser.filled()
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return {name: each for group in groups for name, each in group.choices.items()}


def _knows(parser: argparse.ArgumentParser, word: str) -> bool:
    name = word.partition("=")[0]
    if name in {"-", "--"} or re.fullmatch(r"-\d+", name):
        return True
    known = parser._option_string_actions
    return name in known or (not name.startswith("--") and name[:2] in known)
