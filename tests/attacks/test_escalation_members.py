"""Nobody gets more of a workspace through its members and roles than whoever administers it gave."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.attacks.actors import MAY_EVERYTHING, Actor, Root, denied, fresh, refused, succeeded
from tests.wire_client import Answer

ROLES = (
    *("PAI.AlgoDeveloper", "PAI.AlgoOperator", "PAI.LabelManager", "PAI.MaxComputeDeveloper", "PAI.WorkspaceGuest"),
)
ADMIN, OWNER = "PAI.WorkspaceAdmin", "PAI.WorkspaceOwner"
MANAGING: list[dict[str, object]] = [{"ModuleName": "PaiWorkspace@@MemberRole", "PermissionType": "FullAccess"}]


class Scene(NamedTuple):
    """A workspace with a member, and another one; every user has all of RAM's permissions, so that roles decide."""

    root: Root
    workspace: str
    other: str
    member: Actor
    admin: Actor
    stranger: Actor


@pytest.fixture(scope="module")
def users(attacked_root: Root) -> dict[str, Actor]:
    """Policies allow them everything, so that workspace roles alone decide."""
    return {name: attacked_root.new_user(MAY_EVERYTHING) for name in ("member", "admin", "stranger")}


@pytest.fixture(params=ROLES)
def scene(root: Root, users: dict[str, Actor], request: pytest.FixtureRequest) -> Scene:
    member, admin, stranger = users.values()
    workspace = root.new_workspace(member=(member, [request.param]), admin=(admin, [ADMIN]))
    return Scene(root, workspace, root.new_workspace(), member, admin, stranger)


def members_path(workspace: str, *more: str) -> str:
    return "/".join((f"/api/v1/workspaces/{workspace}/members", *more))


def make_admin(actor: Actor, workspace: str, user: Actor) -> Answer:
    return actor.ask("POST", members_path(workspace, f"{workspace}-{user.user_id}", "roles", ADMIN))


def admit(actor: Actor, workspace: str, user: Actor, role: str = ADMIN) -> Answer:
    return actor.ask("POST", members_path(workspace), {"Members": [{"UserId": user.user_id, "Roles": [role]}]})


def new_role(actor: Actor, workspace: str) -> Answer:
    body = {"RoleName": fresh("r"), "ModulePermissions": MANAGING}
    return actor.ask("POST", f"/api/v1/workspaces/{workspace}/roles", body)


ESCALATIONS: dict[str, Callable[[Scene], Answer]] = {
    "makes himself admin": lambda s: make_admin(s.member, s.workspace, s.member),
    "makes an accomplice admin": lambda s: admit(s.member, s.workspace, s.stranger),
    "admits an accomplice at all": lambda s: admit(s.member, s.workspace, s.stranger, "PAI.WorkspaceGuest"),
    "gives himself an ordinary role": lambda s: s.member.ask(
        "POST", members_path(s.workspace, f"{s.workspace}-{s.member.user_id}", "roles", "PAI.AlgoDeveloper")
    ),
    "takes a role of his own": lambda s: s.member.ask(
        "DELETE", members_path(s.workspace, f"{s.workspace}-{s.member.user_id}", "roles", "PAI.WorkspaceGuest")
    ),
    "makes a role": lambda s: new_role(s.member, s.workspace),
    "makes a role that allows nothing": lambda s: s.member.ask(
        "POST",
        f"/api/v1/workspaces/{s.workspace}/roles",
        {"RoleName": fresh("r"), "ModulePermissions": [{"ModuleName": "Model", "PermissionType": "NoPrivilege"}]},
    ),
    "removes the admin": lambda s: s.member.ask(
        "DELETE", f"{members_path(s.workspace)}?MemberIds={s.workspace}-{s.admin.user_id}"
    ),
    "takes the admin's role": lambda s: s.member.ask(
        "DELETE", members_path(s.workspace, f"{s.workspace}-{s.admin.user_id}", "roles", ADMIN)
    ),
    "a stranger admits himself": lambda s: admit(s.stranger, s.workspace, s.stranger),
    "an admin elsewhere admits himself": lambda s: admit(s.admin, s.other, s.admin),
    "an admin elsewhere makes a role": lambda s: new_role(s.admin, s.other),
    "an admin elsewhere deletes the workspace": lambda s: s.admin.ask("DELETE", f"/api/v1/workspaces/{s.other}"),
    "an admin elsewhere reads the members": lambda s: s.admin.ask("GET", members_path(s.other)),
}


