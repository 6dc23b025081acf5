"""What the tests of commands share: a team for `modelry access`, the program against a server for the others."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.cli.team import Access, Team, made
from tests.registry import Registry, running


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A team on a server of its own."""
    with running(tmp_path_factory.mktemp("access") / "data") as server:
        yield made(server)


@pytest.fixture
def access(team: Team, capsys: pytest.CaptureFixture[str]) -> Access:
    """The command over the team's data, beside the running server."""
    return Access(team.folder, capsys)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, object], str]:
    """Writes a file, as JSON unless it is text already; its path."""

    def write(name: str, content: object) -> str:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


@pytest.fixture(scope="session")
def program(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The program with the key of the account, against the shared server."""
    return Program(registry, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def stranger(program: Program) -> Program:
    """The program with the key of a user who may do nothing."""
    name = program("call", "Ram:CreateUser", "--user-name", "stranger").data["User"]["UserName"]
    key = program("call", "Ram:CreateAccessKey", "--user-name", name).data["AccessKey"]
    return program.as_(key["AccessKeyId"], key["AccessKeySecret"])
