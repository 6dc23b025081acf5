"""`modelry members`."""

from collections.abc import Callable

import pytest

from tests.cli.program import Program, new_name

NewUser = Callable[[], tuple[str, str]]


@pytest.fixture
def new_user(program: Program) -> NewUser:
    """Makes a user: name and id."""

    def make() -> tuple[str, str]:
        name = new_name()
        return name, program("call", "Ram:CreateUser", "--user-name", name).data["User"]["UserId"]

    return make


def test_a_user_is_made_a_member_by_name_and_is_shown(program: Program, new_user: NewUser) -> None:
    workspace, workspace_id = program.new_workspace()
    name, user_id = new_user()
    roles = ("--role", "PAI.AlgoDeveloper", "--role", "PAI.LabelManager")
    assert program("members", "add", workspace, name, *roles, "-o", "name").out == f"{workspace_id}-{user_id}\n"
    done = program("members", "list", workspace)
    assert f"{workspace_id}-{user_id}" in done.out
    assert "PAI.AlgoDeveloper,PAI.LabelManager" in done.out
    assert name in program.on_terminal("members", "list", workspace).out


def test_roles_are_given_and_taken(program: Program, new_user: NewUser) -> None:
    workspace, _ = program.new_workspace()
    name, user_id = new_user()
    program("members", "add", workspace, user_id, "--role", "PAI.AlgoDeveloper")
    roles = ("members", "list", workspace, "-o", "json", "--query", f"[?UserId=='{user_id}'].Roles | [0]")
    assert program("members", "role", "add", workspace, name, "PAI.AlgoOperator").code == 0
    assert program(*roles).data == ["PAI.AlgoDeveloper", "PAI.AlgoOperator"]
    assert program("members", "role", "remove", workspace, user_id, "PAI.AlgoDeveloper").code == 0
    assert program(*roles).data == ["PAI.AlgoOperator"]


def test_members_are_removed_all_or_none(program: Program, new_user: NewUser) -> None:
    workspace, _ = program.new_workspace()
    (one, _), (two, two_id) = new_user(), new_user()
    for name in (one, two):
        program("members", "add", workspace, name, "--role", "PAI.AlgoDeveloper")
    count = ("members", "list", workspace, "-o", "json", "--query", "length(@)")
    assert program("members", "remove", workspace, one, two).code == 2
    assert program("members", "remove", workspace, one, "nobody", "--yes").code == 4
    assert program(*count).data == 3
    assert program.on_terminal("members", "remove", workspace, one, two_id, typed="y\n").code == 0
    assert program(*count).data == 1


def test_unknown_users_and_workspaces_are_not_found(program: Program) -> None:
    workspace, _ = program.new_workspace()
    assert program("members", "add", workspace, "nobody", "--role", "PAI.AlgoDeveloper").code == 4
    assert program("members", "list", "no_such_workspace").code == 4
    assert program("members", "role", "add", workspace, "nobody", "PAI.AlgoDeveloper").code == 4


def test_an_unknown_role_is_refused_with_those_that_there_are(program: Program, new_user: NewUser) -> None:
    workspace, _ = program.new_workspace()
    name, _ = new_user()
    done = program("members", "add", workspace, name, "--role", "PAI.Nobody")
    assert done.code == 1
    assert done.err.startswith("modelry: InvalidRole: ")
