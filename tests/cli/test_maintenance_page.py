"""What docs/maintenance.md says is so."""

import re
from pathlib import Path

from modelry.cli import program
from modelry.cli.parsing import Parser
from modelry.server import checkup
from modelry.server.checks import content, folder
from modelry.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs/maintenance.md").read_text()


def commands(parser: Parser) -> set[str]:
    """Every command that does something, `keys reset-root` too."""
    found = set()
    for name, (_, below) in parser.below().items():
        inner = commands(below)
        found |= {f"{name} {each}" for each in inner} or {name}
    return found


def rows() -> list[str]:
    """The rows of the table of commands."""
    return re.findall(r"^\| (`modelry [^|]*)\|", PAGE.partition("## Settings")[0], re.MULTILINE)


def named(row: str) -> set[str]:
    """What a row is about: a word alone goes on with the group of the command before it."""
    found, group = set(), ""
    for code in re.findall(r"`([^`]+)`", row):
        words = code.removeprefix("modelry ").split()
        if code.startswith("modelry "):
            group = words[0]
            found.add(" ".join(words))
        else:
            found.add(f"{group} {code}")
    return found


def test_the_table_names_every_command_once_and_no_other() -> None:
    told = [each for row in rows() for each in named(row)]
    assert len(told) == len(set(told))
    known = commands(program())
    for command in known:
        assert sum(command == each or command.startswith(f"{each} ") for each in told) == 1, command
    for each in told:
        assert any(command == each or command.startswith(f"{each} ") for command in known), each


def test_the_checks_of_the_doctor_are_those_of_the_page() -> None:
    table = PAGE.partition("## Is it well")[2].partition("## Back up")[0]
    told = re.findall(r"^\| ([a-z ]+?)(?: \([A-Za-z]+\))? \|", table, re.MULTILINE)
    known = [name for checks in checkup.CHECKS.values() for name, _ in (*checks.of_folder, *checks.of_database)]
    assert told == list(dict.fromkeys(known))


def test_the_page_knows_the_numbers() -> None:
    assert Settings().migration_backups == 3
    assert "The\nnewest three stay" in PAGE
    assert f"less than {folder.FREE_LEAST_BYTES >> 20} MiB" in PAGE
    assert f"over {content.AHEAD_S // 60} minutes" in PAGE
