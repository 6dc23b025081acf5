"""The API of members: one row per operation."""

from modelry.contract.operation import Access, Operation, Roa
from modelry.errors import (
    MEMBER_EXISTS,
    MEMBER_NOT_FOUND,
    MEMBER_TO_DELETE_NOT_FOUND,
    OWNER_NOT_ASSIGNABLE,
    OWNER_STAYS,
    UNKNOWN_ROLE,
    WORKSPACE_NOT_FOUND,
)
from modelry.families.workspaces.members import structs as s
from modelry.families.workspaces.structs import Done

_WORKSPACE = "/api/v1/workspaces/{WorkspaceId}"
_MEMBERS = f"{_WORKSPACE}/members"
_MEMBER_ROLE = f"{_MEMBERS}/{{MemberId}}/roles/{{RoleName}}"

CREATE_MEMBER = Operation(
    name="CreateMember",
    style=Roa("POST", _MEMBERS),
    request=s.CreateMember,
    response=s.CreatedMembers,
    access=Access(action="paiworkspace:CreateMember", level="create"),
    errors=(WORKSPACE_NOT_FOUND, MEMBER_EXISTS, UNKNOWN_ROLE, OWNER_NOT_ASSIGNABLE),
    summary="Make users members of a workspace.",
)
GET_MEMBER = Operation(
    name="GetMember",
    style=Roa("GET", f"{_WORKSPACE}/member"),
    request=s.GetMember,
    response=s.Member,
    access=Access(action="paiworkspace:GetMember", level="get"),
    errors=(WORKSPACE_NOT_FOUND, MEMBER_NOT_FOUND),
    summary="Get a member by its id or by the user's.",
)
LIST_MEMBERS = Operation(
    name="ListMembers",
    style=Roa("GET", _MEMBERS),
    request=s.ListMembers,
    response=s.Members,
    access=Access(action="paiworkspace:ListMembers", level="list"),
    errors=(WORKSPACE_NOT_FOUND,),
    summary="List the members of a workspace.",
)
DELETE_MEMBERS = Operation(
    name="DeleteMembers",
    style=Roa("DELETE", _MEMBERS),
    request=s.DeleteMembers,
    response=Done,  # the SDK's model also has Code and Message: Terraform takes a Code in a 200 for an error
    access=Access(action="paiworkspace:DeleteMembers", level="delete"),
    errors=(WORKSPACE_NOT_FOUND, MEMBER_TO_DELETE_NOT_FOUND, OWNER_STAYS),
    summary="Remove members from a workspace.",
)
ADD_MEMBER_ROLE = Operation(
    name="AddMemberRole",
    style=Roa("POST", _MEMBER_ROLE),
    request=s.MemberRole,
    response=Done,
    access=Access(action="paiworkspace:AddMemberRole", level="update"),
    errors=(WORKSPACE_NOT_FOUND, MEMBER_NOT_FOUND, UNKNOWN_ROLE, OWNER_NOT_ASSIGNABLE),
    summary="Give a member a role; one that is held already is no error.",
)
REMOVE_MEMBER_ROLE = Operation(
    name="RemoveMemberRole",
    style=Roa("DELETE", _MEMBER_ROLE),
    request=s.MemberRole,
    response=Done,
    access=Access(action="paiworkspace:RemoveMemberRole", level="update"),
    errors=(WORKSPACE_NOT_FOUND, MEMBER_NOT_FOUND, OWNER_STAYS),
    summary="Take a role from a member; one that is not held is no error.",
)
LIST_WORKSPACE_USERS = Operation(
    name="ListWorkspaceUsers",
    style=Roa("GET", f"{_WORKSPACE}/users"),
    request=s.ListWorkspaceUsers,
    response=s.WorkspaceUsers,
    access=Access(action="paiworkspace:ListWorkspaceUsers", level="list"),
    errors=(WORKSPACE_NOT_FOUND,),
    summary="List the users of the account who can be made members.",
)

OPERATIONS = (
    CREATE_MEMBER,
    GET_MEMBER,
    LIST_MEMBERS,
    DELETE_MEMBERS,
    ADD_MEMBER_ROLE,
    REMOVE_MEMBER_ROLE,
    LIST_WORKSPACE_USERS,
)
