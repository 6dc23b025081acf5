"""The statements that were considered, against the decision itself."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelry.access.explanation import Considered, Question, considered, of_object, statement_of
from modelry.access.narrowing import narrowed
from modelry.access.policy import Context, Grant, Policies, parse
from modelry.access.predicate import ALWAYS, NEVER, All, Not, Some, holds

REGION = "cn-hangzhou"
ACTION = "paimodel:GetModel"
CONTEXT = Context("192.0.2.1", secure_transport=False, time_s=1_767_225_600, user_agent="")
MODEL: Mapping[str, Any] = {
    "resource": "1234567890123456:model/model-1",
    "workspace_id": "1",
    "accessibility": "PUBLIC",
    "labels": {("env", "prod")},
}

CONDITIONS = [
    {},
    {"StringEquals": {"paimodel:label/env": "prod"}},
    {"StringLike": {"paimodel:label/env": ["t*", "p*"]}},
    {"StringNotEquals": {"paimodel:Accessibility": "PUBLIC"}},
    {"StringEqualsIgnoreCase": {"paimodel:label/env": "PROD"}},  # which no list can ask
    {"StringEqualsIfExists": {"paimodel:ApprovalStatus": "Approved"}},
    {"IpAddress": {"acs:SourceIp": "192.0.2.0/24"}, "StringEquals": {"paimodel:WorkspaceId": ["1", "2"]}},
    {"Bool": {"acs:SecureTransport": "true"}},
    {"StringEquals": {"acs:Unknown": "x"}},
]
ABOUT = [{"Action": "*"}, {"Action": "paimodel:Get*"}, {"NotAction": ACTION}, {"Action": "ram:GetUser"}]
RESOURCES: list[dict[str, object]] = [
    {"Resource": "*"},
    {"Resource": ["acs:paimodel:*:*:model/model-1", "acs:paimodel:*:*:model/model-2"]},
    {"NotResource": "acs:paimodel:*:*:model/model-1"},
    {"Resource": f"acs:paimodel:{REGION}:*:model/model-?"},
]
statements = st.builds(
    lambda effect, about, resources, asked: {"Effect": effect, "Condition": asked, **about, **resources},
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(ABOUT),
    st.sampled_from(RESOURCES),
    st.sampled_from(CONDITIONS),
)
policies = st.lists(st.lists(statements, min_size=1, max_size=3), min_size=1, max_size=3).map(
    lambda documents: Policies(
        [
            Grant(f"policy {number}", parse(json.dumps({"Version": "1", "Statement": document})))
            for number, document in enumerate(documents)
        ],
        region=REGION,
    )
)
models = st.fixed_dictionaries(
    {
        "resource": st.sampled_from(["1234567890123456:model/model-1", "1234567890123456:model/other"]),
        "workspace_id": st.sampled_from(["1", "3"]),
        "accessibility": st.sampled_from(["PUBLIC", "PRIVATE"]),
        "approval_status": st.sampled_from([None, "Approved", "Pending"]),
        "labels": st.sampled_from([set(), {("env", "prod")}, {("env", "test")}]),
    }
)


def asked(found: Policies, model: Mapping[str, Any]) -> list[Considered]:
    return list(considered(found, REGION, Question(ACTION, CONTEXT, model, of_object(model))))


@given(policies, models)
def test_the_statements_that_apply_make_the_decision(found: Policies, model: Mapping[str, Any]) -> None:
    applying = {each.effect for each in asked(found, model) if not each.unmet}
    assert (applying == {"Allow"}) is found.explained(ACTION, model, CONTEXT).allowed
    assert (applying == {"Allow"}) is holds(found.reach(ACTION, CONTEXT), model)


@given(policies, models)
def test_the_deciding_statement_is_among_those_that_apply(found: Policies, model: Mapping[str, Any]) -> None:
    verdict = found.explained(ACTION, model, CONTEXT)
    applying = {(each.source, each.number) for each in asked(found, model) if not each.unmet}
    assert verdict.source is None or (verdict.source, verdict.statement) in applying


@given(policies, models)
def test_what_statements_ask_of_a_list_makes_its_predicate(found: Policies, model: Mapping[str, Any]) -> None:
    question = Question(ACTION, CONTEXT, {}, lambda predicate: narrowed(predicate, {}))
    parts = list(considered(found, REGION, question))
    allowed = Some(tuple(each.asks for each in parts if each.effect == "Allow"))
    denied = Some(tuple(each.asks for each in parts if each.effect == "Deny"))
    put_together = All((allowed, Not(denied)))
    assert holds(put_together, model) is holds(found.reach(ACTION, CONTEXT), model)


@given(policies, models)
def test_what_does_not_apply_says_why_and_asks_nothing(found: Policies, model: Mapping[str, Any]) -> None:
    for each in asked(found, model):
        assert each.asks == (NEVER if each.unmet else ALWAYS)


def one(statement: Mapping[str, Any], model: Mapping[str, Any] = MODEL) -> tuple[str, ...]:
    """Why a statement does not apply."""
    whole = {"Effect": "Allow", "Action": "*", "Resource": "*", **statement}
    document = json.dumps({"Version": "1", "Statement": whole})
    (found,) = asked(Policies([Grant("p", parse(document))], region=REGION), model)
    return found.unmet


WHY: list[tuple[dict[str, Any], str]] = [
    ({"Action": "paimodel:List*"}, "it is not about paimodel:GetModel"),
    ({"Resource": "acs:paimodel:*:*:model/other"}, "its resources do not include the one that is asked for"),
    (
        {"Condition": {"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}},
        "its condition IpAddress of acs:SourceIp does not hold: the request has 192.0.2.1",
    ),
    (
        {"Condition": {"StringEquals": {"acs:UserAgent": "x"}}},
        "its condition StringEquals of acs:UserAgent does not hold: the request has none",
    ),
    (
        {"Condition": {"DateLessThan": {"acs:CurrentTime": "2020-01-01T00:00:00Z"}}},
        "its condition DateLessThan of acs:CurrentTime does not hold: the request has 2026-01-01T00:00:00Z",
    ),
    (
        {"Condition": {"StringEquals": {"paimodel:Accessibility": "PRIVATE"}}},
        "its condition StringEquals of paimodel:Accessibility does not hold: the object has PUBLIC",
    ),
    (
        {"Condition": {"StringEquals": {"acs:ResourceTag/env": "test"}}},
        "its condition StringEquals of acs:ResourceTag/env does not hold: the object has prod",
    ),
    (
        {"Condition": {"StringEquals": {"paimodel:label/team": "a"}}},
        "its condition StringEquals of paimodel:label/team does not hold: the object has none",
    ),
    (
        {"Condition": {"StringEqualsIgnoreCase": {"paimodel:label/env": "PROD"}}},
        "its condition StringEqualsIgnoreCase of paimodel:label/env cannot be asked of a list, so it allows nothing",
    ),
    (
        {"Condition": {"StringEquals": {"acs:Unknown": "x"}}},
        "its condition StringEquals of acs:Unknown does not hold: that key is not known here",
    ),
]


@pytest.mark.parametrize(("statement", "why"), WHY, ids=[why for _, why in WHY])
def test_a_statement_says_what_does_not_fit(statement: dict[str, Any], why: str) -> None:
    assert one(statement) == (why,)


def test_all_that_does_not_fit_is_said() -> None:
    conditions = {"Bool": {"acs:SecureTransport": "true"}, "StringEquals": {"paimodel:WorkspaceId": "2"}}
    assert len(one({"Resource": "acs:paimodel:*:*:model/other", "Condition": conditions})) == 3


def test_a_statement_is_shown_as_it_is_written() -> None:
    written = {"Effect": "Allow", "Action": "PaiModel:*", "Resource": ["*"]}
    for statements_ in (written, [written]):
        policy = parse(json.dumps({"Version": "1", "Statement": statements_}))
        assert statement_of(policy, 0) == written
