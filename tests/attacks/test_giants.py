"""What is very large, very deep or very slow to look at is refused or handled, and the server goes on."""

import json
import subprocess
import sys
from urllib.parse import urlencode

import pytest

from tests.attacks.actors import Root, allow, assume, denied, deny, document, fresh, refused, succeeded
from tests.wire_client import Answer

_PATIENCE_S = 120
"""No measure: what is bounded takes a fraction of a second, what is not, years."""

SLOW = "*".join("a" * 60) + "*b"
"""Matches of a text of many `a` are looked for in more ways than anybody can count."""


def create_policy(root: Root, text: str) -> Answer:
    """A policy, by way of a form: the query would be too long."""
    form = {"PolicyName": fresh("p"), "PolicyDocument": text}
    return root.wire.send(root.wire.rpc("Ram:CreatePolicy", form=form))


def create_role(root: Root, text: str) -> Answer:
    form = {"RoleName": fresh("r"), "AssumeRolePolicyDocument": text}
    return root.wire.send(root.wire.rpc("Ram:CreateRole", form=form))


MANY = document(*(allow("ram:GetUser") for _ in range(1000)))
LONG = document(allow(["ram:GetUser"] * 1000))
DEEP = '{"Version":"1","Statement":' + "[" * 2000 + "]" * 2000 + "}"
DEEPER = '{"Version":"1","Statement":' + '{"a":' * 8000 + "1" + "}" * 8000 + "}"
DEEP_CONDITION = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":' + (
    '{"StringEquals":' * 300 + '"x"' + "}" * 300 + "}]}"
)
NUMBERS = document(allow("*", Condition={"NumericEquals": {"acs:x": "9" * 4000}}))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(MANY, id="many statements"),
        pytest.param(LONG, id="many actions"),
        pytest.param(DEEP, id="deep lists"),
        pytest.param(DEEPER, id="deeper objects"),
        pytest.param(DEEP_CONDITION, id="a deep condition"),
        pytest.param(" " * 100_000 + document(allow("*")), id="blanks"),
        pytest.param("[" * 6000, id="no end"),
        pytest.param('"' * 6001, id="quotes"),
        pytest.param("9" * 6000, id="a number"),
        pytest.param('{"Version":' + "9" * 5000 + "}", id="a version"),
        pytest.param('{"Version":"1","Version":"1","Statement":[]}', id="twice the same"),
    ],
)
def test_a_giant_document_is_refused(root: Root, text: str) -> None:
    for answer in (create_policy(root, text), create_role(root, text)):
        assert answer.status == 400, answer.body
        assert answer.code in {
            *("MalformedPolicyDocument", "InvalidParameter.PolicyDocument.Length"),
            "InvalidParameter.AssumeRolePolicyDocument.Length",
        }
    user = root.new_user(allow("sts:AssumeRole"))
    answer = user.wire.send(
        user.wire.rpc(
            "Sts:AssumeRole",
            form={
                "RoleArn": f"acs:ram::{root.account_id}:role/x",
                "RoleSessionName": "attack",
                "Policy": text,
            },
        )
    )
    assert (answer.status, answer.code[:23]) == (400, "InvalidParameter.Policy"), answer.body


@pytest.mark.parametrize(
    "value", ["9" * 4000, "1e999999999", "-" + "9" * 4000, "0." + "0" * 4000 + "1", "NaN", "Infinity"]
)
def test_a_giant_number_in_a_condition_is_refused_or_compared(root: Root, value: str) -> None:
    """A number of any size is a number; comparing it takes no time of its own."""
    answer = create_policy(root, document(allow("ram:ListUsers", Condition={"NumericLessThan": {"acs:x": value}})))
    assert answer.status in {200, 400}
    if answer.status == 200:
        user = root.new_user()
        root.attach(user.name, answer.json["Policy"]["PolicyName"])
        denied(user.call("Ram:ListUsers"))


def test_a_form_that_is_too_long_is_refused_before_it_is_read(root: Root) -> None:
    answer = root.wire.send(root.wire.rpc("Ram:CreatePolicy", form={"PolicyDocument": "x" * 300_000}))
    refused(answer, 400, "InvalidParameter")


def test_very_many_parameters_are_handled(root: Root) -> None:
    form = {f"Tag.{number}.Key": "k" for number in range(8000)}
    answer = root.wire.send(root.wire.rpc("Ram:ListUsers", form=form, scheme="RPC-1.0"))
    assert 200 <= answer.status < 500
    tags = json.dumps([{"Key": str(number), "Value": "v"} for number in range(5000)])
    form = {"PolicyName": fresh("p"), "PolicyDocument": document(allow("*")), "Tag": tags}
    assert root.wire.send(root.wire.rpc("Ram:CreatePolicy", form=form)).status == 400
    names = json.dumps(["p"] * 20_000)
    form = {"ResourceType": "policy", "ResourceNames": names, "TagKeys": '["k"]'}
    assert root.wire.send(root.wire.rpc("Ram:UntagResources", form=form)).status == 400


