"""`modelry call`: any operation of the table."""

import json
import re
import urllib.request

import msgspec
import pytest

from modelry import families
from modelry.contract.operation import AnyOperation
from tests.cli.program import Program, new_name

OPERATIONS = list(families.operations())


def test_an_answer_is_printed_as_it_came(program: Program) -> None:
    _, model_id = program.new_model("--extra-info", '{"exact": 1.10}')
    done = program("call", "GetModel", "--model-id", model_id)
    assert done.data["ModelId"] == model_id
    assert done.data["RequestId"]
    assert '"exact": 1.10' in done.out


@pytest.mark.parametrize("name", ["Ram:CreateUser", "CreateUser"])
def test_operations_of_every_product_are_called_by_their_names(program: Program, name: str) -> None:
    user = new_name()
    assert program("call", name, "--user-name", user).data["User"]["UserName"] == user


def test_options_go_over_json(program: Program) -> None:
    name = new_name()
    request = json.dumps({"ModelName": "other", "ParameterSize": 5, "Task": None})
    model_id = program("call", "CreateModel", "--json", request, "--model-name", name).data["ModelId"]
    model = program("models", "show", model_id, "-o", "json").data
    assert (model["ModelName"], model["ParameterSize"]) == (name, 5)
    assert "Task" not in model


def test_json_comes_from_standard_input_too(program: Program) -> None:
    name = new_name()
    done = program("call", "CreateModel", "--json", "@-", stdin=json.dumps({"ModelName": name}))
    assert program("models", "show", done.data["ModelId"], "--query", "ModelName").out == f"{name}\n"


def test_a_field_whose_option_is_taken_has_another(program: Program) -> None:
    name, _ = program.new_model()
    done = program("call", "ListModels", "--field-query", name, "--query", "Models[].ModelName")
    assert done.data == [name]


def test_a_dry_run_sends_nothing(program: Program) -> None:
    name = new_name()
    done = program("call", "CreateModel", "--model-name", name, "--dry-run")
    assert done.code == 0
    assert program("search", name, "-o", "name").out == ""


def test_a_dry_run_shows_what_the_server_takes(program: Program) -> None:
    name = new_name()
    done = program("call", "CreateModel", "--model-name", name, "--dry-run")
    head, _, body = done.out.partition("\n\n")
    (method, url), *headers = (re.split(r": | ", line, maxsplit=1) for line in head.splitlines())
    assert json.loads(body) == {"ModelName": name}
    sent = msgspec.json.format(body.encode(), indent=-1)
    request = urllib.request.Request(url, data=sent, method=method, headers=dict(headers))
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.loads(answer.read())["ModelId"]


def test_a_dry_run_shows_no_secret(program: Program) -> None:
    asked = ("call", "Ram:CreateLoginProfile", "--user-name", "alice", "--password", "geheim-123", "--dry-run")
    done = program(*asked, ALIBABA_CLOUD_SECURITY_TOKEN="a-token-of-a-session")
    assert done.code == 0
    assert "authorization: ACS3-HMAC-SHA256 " in done.out
    for secret in ("geheim-123", "a-token-of-a-session", program.registry.secret):
        assert secret not in done.out


WRONG = [
    ("GetModle",),
    ("GetModel",),
    ("GetModel", "--model-id", "x", "--json", "[]"),
    ("GetModel", "--model-id", "x", "--json", "{"),
    ("GetModel", "--json", '{"ModelId": "x", "Foo": 1}'),
    ("GetModel", "--json", '{"ModelId": 1}'),
    ("GetModel", "--model-id", "x", "--version-name", "y"),
    ("ListModels", "--page-size", "0"),
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_is_one_line(program: Program, arguments: tuple[str, ...]) -> None:
    done = program("call", *arguments)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1


def test_a_misspelt_operation_is_answered_with_what_may_have_been_meant(program: Program) -> None:
    assert "did you mean GetModel" in program("call", "getmodel").err


def test_refusals_have_their_codes(program: Program, stranger: Program) -> None:
    assert program("call", "GetModel", "--model-id", "model-x").code == 4
    assert program("call", "Ram:GetUser", "--user-name", "nobody").code == 4
    assert program("call", "CreateModel", "--model-name", "x", "--workspace-id", "1").code == 4
    assert stranger("call", "Ram:ListUsers").code == 3


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.full_name)
def test_every_field_of_every_operation_is_an_option_with_help(
    operation: AnyOperation, capsys: pytest.CaptureFixture[str]
) -> None:
    from modelry.cli import main

    with pytest.raises(SystemExit) as left:
        main(["call", operation.full_name if operation.label != operation.name else operation.name, "--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    for field in operation.request.__struct_fields__:
        assert re.search(rf"^  (?:-\w, )?--(?:field-)?{field.replace('_', '-')}\b", text, re.MULTILINE), field
