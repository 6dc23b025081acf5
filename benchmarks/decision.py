"""Callers whose decisions are measured: from the account's own key to a user with fifty policies on every condition.

Each policy is one that a team would write; what an identity is allowed in the end is the same for all of them.
"""

import json
from collections.abc import Callable, Iterator

from modelry.access.authority import Authority, of_account
from modelry.access.policy import Grant, Policies, parse
from modelry.access.principal import Principal
from modelry.access.roles import Memberships

POLICIES = 50
"""Attached to one user: ten custom ones of its own, and what five groups bring."""

PREFIX = "decision: "
"""How the names of these parts begin."""

_REGION = "cn-hangzhou"
_READ: dict[str, object] = {"Effect": "Allow", "Action": ["paimodel:Get*", "PaiModel:List*"], "Resource": "*"}


def authorities(account_id: int, workspace_ids: list[str]) -> dict[str, Authority]:
    """The callers, by what is special about them; all of them may get every public model of the workspaces."""
    account = Principal(account_id=account_id, user_id=str(account_id), access_key_id="LTAI5tBenchmark")
    user = Principal(account_id=account_id, user_id="299999999999999999", access_key_id="LTAI5tBenchmark", name="user")
    memberships = Memberships(user.user_id, dict.fromkeys(workspace_ids, ("PAI.AlgoDeveloper",)))

    def with_policies(count: int, policy: Callable[[int], dict[str, object]]) -> Authority:
        statements = [{**policy(number)} for number in range(count - 1)]
        return Authority(user, Policies(_grants([*statements, _READ]), region=_REGION), None, memberships)

    return {
        "the account's own key": of_account(account),
        "a user with 1 policy": with_policies(1, _by_service),
        f"a user with {POLICIES} policies": with_policies(POLICIES, _by_service),
        f"a user with {POLICIES} policies on resources": with_policies(POLICIES, _by_resource),
        f"a user with {POLICIES} policies on addresses and times": with_policies(POLICIES, _by_request),
        f"a user with {POLICIES} policies on labels": with_policies(POLICIES, _by_label),
    }


def _grants(statements: list[dict[str, object]]) -> Iterator[Grant]:
    for number, statement in enumerate(statements):
        yield Grant(f"policy {number}", parse(json.dumps({"Version": "1", "Statement": [statement]})))


def _by_service(number: int) -> dict[str, object]:
    return {"Effect": "Allow", "Action": [f"service{number}:*", "paimodel:Get*"], "Resource": "*"}


def _by_resource(number: int) -> dict[str, object]:
    return {"Effect": "Deny", "Action": "paimodel:*", "Resource": f"acs:paimodel:*:*:model/model-secret{number}*"}


def _by_request(number: int) -> dict[str, object]:
    outside = {"NotIpAddress": {"acs:SourceIp": ["127.0.0.0/8", f"10.{number}.0.0/16"]}}
    over = {"DateGreaterThan": {"acs:CurrentTime": f"2099-01-01T00:00:{number:02d}Z"}}
    return {"Effect": "Deny", "Action": "paimodel:*", "Resource": "*", "Condition": outside if number % 2 else over}


def _by_label(number: int) -> dict[str, object]:
    kept = {"StringEquals": {f"acs:ResourceTag/class{number}": "secret"}}
    return {"Effect": "Deny", "Action": "paimodel:Get*", "Resource": "*", "Condition": kept}