@pytest.mark.parametrize("escalation", ESCALATIONS.values(), ids=ESCALATIONS)
def test_it_is_denied(scene: Scene, escalation: Callable[[Scene], Answer]) -> None:
    before = succeeded(scene.root.ask("GET", members_path(scene.workspace)))["Members"]
    denied(escalation(scene))
    assert succeeded(scene.root.ask("GET", members_path(scene.workspace)))["Members"] == before


@pytest.fixture
def alone(root: Root, users: dict[str, Actor]) -> Scene:
    """The scene once."""
    member, admin, stranger = users.values()
    workspace = root.new_workspace(member=(member, [ROLES[0]]), admin=(admin, [ADMIN]))
    return Scene(root, workspace, root.new_workspace(), member, admin, stranger)


def test_what_is_denied_above_an_admin_may(alone: Scene) -> None:
    """Or the denials would say nothing."""
    succeeded(admit(alone.admin, alone.workspace, alone.stranger))
    succeeded(make_admin(alone.admin, alone.workspace, alone.member))
    succeeded(new_role(alone.admin, alone.workspace))


def test_nobody_is_made_an_owner(alone: Scene) -> None:
    refused(admit(alone.admin, alone.workspace, alone.stranger, OWNER), 400, "WorkspaceOwnerNotAssignable")
    path = members_path(alone.workspace, f"{alone.workspace}-{alone.admin.user_id}", "roles", OWNER)
    refused(alone.admin.ask("POST", path), 400, "WorkspaceOwnerNotAssignable")
    refused(alone.root.ask("POST", path), 400, "WorkspaceOwnerNotAssignable")


@pytest.mark.parametrize(
    "spelt", ["pai.workspaceowner", "PAI.WORKSPACEOWNER", " PAI.WorkspaceOwner", "PAI.WorkspaceOwner\u200b"]
)
def test_an_owner_spelt_otherwise_is_no_role(alone: Scene, spelt: str) -> None:
    refused(admit(alone.admin, alone.workspace, alone.stranger, spelt), 400, "InvalidRole")


def test_an_admin_cannot_remove_or_strip_the_owner(alone: Scene) -> None:
    owner = f"{alone.workspace}-{alone.root.user_id}"
    gone = alone.admin.ask("DELETE", f"{members_path(alone.workspace)}?MemberIds={owner}")
    refused(gone, 409, "WorkspaceOwnerNotRemovable")
    stripped = alone.admin.ask("DELETE", members_path(alone.workspace, owner, "roles", OWNER))
    refused(stripped, 409, "WorkspaceOwnerNotRemovable")


def test_a_workspace_keeps_somebody_who_may_administer_it(alone: Scene, root: Root) -> None:
    """The account's own key may, whatever happens to the members; an owner among users stays as well."""
    owner = root.new_user(MAY_EVERYTHING)
    body = {"WorkspaceName": fresh("ws").replace("-", "_"), "Description": "x", "EnvTypes": ["prod"]}
    workspace = succeeded(owner.ask("POST", "/api/v1/workspaces", body))["WorkspaceId"]
    member_id = f"{workspace}-{owner.user_id}"
    for actor in (owner, root):
        gone = actor.ask("DELETE", f"{members_path(workspace)}?MemberIds={member_id}")
        refused(gone, 409, "WorkspaceOwnerNotRemovable")
        stripped = actor.ask("DELETE", members_path(workspace, member_id, "roles", OWNER))
        refused(stripped, 409, "WorkspaceOwnerNotRemovable")
    succeeded(admit(owner, workspace, alone.stranger))


def test_the_owner_among_several_members_to_remove_keeps_all_of_them(alone: Scene) -> None:
    ids = f"{alone.workspace}-{alone.member.user_id},{alone.workspace}-{alone.root.user_id}"
    answer = alone.admin.ask("DELETE", f"{members_path(alone.workspace)}?MemberIds={ids}")
    refused(answer, 409, "WorkspaceOwnerNotRemovable")
    kept = succeeded(alone.root.ask("GET", members_path(alone.workspace)))["Members"]
    assert alone.member.user_id in {member["UserId"] for member in kept}


