"""`modelry search`."""

import pytest

from tests.cli.program import Program, new_name

METRICS = '{"Results": [{"Metrics": {"accuracy": %s}}, {"Metrics": {"loss": %s}}]}'


@pytest.fixture(scope="module")
def workspace(program: Program) -> str:
    """Two models: `small` is a label's and a task's, with the better metrics; `large` has the parameters."""
    workspace, _ = program.new_workspace()
    within = ("--workspace", workspace)
    program.new_model(*within, "--labels", "env=prod", "--labels", "a=1", "--task", "chat", name="small")
    program.new_model(*within, "--labels", "env=prod", "--parameter-size", "7000", name="large")
    program.new_model(*within, name="bare")
    for name, accuracy, loss in (("small", 0.9, 2), ("large", 0.5, 1)):
        metrics = METRICS % (accuracy, loss)
        assert program("versions", "create", f"{workspace}/{name}", "--uri", "oss://b/", "--metrics", metrics).code == 0
    return workspace


FOUND = [
    ((), {"small", "large", "bare"}),
    (("sma",), {"small"}),
    (("chat",), {"small"}),
    (("--label", "env=prod"), {"small", "large"}),
    (("--label", "env=prod", "--label", "a=1"), {"small"}),
    (("--label", "pro"), {"small", "large"}),
    (("--where", "ParameterSize>=7000"), {"large"}),
    (("--where", "ModelName in small,bare"), {"small", "bare"}),
    (("--where", "ModelName = small"), {"small"}),
    (("--task", "chat"), {"small"}),
    (("--metric", "accuracy"), {"small", "large"}),
    (("--metric", "accuracy>0.5"), {"small"}),
    (("--metric", "accuracy>=0.5", "--metric", "loss<2"), {"large"}),
    (("--metric", "accuracy != 0.9"), {"large"}),
    (("--metric", "nope"), set()),
]


@pytest.mark.parametrize(
    ("asked", "names"), FOUND, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_all_that_is_given_holds(program: Program, workspace: str, asked: tuple[str, ...], names: set[str]) -> None:
    done = program("search", *asked, "--workspace", workspace, "-o", "json", "--query", "[].ModelName")
    assert set(done.data) == names


def test_metrics_are_columns(program: Program, workspace: str) -> None:
    titles, row = program("search", "--metric", "accuracy>0.5", "--metric", "loss", "--workspace", workspace).lines
    assert titles.split()[-2:] == ["accuracy", "loss"]
    assert row.split()[-2:] == ["0.9", "2"]
    assert "accuracy" in program.on_terminal("search", "--metric", "accuracy", "--workspace", workspace).out


def test_a_limit_counts_what_is_found(program: Program, workspace: str) -> None:
    limited = ("--metric", "accuracy", "--workspace", workspace, "--limit", "1", "-o", "name")
    assert len(program("search", *limited).lines) == 1


def test_nothing_found_is_no_error(program: Program) -> None:
    done = program("search", new_name(), "-o", "name")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_an_unknown_column_is_refused_with_those_that_there_are(program: Program) -> None:
    done = program("search", "--where", "Nope=1")
    assert done.code == 1
    assert "ParameterSize" in done.err


@pytest.mark.parametrize(
    "wrong", [("--where", "x"), ("--metric", "a>b"), ("--metric", ""), ("--label", "a", "--label", "b")]
)
def test_what_cannot_be_read_is_wrong_usage(program: Program, wrong: tuple[str, ...]) -> None:
    done = program("search", *wrong)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
