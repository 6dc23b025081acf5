"""`modelry labels`."""

from tests.cli.program import Program

LABELS = ("-o", "json", "--query", "Labels[].[Key, Value]")


def test_labels_of_a_model_are_set_and_unset(program: Program) -> None:
    name, _ = program.new_model("--labels", "env=test", "--labels", "old=1")
    assert program("labels", "set", name, "env=prod", "empty=", "a=b").code == 0
    assert program("models", "show", name, *LABELS).data == [["env", "prod"], ["old", "1"], ["empty", ""], ["a", "b"]]
    assert program("labels", "unset", name, "old", "empty", "unknown").code == 0
    assert program("models", "show", name, *LABELS).data == [["env", "prod"], ["a", "b"]]


def test_labels_of_a_version_are_its_own(program: Program) -> None:
    name, _ = program.new_model()
    program("versions", "create", name, "--uri", "oss://b/")
    assert program("labels", "set", f"{name}@latest", "gpu=a100").code == 0
    assert program("versions", "show", f"{name}@latest", *LABELS).data == [["gpu", "a100"]]
    assert program("models", "show", name, *LABELS).data == []
    assert program("labels", "unset", f"{name}@0.1.0", "gpu").code == 0
    assert program("versions", "show", f"{name}@latest", *LABELS).data == []


def test_what_is_no_label_is_refused_before_any_call(program: Program) -> None:
    for wrong in ("env", "=prod"):
        done = program("labels", "set", "x", "a=b", wrong, "--endpoint", "127.0.0.1:1")
        assert (done.code, done.out) == (2, "")


def test_an_unknown_model_is_not_found(program: Program) -> None:
    assert program("labels", "set", "no such model", "a=b").code == 4


def test_a_denial_has_a_code_of_its_own(program: Program, stranger: Program) -> None:
    _, model_id = program.new_model()
    assert stranger("labels", "set", model_id, "a=b").code == 3
