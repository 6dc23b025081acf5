"""`modelry access test`: what a policy would change, and whether expectations are met."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.team import Access, Team
from tests.contract.ram.rpc_calls import RpcCalls

Written = Callable[[str, object], str]

ALL_OF_MODELS = {
    "Version": "1",
    "Statement": {"Effect": "Allow", "Action": "paimodel:*", "Resource": "*"},
}
NO_DELETION = {
    "Version": "1",
    "Statement": [{"Effect": "Deny", "Action": "paimodel:DeleteModel", "Resource": "*"}],
}


class Tried:
    """The command with `-o json`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def __call__(self, *arguments: str) -> tuple[bool, bool]:
        """Whether it is allowed now, and whether it would be."""
        answers = self.answers(*arguments)
        return answers["Before"]["Allowed"], answers["After"]["Allowed"]

    def answers(self, *arguments: str) -> dict[str, Any]:
        code, out, err = self._access("test", *arguments, "-o", "json")
        answers: dict[str, Any] = json.loads(out or "{}")
        assert code == (0 if answers["After"]["Allowed"] else 3), err
        return answers


@pytest.fixture
def tried(access: Access) -> Tried:
    return Tried(access)


def test_a_proposed_policy_adds_to_those_that_count(team: Team, tried: Tried, written: Written) -> None:
    ask = ("--as", "alice", "--operation", "DeleteModel", "--resource", team.models["own"])
    assert tried(*ask, "--policy", written("all.json", ALL_OF_MODELS)) == (False, True)
    assert tried(*ask, "--policy", written("none.json", NO_DELETION)) == (False, False)