def test_a_member_s_id_of_another_workspace_names_nobody(alone: Scene) -> None:
    """The decision is about the workspace of the path; the member has to be in it."""
    there = f"{alone.other}-{alone.root.user_id}"
    refused(alone.admin.ask("POST", members_path(alone.workspace, there, "roles", ADMIN)), 404, "100600006")
    gone = alone.admin.ask("DELETE", f"{members_path(alone.workspace)}?MemberIds={there}")
    refused(gone, 404, "100600017")


def test_a_role_of_another_workspace_cannot_be_given_or_changed(alone: Scene) -> None:
    role_id = made_role(alone.root, alone.other, *MANAGING)
    refused(admit(alone.admin, alone.workspace, alone.stranger, role_id), 400, "InvalidRole")
    path = f"/api/v1/workspaces/{alone.workspace}/roles/{role_id}"
    body = {"ModulePermissions": MANAGING, "RoleName": "mine"}
    refused(alone.admin.ask("PUT", path, body), 404, "WorkspaceRoleNotExists")
    refused(alone.admin.ask("GET", path), 404, "WorkspaceRoleNotExists")


@pytest.mark.parametrize("name", [ADMIN, OWNER, "PAI.WorkspaceGuest", ROLES[0].lower()])
def test_a_custom_role_is_not_named_like_a_built_in_one(alone: Scene, name: str) -> None:
    """Giving the one would give the other, and a list would show what nobody holds."""
    body = {"RoleName": name, "ModulePermissions": MANAGING}
    refused(alone.root.ask("POST", f"/api/v1/workspaces/{alone.workspace}/roles", body), 400, "InvalidParameter")


def test_a_custom_role_named_like_another_s_id_is_not_given_in_its_place(alone: Scene) -> None:
    weak = made_role(alone.root, alone.workspace, {"ModuleName": "Model", "PermissionType": "NoPrivilege"})
    made_role(alone.root, alone.workspace, *MANAGING, name=weak)
    succeeded(admit(alone.root, alone.workspace, alone.stranger, weak))
    denied(admit(alone.stranger, alone.workspace, alone.stranger))
    denied(new_role(alone.stranger, alone.workspace))


def test_the_body_names_no_other_workspace_than_the_path(alone: Scene) -> None:
    """Terraform repeats ids of the path in the body; there they mean nothing."""
    body = {"Members": [{"UserId": alone.stranger.user_id, "Roles": [ADMIN]}], "WorkspaceId": alone.other}
    succeeded(alone.admin.ask("POST", members_path(alone.workspace), body))
    there = succeeded(alone.root.ask("GET", members_path(alone.other)))["Members"]
    assert {member["UserId"] for member in there} == {alone.root.user_id}


def test_a_model_made_in_another_s_workspace_is_denied(alone: Scene) -> None:
    body = {"ModelName": fresh("m"), "WorkspaceId": alone.other}
    denied(alone.admin.ask("POST", "/api/v1/models", body))


# Who manages members and roles, and is no administrator.


def made_role(root: Root, workspace: str, *modules: dict[str, object], name: str = "") -> str:
    """The id of a new custom role."""
    body = {"RoleName": name or fresh("r"), "ModulePermissions": list(modules)}
    job = succeeded(root.ask("POST", f"/api/v1/workspaces/{workspace}/roles", body))["InstanceJobId"]
    role_id: str = succeeded(root.ask("GET", f"/api/v1/instancejobs/{job}"))["InstanceId"]
    return role_id


class Managed(NamedTuple):
    """A workspace whose members somebody manages by a custom role."""

    scene: Scene
    manager: Actor
    role: str
    """The manager's."""
    strong: str
    """A custom role that allows more."""

    def roles_path(self, role: str = "") -> str:
        return f"/api/v1/workspaces/{self.scene.workspace}/roles" + (f"/{role}" if role else "")

    def member_path(self, user: Actor, role: str) -> str:
        return members_path(self.scene.workspace, f"{self.scene.workspace}-{user.user_id}", "roles", role)


@pytest.fixture
def managed(alone: Scene, root: Root) -> Managed:
    manager = root.new_user(MAY_EVERYTHING)
    role = made_role(root, alone.workspace, *MANAGING)
    strong = made_role(root, alone.workspace, *EVERY_MODEL)
    root.admit(alone.workspace, manager, role)
    return Managed(alone, manager, role, strong)


def written(modules: list[dict[str, object]]) -> dict[str, object]:
    return {"RoleName": fresh("r"), "ModulePermissions": modules}


