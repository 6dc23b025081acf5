"""Names in place of ids."""

import pytest

from modelry.cli.naming import Reading, Written, quoted, written
from modelry.cli.remote import WrongUsage
from tests.cli.program import Program, new_name

ID = "model-0123456789abcdefghij"

READ = [
    ("resnet", Written((Reading(None, "resnet"),), None, None)),
    ("resnet@0.2.0", Written((Reading(None, "resnet"),), None, "0.2.0")),
    ("resnet@0.2.0_beta", Written((Reading(None, "resnet"),), None, "0.2.0_beta")),
    ("resnet@latest", Written((Reading(None, "resnet"),), None, "latest")),
    ("a@b", Written((Reading(None, "a@b"),), None, None)),
    ("a@1.0", Written((Reading(None, "a@1.0"),), None, None)),
    ("a@1.0.0@approved", Written((Reading(None, "a@1.0.0"),), None, "approved")),
    ("team/resnet", Written((Reading("team", "resnet"), Reading(None, "team/resnet")), None, None)),
    ("a/b/c", Written((Reading("a", "b/c"), Reading(None, "a/b/c")), None, None)),
    ('"a/b"', Written((Reading(None, "a/b"),), None, None)),
    ('team/"a/b"@latest', Written((Reading("team", "a/b"),), None, "latest")),
    ('"a@1.0.0"', Written((Reading(None, "a@1.0.0"),), None, None)),
    ('"a@1.0.0"@0.1.0', Written((Reading(None, "a@1.0.0"),), None, "0.1.0")),
    (r'"5\" disk \\"', Written((Reading(None, '5" disk \\'),), None, None)),
    ("back\\slash", Written((Reading(None, "back\\slash"),), None, None)),
    (ID, Written((), ID, None)),
    (f"{ID}@latest", Written((), ID, "latest")),
    (f'"{ID}"', Written((Reading(None, ID),), None, None)),
    ("model-final", Written((Reading(None, "model-final"),), None, None)),
]


@pytest.mark.parametrize(("text", "read"), READ, ids=[text for text, _ in READ])
def test_a_name_is_taken_apart(text: str, read: Written) -> None:
    assert written(text) == read


@pytest.mark.parametrize("text", ["", "@latest", "/", "/a", "a/", '""', '"a', 'a"b', "@0.1.0"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage):
        written(text)


@pytest.mark.parametrize("name", ["plain", "with blank", "a/b", "x@1.0.0", 'say "hi"', "back\\", ID, "模型"])
def test_a_quoted_name_is_read_as_itself(name: str) -> None:
    assert written(quoted(name)) == Written((Reading(None, name),), None, None)


@pytest.mark.parametrize("pattern", ["{}/{}", "{}@1.0.0", 'say "{}"', "model-{}", "{} blank", "模型 {}", "100%{}"])
def test_any_name_is_found_when_it_is_quoted(program: Program, pattern: str) -> None:
    name, model_id = program.new_model(name=pattern.format(*(new_name(), new_name())))
    assert program("models", "show", quoted(name), "-o", "name").out == f"{model_id}\n"


def test_a_slash_may_be_part_of_a_name(program: Program) -> None:
    name, model_id = program.new_model(name=f"{new_name()}/7B")
    assert program("models", "show", name, "-o", "name").out == f"{model_id}\n"


def test_one_name_in_two_workspaces_is_ambiguous_and_the_choices_are_listed(program: Program) -> None:
    (one, _), (two, _) = program.new_workspace(), program.new_workspace()
    name = new_name()
    ids = [program.new_model("--workspace", workspace, name=name)[1] for workspace in (one, two)]
    done = program("models", "show", name)
    assert (done.code, done.out) == (2, "")
    assert all(model_id in done.err for model_id in ids)
    assert program("models", "show", f"{two}/{name}", "-o", "name").out == f"{ids[1]}\n"


def test_a_model_of_a_workspace_and_a_whole_name_are_ambiguous(program: Program) -> None:
    workspace, _ = program.new_workspace()
    name = new_name()
    _, inner = program.new_model("--workspace", workspace, name=name)
    _, whole = program.new_model(name=f"{workspace}/{name}")
    done = program("models", "delete", f"{workspace}/{name}", "--yes")
    assert done.code == 2
    assert inner in done.err
    assert whole in done.err
    assert program("models", "show", f'"{workspace}/{name}"', "-o", "name").out == f"{whole}\n"


def test_part_of_a_name_is_no_name(program: Program) -> None:
    name, _ = program.new_model()
    assert program("models", "show", name[:-1]).code == 4
    assert program("models", "show", name.upper()).code == 4


def test_an_unknown_workspace_is_not_found(program: Program) -> None:
    assert program("models", "list", "--workspace", "no_such_workspace").code == 4
    assert program("models", "show", "no_such_workspace/resnet").code == 4