def test_a_proposed_deny_goes_before_what_is_stored(team: Team, tried: Tried, written: Written) -> None:
    deny = {"Version": "1", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
    ask = ("--as", "alice", "--operation", "GetModel", "--resource", team.models["public"])
    answers = tried.answers(*ask, "--policy", written("deny.json", deny))
    assert (answers["Before"]["Allowed"], answers["After"]["Allowed"]) == (True, False)
    assert answers["After"]["Decisions"][0]["Source"] == "the proposed policy deny.json"
    assert answers["After"]["Decisions"][0]["Text"] == deny["Statement"]


def test_a_proposed_policy_takes_the_place_of_another(team: Team, tried: Tried, written: Written) -> None:
    ask = ("--as", "alice", "--operation", "GetModel", "--resource", team.models["prod"])
    file = written("all.json", ALL_OF_MODELS)
    assert tried(*ask, "--policy", file) == (False, False)
    assert tried(*ask, "--policy", file, "--instead-of", "READERS") == (False, True)


def test_it_takes_a_place_only_where_there_is_one(team: Team, tried: Tried, written: Written) -> None:
    ask = ("--as", "bob", "--operation", "ListModels", "--policy", written("none.json", NO_DELETION))
    answers = tried.answers(*ask, "--instead-of", "readers")
    assert answers["After"]["Allowed"]
    assert answers["After"]["Notes"] == ["readers does not count for them, so that nothing changes."]
    assert tried(*ask, "--instead-of", "AliyunPAIFullAccess") == (True, False)


def test_alone_nothing_else_counts(team: Team, tried: Tried, written: Written) -> None:
    ask = ("--as", "alice", "--operation", "ListModels", "--policy", written("none.json", NO_DELETION))
    assert tried(*ask) == (True, True)
    assert tried(*ask, "--alone") == (True, False)


def test_a_proposed_policy_is_no_workspace_role(team: Team, tried: Tried, written: Written) -> None:
    ask = ("--as", "alice", "--operation", "DeleteModel", "--resource", team.models["public"])
    answers = tried.answers(*ask, "--policy", written("all.json", ALL_OF_MODELS))
    assert answers["After"]["Decisions"][0]["Layer"] == "WorkspaceRole"


def test_the_account_needs_no_policy(team: Team, tried: Tried, written: Written) -> None:
    ask = ("--as", "account", "--operation", "DeleteModel", "--resource", team.models["public"])
    assert tried(*ask, "--policy", written("none.json", NO_DELETION), "--alone") == (True, True)


def test_the_answer_is_the_server_s_once_the_policy_is_attached(
    team: Team, access: Access, tried: Tried, written: Written
) -> None:
    ask = ("--as", "alice", "--operation", "DeleteModel", "--resource", team.models["own"])
    _, would_be = tried(*ask, "--policy", written("all.json", ALL_OF_MODELS))
    ram = RpcCalls(team.registry.ram_sdk())
    ram("create_policy", policy_name="everything", policy_document=json.dumps(ALL_OF_MODELS))
    given = {"user_name": "alice", "policy_name": "everything", "policy_type": "Custom"}
    ram("attach_policy_to_user", **given)
    assert access.explained(ask[1], ask[3], ask[5])["Allowed"] is would_be
    ram("detach_policy_from_user", **given)
    ram("delete_policy", policy_name="everything")


def test_the_text_shows_before_and_after(team: Team, access: Access, written: Written) -> None:
    ask = ("--as", "alice", "--operation", "DeleteModel", "--resource", team.models["own"])
    code, out, _ = access("test", *ask, "--policy", written("all.json", ALL_OF_MODELS))
    assert code == 0
    assert out.splitlines()[:2] == [
        "before: denied: No statement allows paimodel:DeleteModel.",
        "after:  allowed: Statement 0 of the proposed policy all.json allows paimodel:DeleteModel.",
    ]


def test_a_policy_that_could_not_be_attached_is_said_so(access: Access, written: Written) -> None:
    folding = {"StringEqualsIgnoreCase": {"paimodel:label/env": "prod"}}
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": folding}
    file = written("folding.json", {"Version": "1", "Statement": statement})
    _, _, err = access("test", "--as", "alice", "--operation", "ListModels", "--policy", file)
    assert err.startswith("modelry: The proposed policy would be refused when it is attached: Statement[0].Condition:")


UNUSABLE = {
    "no JSON": "The document is not valid JSON.",
    '{"Version":"2"}': "The document: Statement is missing.",
    '{"Version":"1","Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}': "must be Allow or Deny",
}


@pytest.mark.parametrize("document", UNUSABLE)
def test_a_document_that_is_no_policy_is_an_error_of_one_line(access: Access, written: Written, document: str) -> None:
    code, out, err = access("test", "--as", "alice", "--operation", "ListModels", "--policy", written("p", document))
    assert (code, out) == (1, "")
    assert re.fullmatch(f"modelry: .*{re.escape(UNUSABLE[document])}.*\n", err)


def test_a_policy_that_is_not_stored_cannot_be_replaced(access: Access, written: Written) -> None:
    ask = ("--as", "alice", "--operation", "ListModels", "--policy", written("all.json", ALL_OF_MODELS))
    code, _, err = access("test", *ask, "--instead-of", "nothing")
    assert (code, err) == (1, "modelry: --instead-of: there is no policy nothing\n")


WRONG = [
    "--as alice --operation ListModels",
    "--as alice --operation ListModels --alone --cases x.json",
    "--as alice --operation ListModels --instead-of readers --cases x.json",
    "--policy x.json",
    "--policy x.json --as alice",
    "--policy x.json --as alice --operation ListModels --alone --instead-of readers",
]


@pytest.mark.parametrize("arguments", WRONG)
def test_wrong_arguments_are_refused_as_such(access: Access, arguments: str) -> None:
    code, out, err = access("test", *arguments.split())
    assert (code, out) == (2, "")
    assert re.match(r"modelry(?: access test: error)?: ", err.splitlines()[-1])


def cases(team: Team) -> list[dict[str, object]]:
    """What is so."""
    return [
        {"as": "alice", "operation": "GetModel", "resource": team.models["public"], "expect": "allow"},
        {"as": "alice", "operation": "GetModel", "resource": team.models["private"], "expect": "deny"},
        {"as": "bob", "operation": "Ram:GetUser", "resource": ["user/bob"], "expect": "allow"},
        {"as": "alice", "operation": "ListModels", "context": {"acs:SourceIp": "192.0.2.1"}, "expect": "deny"},
    ]


def test_expectations_that_are_met_are_said_so(team: Team, access: Access, written: Written) -> None:
    code, out, _ = access("test", "--cases", written("cases.json", cases(team)))
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["RESULT", "ok", "ok", "ok", "ok", "4"]
    assert out.endswith("4 of 4 as expected\n")


def test_an_expectation_that_fails_is_told_by_the_exit_code(team: Team, access: Access, written: Written) -> None:
    wrong = {**cases(team)[1], "expect": "allow"}
    code, out, _ = access("test", "--cases", written("cases.json", [wrong, *cases(team)]))
    assert code == 3
    failed = [line for line in out.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 1
    assert "this is another's PRIVATE" in failed[0]
    assert out.endswith("4 of 5 as expected\n")


def test_toml_holds_cases_too(team: Team, access: Access, written: Written) -> None:
    text = f"""
        [[cases]]
        as = "alice"
        operation = "GetModel"
        resource = "{team.models["public"]}"
        expect = "allow"
        context = {{ "acs:SourceIp" = "10.1.2.3" }}
    """
    assert access("test", "--cases", written("cases.toml", text))[0] == 0


def test_the_command_line_says_what_a_case_leaves_out(team: Team, access: Access, written: Written) -> None:
    file = written("cases.json", {"cases": [{"expect": "allow"}, {"as": "bob", "expect": "deny"}]})
    ask = ("--as", "alice", "--operation", "GetModel", "--resource", team.models["public"])
    assert access("test", "--cases", file, *ask)[0] == 0
    assert access("test", "--cases", file, *ask, "--context", "acs:SourceIp=192.0.2.1")[0] == 3


def test_cases_can_be_about_a_proposed_policy(team: Team, access: Access, written: Written) -> None:
    case = {"as": "alice", "operation": "DeleteModel", "resource": team.models["own"], "expect": "allow"}
    file = written("cases.json", [case])
    assert access("test", "--cases", file)[0] == 3
    code, out, _ = access("test", "--cases", file, "--policy", written("all.json", ALL_OF_MODELS))
    assert (code, out.splitlines()[1].split("  ")[0]) == (0, "ok (changed)")


def test_outcomes_can_be_had_as_json(team: Team, access: Access, written: Written) -> None:
    _, out, _ = access("test", "--cases", written("cases.json", cases(team)), "-o", "json")
    outcomes = json.loads(out)
    assert [each["Met"] for each in outcomes] == [True] * 4
    assert outcomes[1]["Answer"]["Decisions"][0]["Layer"] == "WorkspaceRole"


BROKEN = {
    "no JSON": "cases.json: ",
    "[]": "cases.json has no cases",
    "{}": "cases.json has no cases",
    '[{"expect":"maybe"}]': "cases.json: .*maybe",
    '[{"expects":"deny"}]': "cases.json: .*expect",
    '[{"expect":"deny"}]': "case 1: neither the case nor the command line says as whom",
    '[{"expect":"deny","as":"alice"}]': "case 1: neither the case nor the command line says for what",
    '[{"expect":"deny","as":"nobody","operation":"ListModels"}]': "case 1: .*nobody",
    '[{"expect":"deny","as":"alice","operation":"Nope"}]': "case 1: .*Nope",
    '[{"expect":"deny","as":"alice","operation":"GetModel","resource":"model-nope"}]': "case 1: .*model-nope",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_that_holds_no_cases_is_an_error_of_one_line(access: Access, written: Written, text: str) -> None:
    code, out, err = access("test", "--cases", written("cases.json", text))
    assert (code, out) == (1, "")
    assert re.fullmatch(f"modelry: {BROKEN[text]}.*\n", err)
