"""The command line: `modelry serve`, what an operator does beside it, and what everybody does with models."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from modelry import __version__
from modelry.cli import (
    access,
    audit,
    backup,
    bench,
    call,
    completion,
    config,
    doctor,
    export,
    import_,
    init,
    keys,
    labels,
    mark,
    members,
    migrate,
    models,
    move,
    policies,
    reference,
    restore,
    search,
    serve,
    terraform,
    tls,
    users,
    versions,
    whoami,
    workspaces,
)
from modelry.cli.parsing import Parser

Command = Callable[[argparse.Namespace], int]

COMMANDS = (
    *(models, versions, labels, search, workspaces, members, call),
    *(serve, init, tls, config, doctor, backup, restore, migrate, move, export, import_),
    *(keys, users, policies, whoami, access, audit, terraform, mark, bench, reference, completion),
)
"""In the order in which the help shows them."""

_EXIT_CODES = """\
exit codes: 0 done, 1 failed, 2 wrong usage, 3 denied or an expectation failed, 4 not found, 130 interrupted"""


def program() -> Parser:
    """The parser of the whole command line."""
    parser = Parser(
        prog="modelry",
        description="A model registry that speaks the API of PAI.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("--version", action="version", version=f"modelry {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    return parser


def main(arguments: Sequence[str] | None = None, working: AbstractContextManager[None] | None = None) -> int:
    """Run one command, inside `working`; its exit code is one of those that `modelry --help` names."""
    parser = program()
    if completion.ASKED in os.environ:
        completion.answer(parser)
    try:
        given = parser.parse_args(arguments)
        run: Command = given.run
        with working or nullcontext():
            code = run(given)
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("modelry: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _write_nowhere()
        return 1
    except OSError as error:
        print(f"modelry: {error}", file=sys.stderr)
        _write_nowhere()
        return 1
    return code


def _write_nowhere() -> None:
    """Have the interpreter's own last flush of the output meet no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
