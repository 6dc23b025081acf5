"""`modelry models`: the program against a server, piped and on a terminal."""

import json
import subprocess

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_aiworkspace20210204.client import Client

from tests.cli.program import COMMAND, Program, address, silent_server

ESCAPE = "\x1b"


def test_a_list_in_a_pipe_is_a_plain_table(program: Program) -> None:
    workspace, workspace_id = program.new_workspace()
    name, model_id = program.new_model("--workspace", workspace, "--labels", "env=prod", "--labels", "team=a b")
    done = program("models", "list", "--workspace", workspace)
    assert (done.code, done.err) == (0, "")
    titles, row = (line.split("  ") for line in done.lines)
    assert [title.strip() for title in titles if title][:3] == ["ModelName", "ModelId", "WorkspaceId"]
    assert row[:2] == [name, model_id]
    assert workspace_id in done.out
    assert "env=prod,team=a b" in done.out
    assert ESCAPE not in done.out


def test_a_list_on_a_terminal_has_a_bold_title_and_whole_ids(program: Program) -> None:
    workspace, _ = program.new_workspace()
    _, model_id = program.new_model("--workspace", workspace)
    shown = program.on_terminal("models", "list", "--workspace", workspace, columns="80")
    assert shown.code == 0
    assert f"{ESCAPE}[1m" in shown.out
    assert model_id in shown.out


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_without_colours_gets_none(program: Program, environment: dict[str, str]) -> None:
    program.new_model()
    shown = program.on_terminal("models", "list", "--limit", "1", **environment)
    assert shown.code == 0
    assert ESCAPE not in shown.out


def test_a_list_has_all_pages_unless_it_is_limited(program: Program, sdk: Client) -> None:
    workspace, workspace_id = program.new_workspace()
    for number in range(103):  # more than the command asks for at once
        sdk.create_model(m.CreateModelRequest(model_name=f"m{number}", workspace_id=workspace_id))
    assert len(program("models", "list", "--workspace", workspace, "-o", "name").lines) == 103
    assert len(program("models", "list", "--workspace", workspace, "-o", "name", "--limit", "102").lines) == 102


def test_json_is_what_the_server_answers(program: Program, sdk: Client) -> None:
    name, model_id = program.new_model("--extra-info", '{"exact": 1.10}')
    done = program("models", "show", name, "-o", "json")
    assert '"exact": 1.10' in done.out
    answer = sdk.get_model(model_id, m.GetModelRequest()).body.to_map()
    del answer["RequestId"]
    assert done.data == json.loads(json.dumps(answer))


def test_a_query_chooses_before_the_output_is_formed(program: Program) -> None:
    name, model_id = program.new_model()
    assert program("models", "show", name, "--query", "ModelId").out == f"{model_id}\n"
    chosen = program("models", "show", name, "--query", "{id: ModelId, name: ModelName}", "-o", "tsv")
    assert chosen.out == f"id\t{model_id}\nname\t{name}\n"


def test_fields_are_options_and_open_objects_may_be_files(program: Program) -> None:
    file = program.home / "extra.json"
    file.write_text('{"a": [1, 2]}')
    options = ("--accessibility", "PUBLIC", "--parameter-size", "7000", "--extra-info", f"@{file}")
    name, _ = program.new_model(*options)
    model = program("models", "show", name, "-o", "json").data
    assert (model["Accessibility"], model["ParameterSize"], model["ExtraInfo"]) == ("PUBLIC", 7000, {"a": [1, 2]})
    done = program("models", "update", name, "--extra-info", "@-", stdin='{"b": 1}')
    assert done.out == f"{model['ModelId']} updated\n"
    assert program("models", "show", name, "-o", "json").data["ExtraInfo"] == {"b": 1}


def test_a_deletion_asks_on_a_terminal(program: Program) -> None:
    name, model_id = program.new_model()
    kept = program.on_terminal("models", "delete", name, typed="n\n")
    assert kept.code == 1
    assert f"Delete {name} ({model_id})? [y/N]" in kept.out
    assert program("models", "show", name).code == 0
    assert program.on_terminal("models", "delete", name, typed="y\n").code == 0
    assert program("models", "show", model_id).code == 4


def test_a_deletion_without_a_terminal_needs_to_be_meant(program: Program) -> None:
    name, model_id = program.new_model()
    refused = program("models", "delete", name, stdin="y\n")
    assert (refused.code, refused.out) == (2, "")
    assert "--yes" in refused.err
    assert program("models", "delete", name, "--yes").out == f"{model_id} deleted\n"
    assert program("models", "show", model_id).code == 4


