"""What is so of every command: it works on a pipe and on a terminal, and whatever ends it early leaves no traceback."""

import os
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from modelry.cli import program as parser
from modelry.cli.parsing import Parser
from modelry.storage import migrations
from modelry.storage.sqlite import SqliteSchema
from tests.cli import every_command
from tests.cli.every_command import API, OFFLINE, QUIET, ROWS, UNTIL_STOPPED, Stopped, Things, nameless
from tests.cli.folder_steps import ran, states
from tests.cli.program import COMMAND, Program, address, silent_server
from tests.registry import Registry

_PATIENCE_S = 60
_IMPORTED = b"import time:"
"""How a line of Python's own report of its imports begins: it tells how far a program is."""

_ENDED = {0, 130, -signal.SIGINT}
"""Done already or interrupted, which a shell tells as 130 too if Python itself ends by the signal in the end."""

EARLY = (b"modelry.cli.parsing", b"modelry.cli.remote", b"modelry.settings")
_IN_A_CALLBACK = """
import signal, time, weakref
from modelry.__main__ import Working

scope = {"signal": signal}
source = "def lock_gone(_): signal.raise_signal(signal.SIGINT)"
exec(compile(source, "<frozen importlib._bootstrap>", "exec"), scope)
thing = type("Thing", (), {})()
gone = weakref.ref(thing, scope["lock_gone"])
try:
    with Working():
        del thing
        time.sleep(30)
except KeyboardInterrupt:
    print("interrupted")
"""
"""Ctrl-C in the callback with which Python lets go of a module's lock, from which no exception comes out."""

LATE = (b"modelry.contract.text", b"modelry.storage.database", b"modelry.contract.operation", b"msgspec")


def commands(of: Parser) -> dict[str, Parser]:
    """Every command that does something; the operations below `modelry call` are one."""
    found: dict[str, Parser] = {}
    for name, (_, below) in of.below().items():
        inner = commands(below) if below.shown_below else {}
        found |= {f"{name} {each}": command for each, command in inner.items()} or {name: below}
    return found


@pytest.fixture(scope="session")
def stopped(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    """What commands without a server are given."""
    return every_command.stopped(registry, tmp_path_factory.mktemp("stopped"))


@pytest.fixture
def things(registry: Registry, stopped: Stopped, tmp_path: Path) -> Things:
    """What the arguments name."""
    return Things(registry, stopped, tmp_path)


@pytest.fixture(scope="session")
def begun(program: Program) -> Callable[..., "subprocess.Popen[bytes]"]:
    """Starts the program on pipes, without a data folder of its own."""

    def begin(*arguments: str, stdout: int = subprocess.PIPE, **environment: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env={**program.environment, **environment},
        )

    return begin


def assert_one_line(errors: bytes) -> None:
    assert b"Traceback" not in errors
    assert errors.splitlines() in ([], [b"modelry: interrupted"])


def test_every_command_has_a_row_and_every_row_a_command() -> None:
    assert commands(parser()).keys() == ROWS.keys() | UNTIL_STOPPED.keys()


@pytest.mark.parametrize("name", sorted(commands(parser())))
def test_the_help_has_examples_of_the_command(name: str) -> None:
    _, _, examples = commands(parser())[name].format_help().partition("\nexamples:\n")
    assert f"modelry {name}" in examples


@pytest.mark.parametrize("name", ROWS)
def test_a_command_works_on_a_pipe(program: Program, things: Things, name: str) -> None:
    done = program(*things.arguments(name, ROWS[name]), TMPDIR=str(things.place))
    assert done.code == 0, done
    assert "\x1b" not in done.out + done.err
    assert "Traceback" not in done.err
    assert bool(done.out) == (name not in QUIET)


@pytest.mark.parametrize("name", ROWS)
def test_a_command_works_on_a_terminal(program: Program, things: Things, name: str) -> None:
    shown = program.on_terminal(*things.arguments(name, ROWS[name]), TMPDIR=str(things.place))
    assert shown.code == 0, shown
    assert "Traceback" not in shown.out
    assert bool(shown.out) == (name not in QUIET)


@pytest.mark.parametrize("name", ROWS)
def test_a_reader_that_has_gone_is_no_traceback(
    begun: "Callable[..., subprocess.Popen[bytes]]", things: Things, name: str
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = begun(*things.arguments(name, ROWS[name]), stdout=writer, TMPDIR=str(things.place))
    os.close(writer)
    _, errors = process.communicate(timeout=_PATIENCE_S)
    assert process.returncode in {0, 1}
    assert b"Traceback" not in errors
    assert b"BrokenPipe" not in errors


def test_a_model_is_marked_and_cleared_beside_the_server(registry: Registry, program: Program, things: Things) -> None:
    def marked(*arguments: str) -> str | None:
        command = ("models", "mark-provider", things["model_id"], *arguments)
        assert program(*command, "--data", str(registry.folder)).code == 0
        shown: str | None = program("models", "show", things["model_id"], "-o", "json").data.get("Provider")
        return shown

    assert marked("pai") == "pai"
    assert marked("--clear") is None


@pytest.mark.parametrize("arguments", [(), ("pai", "--clear")])
def test_a_mark_needs_a_provider_or_that_there_is_none(program: Program, arguments: tuple[str, ...]) -> None:
    done = program("models", "mark-provider", "model-1", *arguments)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)


def test_ctrl_c_is_not_lost_in_an_import() -> None:
    done = subprocess.run([COMMAND[0], "-c", _IN_A_CALLBACK], capture_output=True, check=True, timeout=_PATIENCE_S)
    assert (done.stdout, done.stderr) == (b"interrupted\n", b"")


def test_a_closed_output_is_no_traceback(program: Program) -> None:
    line = 'exec "$@" >&-'
    done = subprocess.run(
        ["sh", "-c", line, "sh", *COMMAND, "config", "show"], env=program.environment, capture_output=True, check=True
    )
    assert done.stderr == b""


@pytest.mark.parametrize("name", API)
def test_a_server_that_is_gone_is_told_in_two_lines(program: Program, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = address(listener)
    done = program(*nameless(name), MODELRY_ENDPOINT=closed)
    assert (done.code, done.out) == (1, "")
    first, *rest = done.err.splitlines()
    assert first.startswith("modelry: ")
    assert len(rest) <= 1


@pytest.mark.parametrize("name", API)
def test_ctrl_c_while_a_server_is_waited_for_is_one_line(
    begun: "Callable[..., subprocess.Popen[bytes]]", name: str
) -> None:
    with silent_server() as listener:
        process = begun(*nameless(name), MODELRY_ENDPOINT=address(listener))
        connection, _ = listener.accept()
        with connection:
            connection.recv(1)
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=_PATIENCE_S)
    assert (process.returncode, out, errors) == (130, b"", b"modelry: interrupted\n")


@pytest.mark.parametrize("moment", [EARLY, LATE], ids=["early", "late"])
@pytest.mark.parametrize("name", [name for name in ROWS if name not in API])
def test_ctrl_c_is_at_most_one_line_and_no_partial_state(
    begun: "Callable[..., subprocess.Popen[bytes]]", things: Things, name: str, moment: tuple[bytes, ...]
) -> None:
    arguments = things.arguments(name, ROWS[name])
    process = begun(*arguments, TMPDIR=str(things.place), PYTHONPROFILEIMPORTTIME="1")
    errors = _interrupted_after(process, moment)
    assert process.returncode in _ENDED
    assert_one_line(errors)
    if name in OFFLINE:
        _assert_whole(things, name)


def test_a_folder_that_was_cut_off_before_its_tables_is_made_whole(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "modelry.sqlite", isolation_level=None)) as raw:
        migrations.apply(SqliteSchema(raw), [])
    ran("init", "--data", tmp_path)
    assert set(states(tmp_path).values()) == {"ok"}


