"""A decision says what decided, and what stood nearest where nothing did; and one situation has one predicate."""

import json
from typing import Any

import pytest

from modelry.access.policy import Context, Grant, Policies, parse
from modelry.access.predicate import ALWAYS, NEVER, Compare, Predicate

REQUEST = Context(source_ip="192.0.2.1", secure_transport=True, time_s=1_700_000_000, user_agent="sdk")
MODEL = {"resource": "1234567890123456:model/m1"}
NEAR_HTTPS = {"Bool": {"acs:SecureTransport": "true"}}


def allow(action: str, resource: str = "*", **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def policies(*statements: dict[str, Any]) -> Policies:
    document = json.dumps({"Version": "1", "Statement": statements})
    return Policies([Grant("Custom policy readers (v2)", parse(document))], region="cn-hangzhou")


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ([allow("ram:*"), allow("paimodel:*")], "Statement 1 of Custom policy readers (v2) allows paimodel:GetModel."),
        (
            [allow("*"), {**allow("paimodel:Get*"), "Effect": "Deny"}],
            "Statement 1 of Custom policy readers (v2) denies paimodel:GetModel.",
        ),
        ([allow("ram:*")], "No statement allows paimodel:GetModel."),
        (
            [allow("ram:*"), allow("*", Condition={"Bool": {"acs:MFAPresent": "true"}})],
            (
                "No statement allows paimodel:GetModel here: statement 1 of Custom policy readers (v2) names it,"
                " but its condition Bool of acs:MFAPresent does not hold."
            ),
        ),
        (
            [allow("*", "acs:paimodel:*:*:model/m2")],
            (
                "No statement allows paimodel:GetModel here: statement 0 of Custom policy readers (v2) names it,"
                " but its resources do not include the object."
            ),
        ),
        (
            [allow("*", Condition={"StringEquals": {"paimodel:Accessibility": "PUBLIC"}})],
            (
                "No statement allows paimodel:GetModel here: statement 0 of Custom policy readers (v2) names it,"
                " but its conditions on the object do not hold."
            ),
        ),
    ],
)
def test_the_reason_names_the_statement(statements: list[dict[str, Any]], reason: str) -> None:
    assert policies(*statements).explained("paimodel:GetModel", MODEL, REQUEST).reason == reason


@pytest.mark.parametrize(
    ("statements", "left"),
    [
        ([allow("*")], ALWAYS),
        ([allow("*", Condition=NEAR_HTTPS)], ALWAYS),
        ([allow("*", "acs:paimodel:*:*:*"), allow("*", "acs:*:cn-hangzhou:*")], ALWAYS),
        ([], NEVER),
        ([allow("ram:*")], NEVER),
        ([allow("*", "acs:oss:*:*:*")], NEVER),
        ([allow("*"), {**allow("*"), "Effect": "Deny"}], NEVER),
        ([allow("*", Condition={"Bool": {"acs:SecureTransport": "false"}})], NEVER),
    ],
)
def test_what_does_not_depend_on_the_object_is_always_or_never_itself(
    statements: list[dict[str, Any]], left: Predicate
) -> None:
    known = policies(*statements) if statements else Policies([], region="cn-hangzhou")
    assert known.reach("paimodel:GetModel", REQUEST) is left


def test_one_object_that_is_named_is_one_comparison() -> None:
    known = policies(allow("paimodel:*", "acs:paimodel:*:1234567890123456:model/m1"))
    wanted = Compare("resource", "=", "1234567890123456:model/m1")
    assert known.reach("paimodel:GetModel", REQUEST) == wanted


def test_a_situation_has_one_predicate_and_another_situation_its_own() -> None:
    known = policies(allow("paimodel:*", "acs:paimodel:*:*:model/m1", Condition=NEAR_HTTPS))
    first = known.reach("paimodel:GetModel", REQUEST)
    assert known.reach("paimodel:GetModel", REQUEST._replace(user_agent="other", time_s=1)) is first
    assert known.reach("paimodel:GetModel", REQUEST._replace(secure_transport=False)) is NEVER
    assert known.reach("paimodel:GetModel", REQUEST) is first


def test_situations_are_not_remembered_without_end() -> None:
    known = policies(allow("*", Condition={"StringLike": {"acs:UserAgent": "sdk*"}}))
    for number in range(1000):
        assert known.reach("paimodel:GetModel", REQUEST._replace(user_agent=f"sdk{number}")) is ALWAYS
    assert len(known._decisions["paimodel:GetModel"]._known) <= 256