WRONG = [
    ("models",),
    ("models", "nope"),
    ("models", "list", "--order", "up"),
    ("models", "list", "--limit", "0"),
    ("models", "list", "--nope"),
    ("models", "list", "--ord", "ASC"),
    ("models", "list", "--query", "[?"),
    ("models", "list", "--timeout", "soon"),
    ("models", "list", "extra"),
    ("models", "list", "-o", "xml"),
    ("models", "show"),
    ("models", "show", ""),
    ("models", "show", '"open'),
    ("models", "show", "a@latest"),
    ("models", "create", ""),
    ("models", "create", "x", "--extra-info", "[1]"),
    ("models", "create", "x", "--extra-info", "{"),
    ("models", "create", "x", "--extra-info", "@/nowhere"),
    ("models", "create", "x", "--parameter-size", "big"),
    ("models", "create", "x", "--labels", "=v"),
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_is_one_line(program: Program, arguments: tuple[str, ...]) -> None:
    done = program(*arguments)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith("modelry: ")


def test_an_unknown_name_is_not_found(program: Program) -> None:
    done = program("models", "show", "no such model")
    assert (done.code, done.out) == (4, "")
    assert "'no such model'" in done.err


def test_an_unknown_id_is_not_found_and_the_answer_can_be_traced(program: Program) -> None:
    done = program("models", "show", "model-0000000000000000abcd")
    assert done.code == 4
    assert done.err.startswith("modelry: 201900002: ")
    assert "(RequestId " in done.err


def test_a_denial_has_a_code_of_its_own_and_advice(program: Program, stranger: Program) -> None:
    _, model_id = program.new_model()
    done = stranger("models", "show", model_id)
    assert (done.code, done.out) == (3, "")
    denial, advice = done.err.splitlines()
    assert denial.startswith("modelry: NoPermission: ")
    assert "modelry access explain" in advice


def test_a_wrong_key_is_a_failure_with_advice(program: Program) -> None:
    done = program.as_("LTAInobody", "s")("models", "list")
    assert done.code == 1
    refusal, advice = done.err.splitlines()
    assert refusal.startswith("modelry: InvalidAccessKeyId.NotFound: ")
    assert "key" in advice


def test_no_server_is_a_failure_with_advice(program: Program) -> None:
    done = program("models", "list", "--endpoint", "127.0.0.1:1")
    assert (done.code, done.out) == (1, "")
    assert "127.0.0.1:1" in done.err
    assert "--endpoint" in done.err.splitlines()[1]


def test_an_interrupt_is_one_line(program: Program) -> None:
    with silent_server() as listener:
        process = subprocess.Popen(
            [*COMMAND, "models", "list", "--endpoint", address(listener)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=program.environment,
        )
        with listener.accept()[0]:
            process.send_signal(2)
            out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"modelry: interrupted\n")


def test_a_reader_that_has_gone_is_no_error_of_ours(program: Program) -> None:
    program.new_model()
    process = subprocess.Popen(
        [*COMMAND, "models", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=program.environment
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    assert (process.wait(60), err) == (1, b"")


def test_a_full_disk_is_one_line(program: Program) -> None:
    program.new_model()
    with open("/dev/full", "wb") as full:  # noqa: PTH123  a device
        done = subprocess.run(
            [*COMMAND, "models", "list"], stdout=full, stderr=subprocess.PIPE, env=program.environment, check=False
        )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_what_takes_long_shows_that_it_goes_on(program: Program) -> None:
    with silent_server() as listener:
        shown = program.on_terminal("models", "list", "--endpoint", address(listener), "--timeout", "2")
    assert shown.code == 1
    assert "Listing" in shown.out
    assert "Traceback" not in shown.out


def test_a_list_in_a_pipe_loads_nothing_heavy(program: Program) -> None:
    script = (
        "import sys; from modelry.cli import main; code = main(['models', 'list']);"
        "print(code, *({'rich', 'cryptography', 'sqlite3', 'asyncio', 'yaml', 'jmespath', 'argcomplete'}"
        " & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [COMMAND[0], "-c", script], env=program.environment, capture_output=True, text=True, check=True
    )
    assert done.stdout
    assert done.stderr == "0\n"


def test_a_name_cannot_steer_the_terminal(program: Program) -> None:
    _, model_id = program.new_model(name="red \x1b[31m tab\t")
    assert ESCAPE not in program("models", "list").out
    for form in ("table", "json", "yaml"):
        done = program("models", "show", model_id, "-o", form)
        assert done.code == 0
        assert ESCAPE not in done.out
    assert program("models", "show", model_id, "-o", "json").data["ModelName"] == "red \x1b[31m tab\t"