EVERY_MODEL: list[dict[str, object]] = [{"ModuleName": "Model", "PermissionType": "FullAccess"}]
PRIVATE_MODELS: list[dict[str, object]] = [
    {
        "ModuleName": "Model",
        "PermissionType": "CustomPermissions",
        "Permissions": [
            {
                "PermissionCodes": ["PAIMODEL:getmodel"],
                "PermissionRules": [{"Accessibility": "PRIVATE", "EntityAccessType": "ANY"}],
            }
        ],
    }
]
SETTINGS: list[dict[str, object]] = [{"ModuleName": "PaiWorkspace@@Config", "PermissionType": "FullAccess"}]

CLIMBS: dict[str, Callable[[Managed], Answer]] = {
    "makes himself admin": lambda m: m.manager.ask("POST", m.member_path(m.manager, ADMIN)),
    "admits an accomplice as admin": lambda m: admit(m.manager, m.scene.workspace, m.scene.stranger),
    "takes a stronger role": lambda m: m.manager.ask("POST", m.member_path(m.manager, m.strong)),
    "gives a stronger role": lambda m: admit(m.manager, m.scene.workspace, m.scene.stranger, m.strong),
    "widens his own role": lambda m: m.manager.ask("PUT", m.roles_path(m.role), written(EVERY_MODEL)),
    "widens it to others' private models": lambda m: m.manager.ask(
        "PUT", m.roles_path(m.role), written([*MANAGING, *PRIVATE_MODELS])
    ),
    "widens it to the settings": lambda m: m.manager.ask("PUT", m.roles_path(m.role), written(SETTINGS)),
    "makes a stronger role": lambda m: m.manager.ask("POST", m.roles_path(), written(PRIVATE_MODELS)),
    "weakens a stronger role": lambda m: m.manager.ask("PUT", m.roles_path(m.strong), written(MANAGING)),
    "deletes a stronger role": lambda m: m.manager.ask(
        "POST", f"{m.roles_path()}/action/delete", {"RoleIds": [m.strong]}
    ),
    "takes the admin's role away": lambda m: m.manager.ask("DELETE", m.member_path(m.scene.admin, ADMIN)),
    "removes the admin": lambda m: m.manager.ask(
        "DELETE", f"{members_path(m.scene.workspace)}?MemberIds={m.scene.workspace}-{m.scene.admin.user_id}"
    ),
}


@pytest.mark.parametrize("climb", CLIMBS.values(), ids=CLIMBS)
def test_nobody_gives_takes_or_writes_more_than_they_may_themselves(
    managed: Managed, climb: Callable[[Managed], Answer]
) -> None:
    def seen() -> tuple[object, object]:
        roles = managed.scene.root.ask("GET", f"{managed.roles_path()}?VerboseFields=ModulePermissions")
        members = managed.scene.root.ask("GET", members_path(managed.scene.workspace))
        return succeeded(roles)["Roles"], succeeded(members)["Members"]

    before = seen()
    denied(climb(managed))
    assert seen() == before


def test_who_manages_members_gives_and_writes_what_is_no_more(managed: Managed) -> None:
    """Or the denials above would say nothing."""
    manager, scene = managed.manager, managed.scene
    succeeded(admit(manager, scene.workspace, scene.stranger, "PAI.AlgoDeveloper"))
    succeeded(manager.ask("POST", managed.member_path(scene.stranger, managed.role)))
    succeeded(manager.ask("POST", managed.roles_path(), written(MANAGING)))
    succeeded(manager.ask("PUT", managed.roles_path(managed.role), written(MANAGING)))


def test_a_member_that_is_removed_may_nothing_from_the_next_request_on(alone: Scene) -> None:
    succeeded(alone.member.ask("GET", members_path(alone.workspace)))
    member_id = f"{alone.workspace}-{alone.member.user_id}"
    succeeded(alone.admin.ask("DELETE", f"{members_path(alone.workspace)}?MemberIds={member_id}"))
    denied(alone.member.ask("GET", members_path(alone.workspace)))


def test_roles_without_policies_allow_nothing(root: Root) -> None:
    """Both are needed: an admin of a workspace without a RAM policy is nobody."""
    user = root.new_user()
    workspace = root.new_workspace(admin=(user, [ADMIN]))
    denied(user.ask("GET", members_path(workspace)))
    denied(make_admin(user, workspace, user))