@pytest.mark.parametrize("name", UNTIL_STOPPED)
def test_ctrl_c_ends_what_runs_until_then(
    begun: "Callable[..., subprocess.Popen[bytes]]", things: Things, name: str
) -> None:
    process = begun(*things.arguments(name, UNTIL_STOPPED[name]), MODELRY_ACCESS_LOG="false")
    assert process.stdout is not None
    shown = b"".join(iter(process.stdout.readline, b"Terraform\n"))
    assert b"Modelry listens at" in shown
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=_PATIENCE_S)
    assert process.returncode == 0
    assert b"Traceback" not in errors
    assert states(Path(things["new"]))["integrity"] == "ok"


@pytest.mark.parametrize("moment", [EARLY, LATE], ids=["early", "late"])
@pytest.mark.parametrize("name", UNTIL_STOPPED)
def test_ctrl_c_before_it_runs_is_at_most_one_line(
    begun: "Callable[..., subprocess.Popen[bytes]]", things: Things, name: str, moment: tuple[bytes, ...]
) -> None:
    process = begun(*things.arguments(name, UNTIL_STOPPED[name]), PYTHONPROFILEIMPORTTIME="1")
    errors = _interrupted_after(process, moment)
    assert process.returncode in _ENDED
    assert_one_line(errors)


def _interrupted_after(process: "subprocess.Popen[bytes]", moment: tuple[bytes, ...]) -> bytes:
    """Have Ctrl-C come once one of these is imported; what the program itself says on standard error."""
    assert process.stderr is not None
    said = []
    for line in _lines(process.stderr.readline):
        if not line.startswith(_IMPORTED):
            said.append(line)
        elif line.split(b"|")[-1].strip() in moment:
            process.send_signal(signal.SIGINT)
            break
    else:
        raise AssertionError(f"it imports none of {moment}")
    _, rest = process.communicate(timeout=_PATIENCE_S)
    return b"".join([*said, *(line for line in rest.splitlines(keepends=True) if not line.startswith(_IMPORTED))])


def _lines(read: Callable[[], bytes]) -> Iterator[bytes]:
    return iter(read, b"")


def _assert_whole(things: Things, name: str) -> None:
    """There is nothing, or a data folder in which all is well."""
    folder = Path(things["new" if "{new}" in OFFLINE[name] else "stopped"])
    if folder.exists() and any(folder.iterdir()):
        assert states(folder)["integrity"] == "ok"
        assert "failed" not in states(folder).values()
