"""`modelry workspaces`."""

from tests.cli.program import Program, new_name


def test_a_workspace_is_known_by_its_name_in_any_case(program: Program) -> None:
    name, workspace_id = program.new_workspace()
    for given in (name, name.upper(), workspace_id):
        assert program("workspaces", "show", given, "-o", "name").out == f"{workspace_id}\n"


def test_a_list_has_names_and_ids(program: Program) -> None:
    name, workspace_id = program.new_workspace()
    done = program("workspaces", "list", "--workspace-name", name)
    assert done.lines[0].split()[:2] == ["WorkspaceName", "WorkspaceId"]
    assert [line.split()[:2] for line in done.lines[1:]] == [[name, workspace_id]]
    assert name in program.on_terminal("workspaces", "list", "--workspace-name", name).out


def test_an_update_changes_what_is_given(program: Program) -> None:
    name, workspace_id = program.new_workspace()
    assert program("workspaces", "update", name, "--description", "models of vision").out == f"{workspace_id} updated\n"
    assert program("workspaces", "show", name, "--query", "Description").out == "models of vision\n"


def test_only_an_empty_workspace_is_deleted(program: Program) -> None:
    name, workspace_id = program.new_workspace()
    model, _ = program.new_model("--workspace", name)
    refused = program("workspaces", "delete", name, "--yes")
    assert refused.code == 1
    assert refused.err.startswith("modelry: WorkspaceNotEmpty: ")
    program("models", "delete", f"{name}/{model}", "--yes")
    assert program("workspaces", "delete", name, "--yes").out == f"{workspace_id} deleted\n"
    assert program("workspaces", "show", name).code == 4


def test_required_fields_are_asked_for(program: Program) -> None:
    done = program("workspaces", "create", new_name(), "--env-types", "prod")
    assert done.code == 2
    assert "--description" in done.err


def test_choices_are_checked(program: Program) -> None:
    done = program("workspaces", "create", new_name(), "--description", "d", "--env-types", "staging")
    assert done.code == 2
    assert "'dev', 'prod'" in done.err
