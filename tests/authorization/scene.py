"""A registry in which every caller of the matrix stands where it says: policies attached, roles held, models made."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.authorization.identities import (
    Identity,
    account,
    attach,
    detach,
    fresh,
    new_role,
    new_user,
    session,
)
from tests.registry import Registry

MATRIX: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("matrix.toml").read_text())
CALLERS: Mapping[str, Mapping[str, Any]] = MATRIX["callers"]
MAKES_MODELS = "PAI.AlgoDeveloper"
"""What everybody holds while the standing models are made."""
ALLOWS_MODELS = "AliyunPAIFullAccess"


class Cell(NamedTuple):
    """Which models."""

    own: bool
    accessibility: str


CELLS = tuple(Cell(own, accessibility) for accessibility in ("PRIVATE", "PUBLIC") for own in (True, False))
"""In the order of the matrix."""


@dataclass(frozen=True)
class Scene:
    """The registry, and who is there."""

    account: Identity
    somebody: Identity
    """Another member, whose models are others' to all callers."""
    callers: Mapping[str, Identity]
    workspace_id: str
    models: Mapping[tuple[str, str], str]
    """By name of the creator, or `somebody`, and accessibility; each with a version 0.1.0 and a label."""


def set_up(registry: Registry) -> Scene:
    """Make it all."""
    by = account(registry)
    owner = new_user(by, "owner", ALLOWS_MODELS)
    workspace_id = owner.done("AIWorkSpace:CreateWorkspace", WorkspaceName="matrix", Description="d", EnvTypes=["prod"])
    workspace_id = workspace_id["WorkspaceId"]
    by.done("AIWorkSpace:UpdateDefaultWorkspace", WorkspaceId=workspace_id)
    for name, modules in MATRIX["custom_roles"].items():
        by.done("AIWorkSpace:CreateWorkspaceRole", WorkspaceId=workspace_id, RoleName=name, ModulePermissions=modules)
    assumer = new_user(by, "assumer", "AliyunSTSAssumeRoleAccess")
    callers = {"account": by, "owner": owner}
    for name, caller in CALLERS.items():
        if "session" in caller:
            role_id = new_role(by, name, ALLOWS_MODELS)
            callers[name] = session(assumer, name, role_id, caller["session"])
        elif name not in callers:
            callers[name] = new_user(by, name, ALLOWS_MODELS)
    somebody = new_user(by, "somebody", ALLOWS_MODELS)
    for each in {**callers, "somebody": somebody}.values():
        if each not in (by, owner):
            join(by, workspace_id, each.user_id, MAKES_MODELS)
    makers = {**callers, "somebody": somebody, "narrowed": session(assumer, "narrowed", callers["narrowed"].user_id)}
    models = {
        (name, accessibility): new_model(maker, workspace_id, accessibility)
        for name, maker in makers.items()
        for accessibility in ("PRIVATE", "PUBLIC")
    }
    for name, caller in CALLERS.items():
        if name not in {"account", "owner"}:
            _put_in_place(by, workspace_id, name, callers[name], caller)
    return Scene(by, somebody, callers, workspace_id, models)


def join(by: Identity, workspace_id: str, user_id: str, *roles: str) -> None:
    """Make a user a member."""
    members = [{"UserId": user_id, "Roles": list(roles)}]
    by.done("AIWorkSpace:CreateMember", WorkspaceId=workspace_id, Members=members)


def new_model(maker: Identity, workspace_id: str, accessibility: str) -> str:
    """The id of a model with a version and a label each."""
    label = [{"Key": "k", "Value": "v"}]
    model_id: str = maker.done(
        "AIWorkSpace:CreateModel",
        ModelName=fresh(),
        WorkspaceId=workspace_id,
        Accessibility=accessibility,
        Labels=label,
    )["ModelId"]
    maker.done("AIWorkSpace:CreateModelVersion", ModelId=model_id, Uri="oss://b/m", Labels=label)
    return model_id


def _put_in_place(by: Identity, workspace_id: str, name: str, identity: Identity, wanted: Mapping[str, Any]) -> None:
    """Give a caller, who could make models up to now, the roles and policies of the matrix and no others."""
    member = {"WorkspaceId": workspace_id, "MemberId": f"{workspace_id}-{identity.user_id}"}
    if "roles" not in wanted:
        by.done("AIWorkSpace:DeleteMembers", WorkspaceId=workspace_id, MemberIds=member["MemberId"])
    else:
        for role in wanted["roles"]:
            by.done("AIWorkSpace:AddMemberRole", **member, RoleName=role)
        if MAKES_MODELS not in wanted["roles"]:
            by.done("AIWorkSpace:RemoveMemberRole", **member, RoleName=MAKES_MODELS)
    kind = "Role" if "session" in wanted else "User"
    for policy in {*wanted["policies"]} - {ALLOWS_MODELS}:
        attach(by, kind, name, policy)
    if ALLOWS_MODELS not in wanted["policies"]:
        detach(by, kind, name, ALLOWS_MODELS)
