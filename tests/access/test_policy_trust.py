"""A trust policy says who may assume a role."""

import json
from collections.abc import Sequence

import pytest

from modelry.access.policy import Context, Verdict, parse_trust, trusts

ACCOUNT = 1234567890123456
REQUEST = Context(source_ip="192.0.2.1", secure_transport=True, time_s=1_700_000_000, user_agent="sdk")


def asked(
    principal: object,
    *,
    more: Sequence[object] = (),
    context: Context = REQUEST,
    account: int = ACCOUNT,
    **change: object,
) -> Verdict:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **change}
    policy = parse_trust(json.dumps({"Version": "1", "Statement": [statement, *more]}))
    return trusts(policy, account_id=account, principal_arns={f"acs:ram::{account}:user/Alice"}, context=context)


@pytest.mark.parametrize(
    ("principal", "trusted"),
    [
        ({"RAM": f"acs:ram::{ACCOUNT}:root"}, True),
        ({"RAM": ["acs:ram::6543210987654321:root", f"acs:ram::{ACCOUNT}:root"]}, True),
        ({"RAM": "acs:ram::6543210987654321:root"}, False),
        ({"RAM": f"acs:ram::{ACCOUNT}:user/Alice"}, True),
        ({"RAM": f"acs:ram::{ACCOUNT}:user/alice"}, True),
        ({"RAM": f"acs:ram:*:{ACCOUNT}:user/alice"}, True),
        ({"RAM": f"acs:ram::{ACCOUNT}:user/alice2"}, False),
        ({"RAM": f"acs:ram::{ACCOUNT}:role/alice"}, False),
        ({"RAM": "acs:ram::6543210987654321:user/alice"}, False),
        ({"Service": "ecs.aliyuncs.com"}, False),
        ({"Federated": f"acs:ram::{ACCOUNT}:saml-provider/idp"}, False),
        ({"Service": f"acs:ram::{ACCOUNT}:root"}, False),
        ({"Service": "ecs.aliyuncs.com", "RAM": f"acs:ram::{ACCOUNT}:root"}, True),
        ("*", True),
    ],
)
def test_a_caller_is_trusted_if_a_principal_names_it(principal: object, trusted: bool) -> None:
    verdict = asked(principal)
    assert verdict.allowed is trusted
    assert verdict.statement == (0 if trusted else None)


@pytest.mark.parametrize(("given", "trusted"), [("secret", True), ("Secret", False), ("", False), (None, False)])
def test_an_external_id_must_be_the_one_that_is_asked_for(given: str | None, trusted: bool) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "secret"}}
    assert asked("*", Condition=condition, context=REQUEST._replace(external_id=given)).allowed is trusted


@pytest.mark.parametrize(
    ("action", "trusted"),
    [("sts:*", True), ("*", True), (["sts:SetX", "STS:assumerole"], True), ("sts:AssumeRoleWithSAML", False)],
)
def test_the_action_must_be_to_assume_the_role(action: object, trusted: bool) -> None:
    assert asked("*", Action=action).allowed is trusted


def test_a_deny_goes_before_an_allow() -> None:
    deny = {
        "Effect": "Deny",
        "Action": "sts:AssumeRole",
        "Principal": {"RAM": f"acs:ram::{ACCOUNT}:user/alice"},
        "Condition": {"NotIpAddress": {"acs:SourceIp": "198.51.100.0/24"}},
    }
    inside = REQUEST._replace(source_ip="198.51.100.1")
    refused = asked({"RAM": f"acs:ram::{ACCOUNT}:root"}, more=[deny])
    assert (refused.allowed, refused.explicit, refused.statement) == (False, True, 1)
    assert asked({"RAM": f"acs:ram::{ACCOUNT}:root"}, more=[deny], context=inside).allowed