def test_a_body_of_nesting_without_end_is_refused(root: Root) -> None:
    for body in (b'{"ExtraInfo":' + b'{"a":' * 200_000, b'{"Labels":' + b"[" * 400_000 + b"]" * 400_000 + b"}"):
        answer = root.wire.ask("POST", "/api/v1/models", body)
        assert 400 <= answer.status < 500, answer.body
    succeeded(root.ask("GET", "/api/v1/models"))


# Wildcards.


def test_slow_looking_wildcards_are_decided_in_bounded_time() -> None:
    """In a process of its own, which can be ended: for actions, for resources, and for conditions."""
    program = f"""
from modelry.access import wildcard
from modelry.access.policy import Context, Policies, Grant, parse
import json
slow = {SLOW!r}
for text in ("a" * 64, "a" * 5000):
    assert not wildcard.matches(slow, text)
    assert not wildcard.matches_any((slow, slow + "c", "*a*" * 300 + "b"), text)
document = {{"Version": "1", "Statement": [
    {{"Effect": "Allow", "Action": "ram:" + slow, "Resource": "*"}},
    {{"Effect": "Allow", "Action": "ram:*", "Resource": "acs:ram:*:*:" + slow}},
    {{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{"StringLike": {{"acs:UserAgent": slow}}}}}},
]}}
policies = Policies([Grant("it", parse(json.dumps(document)))], region="cn-hangzhou")
context = Context("127.0.0.1", True, 0, "a" * 256)
attributes = {{"resource": "1:" + "a" * 64}}
assert not policies.explained("ram:" + "a" * 64, attributes, context).allowed
print("decided")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=_PATIENCE_S, check=False
    )
    assert (done.stdout, done.returncode) == ("decided\n", 0), done.stderr


@pytest.mark.parametrize("pattern", [SLOW, "*a" * 100 + "b", "*?" * 100 + "b", "?" * 60 + "*b"])
def test_slow_looking_wildcards_travel_into_a_list_s_sql(root: Root, pattern: str) -> None:
    """Over the values of labels, which are as long as labels may be."""
    user = root.new_user(
        allow("paimodel:ListModels", Condition={"StringLike": {"paimodel:Label/k": pattern}}),
        allow("paimodel:GetModel"),
        allow("paimodel:ListModels", f"acs:paimodel:*:*:model/{pattern}"),
    )
    workspace = root.new_workspace(user=(user, ["PAI.WorkspaceAdmin"]))
    for _ in range(5):
        labels = [{"Key": "k", "Value": "a" * 128}]
        body = {"ModelName": fresh("m"), "WorkspaceId": workspace, "Labels": labels}
        succeeded(root.ask("POST", "/api/v1/models", body))
    listed = succeeded(user.ask("GET", f"/api/v1/models?WorkspaceId={workspace}"))
    assert listed["TotalCount"] == 0
    quick = allow("paimodel:ListModels", Condition={"StringLike": {"paimodel:Label/k": "*a*a*"}})
    root.attach(user.name, root.new_policy(quick))
    assert succeeded(user.ask("GET", f"/api/v1/models?WorkspaceId={workspace}"))["TotalCount"] == 5


def test_as_many_statements_as_fit_are_decided(root: Root) -> None:
    """Ten policies of a hundred statements each, with patterns: what nobody would write, but may."""
    user = root.new_user()
    for number in range(10):
        statements = [deny("ram:X", f"*{number}{each}*a*") for each in range(80)]
        root.attach(user.name, root.new_policy(*statements[:-1], allow("ram:ListUsers", "acs:ram:*:*:user/*")))
    user.done("Ram:ListUsers")
    denied(user.call("Ram:ListGroups"))
    denied(user.ask("GET", "/api/v1/models"))


def test_trust_of_very_many_principals_is_decided(root: Root) -> None:
    principals = [f"acs:ram::{number}:root" for number in range(1_000_000_000_000_000, 1_000_000_000_000_130)]
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": principals}}
    answer = create_role(root, document(statement))
    name = succeeded(answer)["Role"]["RoleName"]
    denied(assume(root.new_user(allow("sts:AssumeRole")), name))


def test_a_query_of_very_many_parameters_is_refused_or_handled(root: Root) -> None:
    query = urlencode([("Label", f"k{number}=v") for number in range(3000)])
    answer = root.ask("GET", f"/api/v1/models?{query}")
    assert 200 <= answer.status < 500
    succeeded(root.ask("GET", "/api/v1/models"))
