"""RAM users that send a part of the load: each has a key, policies of its own, and a role in every workspace."""

import json
from typing import Any

from modelry.bench.data import Registry, Run, account
from modelry.families.ram.attachments.operations import ATTACH_POLICY_TO_USER
from modelry.families.ram.attachments.structs import UserAttachment
from modelry.families.ram.keys.operations import CREATE_ACCESS_KEY
from modelry.families.ram.keys.structs import KeyOwner
from modelry.families.ram.policies.operations import CREATE_POLICY
from modelry.families.ram.policies.structs import CreatePolicy
from modelry.families.ram.users.operations import CREATE_USER
from modelry.families.ram.users.structs import CreateUser
from modelry.families.workspaces.members.operations import CREATE_MEMBER
from modelry.families.workspaces.members.structs import CreateMember, NewMember
from modelry.server.start import RootKey

ROLE = "PAI.WorkspaceAdmin"
"""Updates models of others too, which the mix asks for."""

POLICIES = (
    {"Effect": "Allow", "Action": ["paimodel:*"], "Resource": "*"},
    {
        "Effect": "Deny",
        "Action": "paimodel:Delete*",
        "Resource": "*",
        "Condition": {"StringEquals": {"paimodel:label/stage": "prod"}},
    },
    {
        "Effect": "Deny",
        "Action": "paimodel:*",
        "Resource": "*",
        "Condition": {"NotIpAddress": {"acs:SourceIp": ["127.0.0.0/8", "10.0.0.0/8"]}},
    },
)
"""Of every user, each a policy: what a team gives, and two conditions that are looked at and never hold."""

_MEMBERS_A_CALL = 100


def added(registry: Registry, count: int) -> list[RootKey]:
    """The keys of so many new users.

    Raises:
        StartError: a server uses the folder.
    """
    with account(registry.folder, registry.database) as in_transaction:
        made: list[tuple[str, RootKey]] = in_transaction(lambda run: [_user(run, n) for n in range(count)])
        ids = [user_id for user_id, _ in made]
        in_transaction(lambda run: _members(run, registry.workspace_ids, ids))
    return [key for _, key in made]


def _user(run: Run, number: int) -> tuple[str, Any]:
    name = f"bench-{number}"
    user_id = run(CREATE_USER, CreateUser(user_name=name)).user.user_id
    key = run(CREATE_ACCESS_KEY, KeyOwner(user_name=name)).access_key
    for index, statement in enumerate(POLICIES):
        policy = f"{name}-{index}"
        document = json.dumps({"Version": "1", "Statement": [statement]})
        run(CREATE_POLICY, CreatePolicy(policy_name=policy, policy_document=document))
        run(ATTACH_POLICY_TO_USER, UserAttachment(user_name=name, policy_name=policy, policy_type="Custom"))
    return user_id, RootKey(key.access_key_id, key.access_key_secret)


def _members(run: Run, workspace_ids: list[str], user_ids: list[str]) -> None:
    for workspace_id in workspace_ids:
        for first in range(0, len(user_ids), _MEMBERS_A_CALL):
            members = [NewMember(user_id=i, roles=[ROLE]) for i in user_ids[first : first + _MEMBERS_A_CALL]]
            run(CREATE_MEMBER, CreateMember(workspace_id=workspace_id, members=members))
