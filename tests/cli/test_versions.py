"""`modelry versions`."""

import pytest

from tests.cli.program import Program

METRICS = '{"Results": [{"Dataset": {"Name": "d"}, "Metrics": {"accuracy": %s}}]}'


@pytest.fixture(scope="module")
def name(program: Program) -> str:
    """A model with the versions 0.1.0 and 0.2.0, of which the first is approved."""
    name, _ = program.new_model()
    first = ("--uri", "oss://b/1/", "--metrics", METRICS % 0.1, "--labels", "gpu=a100", "--training-spec", '{"lr": 1}')
    assert program("versions", "create", name, *first).code == 0
    second = ("--uri", "oss://b/2/", "--metrics", METRICS % 0.3, "--training-spec", '{"lr": 2, "epochs": 9}')
    assert program("versions", "create", name, *second).code == 0
    assert program("versions", "approve", f"{name}@0.1.0").code == 0
    return name


def test_a_list_has_a_line_for_each(program: Program, name: str) -> None:
    done = program("versions", "list", name)
    assert done.code == 0
    assert [line.split()[:2] for line in done.lines] == [
        ["VersionName", "ApprovalStatus"],
        ["0.1.0", "Approved"],
        ["0.2.0", "Pending"],
    ]


def test_states_are_coloured_on_a_terminal(program: Program, name: str) -> None:
    shown = program.on_terminal("versions", "list", name).out
    assert "\x1b[32mApproved" in shown
    assert "\x1b[33mPending" in shown


def test_names_are_what_other_commands_take(program: Program, name: str) -> None:
    first, _ = program("versions", "list", name, "-o", "name").lines
    assert program("versions", "show", first, "-o", "json", "--query", "Uri").data == "oss://b/1/"


@pytest.mark.parametrize(
    ("version", "uri"), [("0.2.0", "oss://b/2/"), ("latest", "oss://b/2/"), ("approved", "oss://b/1/")]
)
def test_a_version_is_found_by_name_and_by_what_it_is(program: Program, name: str, version: str, uri: str) -> None:
    assert program("versions", "show", f"{name}@{version}", "--query", "Uri").out == f"{uri}\n"


def test_the_approved_version_is_the_newest_of_them(program: Program) -> None:
    name, model_id = program.new_model()
    for number, status in (("9.0.0", "Approved"), ("1.0.0", "Approved"), ("2.0.0", "Pending")):
        options = ("--uri", "oss://b/", "--version-name", number, "--approval-status", status)
        assert program("versions", "create", name, *options).code == 0
    assert program("versions", "reject", f"{name}@2.0.0").out == f"{model_id}@2.0.0 rejected\n"
    assert program("versions", "show", f"{name}@approved", "--query", "VersionName").out == "1.0.0\n"


def test_an_approval_is_final(program: Program, name: str) -> None:
    done = program("versions", "reject", f"{name}@0.1.0")
    assert (done.code, done.out) == (1, "")
    assert len(done.err.splitlines()) == 1


def test_without_versions_there_is_no_latest(program: Program) -> None:
    name, _ = program.new_model()
    done = program("versions", "show", f"{name}@latest")
    assert done.code == 4
    assert "no version" in done.err


def test_a_version_has_to_be_said(program: Program, name: str) -> None:
    done = program("versions", "show", name)
    assert done.code == 2
    assert f"{name}@latest" in done.err


def test_an_unknown_version_is_not_found(program: Program, name: str) -> None:
    done = program("versions", "show", f"{name}@7.7.7")
    assert done.code == 4
    assert done.err.startswith("modelry: 201900003: ")


def test_the_new_version_is_named_as_other_commands_take_it(program: Program) -> None:
    name, model_id = program.new_model()
    assert program("versions", "create", name, "--uri", "oss://b/", "-o", "name").out == f"{model_id}@0.1.0\n"


def test_a_wrong_version_name_is_refused_before_any_call(program: Program) -> None:
    options = ("--uri", "oss://b/", "--version-name", "one", "--endpoint", "127.0.0.1:1")
    done = program("versions", "create", "model-00000000000000000000", *options)
    assert done.code == 2
    assert done.err.startswith("modelry: --version-name: ")


def test_an_update_changes_what_is_given_alone(program: Program) -> None:
    name, _ = program.new_model()
    program("versions", "create", name, "--uri", "oss://b/", "--options", "kept")
    assert program("versions", "update", f"{name}@latest", "--version-description", "new").code == 0
    version = program("versions", "show", f"{name}@latest", "-o", "json").data
    assert (version["VersionDescription"], version["Options"]) == ("new", "kept")


def test_a_deleted_version_is_gone(program: Program) -> None:
    name, model_id = program.new_model()
    program("versions", "create", name, "--uri", "oss://b/")
    assert program("versions", "delete", f"{name}@0.1.0").code == 2
    assert program("versions", "delete", f"{name}@0.1.0", "--yes").out == f"{model_id}@0.1.0 deleted\n"
    assert program("versions", "show", f"{model_id}@0.1.0").code == 4


def test_a_comparison_shows_metrics_and_differences(program: Program, name: str) -> None:
    done = program("versions", "compare", f"{name}@approved", "@latest", "-o", "json")
    assert done.data["Metrics"] == [{"Dataset": "d", "Metric": "accuracy", "A": 0.1, "B": 0.3, "Difference": 0.2}]
    differences = {d["Field"]: (d["A"], d["B"]) for d in done.data["Differences"]}
    assert differences == {
        "ApprovalStatus": ("Approved", "Pending"),
        "Uri": ("oss://b/1/", "oss://b/2/"),
        "TrainingSpec.lr": (1, 2),
        "TrainingSpec.epochs": (None, 9),
        "Labels.gpu": ("a100", None),
    }


def test_a_comparison_stands_side_by_side(program: Program, name: str) -> None:
    titles, first, *_ = program("versions", "compare", f"{name}@0.1.0", "@0.2.0").lines
    assert titles.split() == ["Field", "0.1.0", "0.2.0", "Difference"]
    assert first.split() == ["accuracy", "(d)", "0.1", "0.3", "0.2"]


def test_a_comparison_shows_what_is_equal_when_asked(program: Program, name: str) -> None:
    fields = "Differences[].Field"
    both = (f"{name}@0.1.0", "@0.2.0", "-o", "json", "--query", fields)
    assert "OwnerId" not in program("versions", "compare", *both).data
    assert "OwnerId" in program("versions", "compare", *both, "--all").data


def test_versions_of_different_models_can_be_compared(program: Program, name: str) -> None:
    other, _ = program.new_model()
    program("versions", "create", other, "--uri", "oss://b/1/")
    titles = program("versions", "compare", f"{name}@0.1.0", f"{other}@0.1.0").lines[0]
    assert titles.split() == ["Field", "A", "0.1.0", "B", "0.1.0", "Difference"]
