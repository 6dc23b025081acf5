"""How each operation is called for the matrix, and what has to be there before.

A `{name}` in a field stands for what `MAKERS` makes of that name. What many calls may share, as they only read it or
are denied, is made once; what a call uses up is made for each.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.authorization.identities import attach, document, fresh, new_role, trust
from tests.authorization.scene import CALLERS, Cell, Scene, join, new_model

PASSWORD = "Pass-word_1"
BY_CELL = frozenset({"model", "new_model", "new_version", "new_workspace", "accessibility"})
"""What depends on the caller and on the cell."""


class Things(dict[str, Any]):
    """What a call is about, made when it is first named."""

    def __init__(self, scene: Scene, caller: str, cell: Cell, shared: "Things | None" = None) -> None:
        """With `shared` nothing is used up: what stands there is taken, and the rest is shared."""
        super().__init__()
        self.scene, self.caller, self.cell = scene, caller, cell
        self._shared = shared

    @property
    def uses_up(self) -> bool:
        return self._shared is None

    def __missing__(self, name: str) -> Any:  # noqa: ANN401  a name, an id, a list
        if self._shared is not None and name not in BY_CELL:
            return self._shared[name]
        self[name] = MAKERS[name](self)
        return self[name]

    def filled(self, value: Any) -> Any:  # noqa: ANN401  any part of a request
        """A value with everything that it names."""
        if isinstance(value, str):
            return value.format_map(self)
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if isinstance(value, dict):
            return {name: self.filled(each) for name, each in value.items()}
        return value

    def done(self, full_name: str, **fields: object) -> dict[str, Any]:
        """The answer to the account."""
        return self.scene.account.done(full_name, **fields)


def _user(things: Things) -> str:
    name = fresh()
    things["user_id"] = things.done("Ram:CreateUser", UserName=name)["User"]["UserId"]
    return name


def _user_id(things: Things) -> str:
    _ = things["user"]
    return str(things["user_id"])


def _named(operation: str, field: str, **more: object) -> Callable[[Things], str]:
    def made(things: Things) -> str:
        name = fresh()
        things.done(operation, **{field: name}, **more)
        return name

    return made


def _key(things: Things) -> str:
    key = things.done("Ram:CreateAccessKey", UserName=things["user"])["AccessKey"]
    return str(key["AccessKeyId"])


def _login(things: Things) -> str:
    things.done("Ram:CreateLoginProfile", UserName=things["user"], Password=PASSWORD)
    return str(things["user"])


def _joined(things: Things) -> str:
    things.done("Ram:AddUserToGroup", UserName=things["user"], GroupName=things["group"])
    return str(things["user"])


def _second_version(things: Things) -> str:
    new = things.done("Ram:CreatePolicyVersion", PolicyName=things["policy"], PolicyDocument=things["document"])
    return str(new["PolicyVersion"]["VersionId"])


def _attached(kind: str) -> Callable[[Things], str]:
    def made(things: Things) -> str:
        name = str(things[kind.lower()])
        attach(things.scene.account, kind, name, things["policy"], "Custom")
        return name

    return made


def _alias(things: Things) -> str:
    things.done("Ram:SetAccountAlias", AccountAlias="matrix")
    return "matrix"


def _message(things: Things) -> str:
    denied = things.scene.callers["unpolicied"].ask("AIWorkSpace:ListModels").json
    return str(denied["AccessDeniedDetail"]["EncodedDiagnosticMessage"])


def _resource_group(things: Things) -> str:
    new = things.done("ResourceManager:CreateResourceGroup", Name=fresh(), DisplayName="d", **{"Tag.1.Key": "k"})
    return str(new["ResourceGroup"]["Id"])


def _new_workspace(things: Things) -> str:
    """One in which the caller is what they are in the standing one."""
    if not things.uses_up:
        return things.scene.workspace_id
    maker = things.scene.callers["owner" if things.caller == "owner" else "account"]
    new = maker.done("AIWorkSpace:CreateWorkspace", WorkspaceName=fresh(), Description="d", EnvTypes=["prod"])
    if things.caller not in {"owner", "account"}:
        user_id = things.scene.callers[things.caller].user_id
        join(things.scene.account, new["WorkspaceId"], user_id, *CALLERS[things.caller]["roles"])
    return str(new["WorkspaceId"])


def _member(things: Things) -> str:
    join(things.scene.account, things["workspace"], things["user_id"], "PAI.AlgoDeveloper", "PAI.WorkspaceGuest")
    return f"{things['workspace']}-{things['user_id']}"


def _job(things: Things) -> str:
    modules = [{"ModuleName": "Model", "PermissionType": "ReadOnly"}]
    role = {"RoleName": fresh(), "ModulePermissions": modules}
    new = things.done("AIWorkSpace:CreateWorkspaceRole", WorkspaceId=things["workspace"], **role)
    return str(new["InstanceJobId"])


def _custom_role(things: Things) -> str:
    return str(things.done("AIWorkSpace:GetInstanceJob", InstanceJobId=things["job"])["InstanceId"])


def _config(things: Things) -> str:
    key = fresh()
    things.done("AIWorkSpace:UpdateConfig", WorkspaceId=things["workspace"], ConfigKey=key, ConfigValue="v")
    return key


def _user_config(things: Things) -> str:
    category = fresh()
    config = {"CategoryName": category, "ConfigKey": "k", "ConfigValue": "v"}
    things.done("AIWorkSpace:SetUserConfigs", Configs=[config])
    return category


def _model(things: Things) -> str:
    owner = things.caller if things.cell.own else "somebody"
    return things.scene.models[owner, things.cell.accessibility]


def _new_model(things: Things) -> str:
    if not things.uses_up:
        return _model(things)
    maker = things.scene.callers[things.caller] if things.cell.own else things.scene.somebody
    return new_model(maker, things.scene.workspace_id, things.cell.accessibility)


def _new_version(things: Things) -> str:
    if not things.uses_up:
        return "0.1.0"
    return str(things.done("AIWorkSpace:CreateModelVersion", ModelId=things["model"], Uri="oss://b/m")["VersionName"])


MAKERS: Mapping[str, Callable[[Things], Any]] = {
    "fresh": lambda _: fresh(),
    "document": lambda _: document(Action="paimodel:GetModel", Resource="*"),
    "trust": lambda things: trust(things.scene.account),
    "password": lambda _: PASSWORD,
    "user": _user,
    "user_id": _user_id,
    "group": _named("Ram:CreateGroup", "GroupName"),
    "policy": _named("Ram:CreatePolicy", "PolicyName", PolicyDocument=document(Action="pai:*", Resource="*")),
    "role": lambda things: (name := fresh(), new_role(things.scene.account, name))[0],
    "key": _key,
    "login": _login,
    "joined": _joined,
    "second_version": _second_version,
    "attached_user": _attached("User"),
    "attached_group": _attached("Group"),
    "attached_role": _attached("Role"),
    "alias": _alias,
    "message": _message,
    "resource_group": _resource_group,
    "workspace": lambda things: things.scene.workspace_id,
    "new_workspace": _new_workspace,
    "member": _member,
    "job": _job,
    "custom_role": _custom_role,
    "config": _config,
    "user_config": _user_config,
    "model": _model,
    "new_model": _new_model,
    "version": lambda _: "0.1.0",
    "new_version": _new_version,
    "accessibility": lambda things: things.cell.accessibility,
    "account": lambda things: things.scene.account.user_id,
}

USER, GROUP, POLICY, ROLE = ({f"{kind}Name": f"{{{kind.lower()}}}"} for kind in ("User", "Group", "Policy", "Role"))
TYPED = {**POLICY, "PolicyType": "Custom"}
TAGS = {"Tag.1.Key": "k", "Tag.1.Value": "v"}
WORKSPACE = {"WorkspaceId": "{workspace}"}
MODEL = {"ModelId": "{model}"}
VERSION = {**MODEL, "VersionName": "{version}"}
LABELS = {"Labels": [{"Key": "l", "Value": "w"}]}
MODULES = [{"ModuleName": "Model", "PermissionType": "FullAccess"}]

RAM: Mapping[str, Mapping[str, Any]] = {
    "CreateUser": {"UserName": "{fresh}"},
    "GetUser": USER,
    "UpdateUser": {**USER, "NewComments": "c"},
    "DeleteUser": USER,
    "ListUsers": {},
    "CreateGroup": {"GroupName": "{fresh}"},
    "GetGroup": GROUP,
    "UpdateGroup": {**GROUP, "NewComments": "c"},
    "DeleteGroup": GROUP,
    "ListGroups": {},
    "AddUserToGroup": USER | GROUP,
    "RemoveUserFromGroup": {"UserName": "{joined}", **GROUP},
    "ListGroupsForUser": USER,
    "ListUsersForGroup": GROUP,
    "CreateAccessKey": USER,
    "UpdateAccessKey": {**USER, "UserAccessKeyId": "{key}", "Status": "Inactive"},
    "DeleteAccessKey": {**USER, "UserAccessKeyId": "{key}"},
    "ListAccessKeys": USER,
    "GetAccessKeyLastUsed": {**USER, "UserAccessKeyId": "{key}"},
    "CreateLoginProfile": {**USER, "Password": "{password}"},
    "GetLoginProfile": {"UserName": "{login}"},
    "UpdateLoginProfile": {"UserName": "{login}", "PasswordResetRequired": "true"},
    "DeleteLoginProfile": {"UserName": "{login}"},
    "UnbindMFADevice": USER,
    "GetUserMFAInfo": USER,
    "CreatePolicy": {"PolicyName": "{fresh}", "PolicyDocument": "{document}"},
    "GetPolicy": TYPED,
    "ListPolicies": {},
    "UpdatePolicyDescription": {**POLICY, "NewDescription": "d"},
    "DeletePolicy": POLICY,
    "CreatePolicyVersion": {**POLICY, "PolicyDocument": "{document}"},
    "GetPolicyVersion": {**TYPED, "VersionId": "v1"},
    "ListPolicyVersions": TYPED,
    "SetDefaultPolicyVersion": {**POLICY, "VersionId": "{second_version}"},
    "DeletePolicyVersion": {**POLICY, "VersionId": "{second_version}"},
    "CreateRole": {"RoleName": "{fresh}", "AssumeRolePolicyDocument": "{trust}"},
    "GetRole": ROLE,
    "UpdateRole": {**ROLE, "NewDescription": "d"},
    "DeleteRole": ROLE,
    "ListRoles": {},
    "AttachPolicyToUser": USER | TYPED,
    "DetachPolicyFromUser": {"UserName": "{attached_user}", **TYPED},
    "AttachPolicyToGroup": GROUP | TYPED,
    "DetachPolicyFromGroup": {"GroupName": "{attached_group}", **TYPED},
    "AttachPolicyToRole": ROLE | TYPED,
    "DetachPolicyFromRole": {"RoleName": "{attached_role}", **TYPED},
    "ListPoliciesForUser": USER,
    "ListPoliciesForGroup": GROUP,
    "ListPoliciesForRole": ROLE,
    "ListEntitiesForPolicy": TYPED,
    "TagResources": {"ResourceType": "role", "ResourceNames": '["{role}"]', **TAGS},
    "UntagResources": {"ResourceType": "role", "ResourceNames": '["{role}"]', "TagKeys": '["k"]'},
    "ListTagResources": {"ResourceType": "role"},
    "SetAccountAlias": {"AccountAlias": "matrix"},
    "GetAccountAlias": {},
    "ClearAccountAlias": {"AccountAlias": "{alias}"},
    "DecodeDiagnosticMessage": {"EncodedDiagnosticMessage": "{message}"},
}

STS: Mapping[str, Mapping[str, Any]] = {
    "AssumeRole": {"RoleArn": "acs:ram::{account}:role/{role}", "RoleSessionName": "matrix"},
    "GetCallerIdentity": {},
}

RESOURCE_MANAGER: Mapping[str, Mapping[str, Any]] = {
    "CreateResourceGroup": {"Name": "{fresh}", "DisplayName": "d"},
    "GetResourceGroup": {"ResourceGroupId": "{resource_group}"},
    "ListResourceGroups": {},
    "UpdateResourceGroup": {"ResourceGroupId": "{resource_group}", "NewDisplayName": "e"},
    "DeleteResourceGroup": {"ResourceGroupId": "{resource_group}"},
    "TagResources": {"ResourceId.1": "{resource_group}", **TAGS},
    "UntagResources": {"ResourceId.1": "{resource_group}", "TagKey.1": "k"},
    "ListTagResources": {},
}

AIWORKSPACE: Mapping[str, Mapping[str, Any]] = {
    "CreateWorkspace": {"WorkspaceName": "{fresh}", "Description": "d", "EnvTypes": ["prod"]},
    "GetWorkspace": WORKSPACE,
    "ListWorkspaces": {"PageSize": "100"},
    "UpdateWorkspace": {**WORKSPACE, "Description": "e"},
    "DeleteWorkspace": {"WorkspaceId": "{new_workspace}"},
    "GetDefaultWorkspace": {},
    "UpdateDefaultWorkspace": WORKSPACE,
    "ChangeResourceGroup": {"ResourceId": "{workspace}", "NewResourceGroupId": "{resource_group}"},
    "CreateWorkspaceRole": {**WORKSPACE, "RoleName": "{fresh}", "ModulePermissions": MODULES},
    "GetWorkspaceRole": {**WORKSPACE, "RoleId": "{custom_role}"},
    "ListWorkspaceRoles": WORKSPACE,
    "UpdateWorkspaceRole": {**WORKSPACE, "RoleId": "{custom_role}", "ModulePermissions": MODULES},
    "DeleteWorkspaceRoles": {**WORKSPACE, "RoleIds": ["{custom_role}"]},
    "GetInstanceJob": {"InstanceJobId": "{job}"},
    "CreateMember": {**WORKSPACE, "Members": [{"UserId": "{user_id}", "Roles": ["PAI.WorkspaceGuest"]}]},
    "GetMember": {**WORKSPACE, "MemberId": "{member}"},
    "ListMembers": WORKSPACE,
    "DeleteMembers": {**WORKSPACE, "MemberIds": "{member}"},
    "AddMemberRole": {**WORKSPACE, "MemberId": "{member}", "RoleName": "PAI.AlgoOperator"},
    "RemoveMemberRole": {**WORKSPACE, "MemberId": "{member}", "RoleName": "PAI.AlgoDeveloper"},
    "ListWorkspaceUsers": WORKSPACE,
    "GetPermission": {**WORKSPACE, "PermissionCode": "PaiModel:GetModel"},
    "ListPermissions": WORKSPACE,
    "GetConfig": {**WORKSPACE, "ConfigKey": "{config}"},
    "ListConfigs": WORKSPACE,
    "UpdateConfig": {**WORKSPACE, "ConfigKey": "{fresh}", "ConfigValue": "w"},
    "UpdateConfigs": {**WORKSPACE, "Configs": [{"ConfigKey": "{fresh}", "ConfigValue": "w"}]},
    "DeleteConfig": {**WORKSPACE, "ConfigKey": "{config}"},
    "ListUserConfigs": {},
    "SetUserConfigs": {"Configs": [{"CategoryName": "{fresh}", "ConfigKey": "k", "ConfigValue": "v"}]},
    "DeleteUserConfig": {"CategoryName": "{user_config}"},
    "ListProducts": {},
    "ListFeatures": {},
    "ListQuotas": {},
    "ListResources": WORKSPACE,
    "CreateModel": {**WORKSPACE, "ModelName": "{fresh}", "Accessibility": "{accessibility}"},
    "GetModel": MODEL,
    "ListModels": {**WORKSPACE, "PageSize": "1000"},
    "UpdateModel": {**MODEL, "Domain": "nlp"},
    "DeleteModel": {"ModelId": "{new_model}"},
    "CreateModelLabels": MODEL | LABELS,
    "DeleteModelLabels": {**MODEL, "LabelKeys": "l"},
    "CreateModelVersion": {**MODEL, "Uri": "oss://b/n"},
    "GetModelVersion": VERSION,
    "ListModelVersions": MODEL,
    "UpdateModelVersion": {**VERSION, "VersionDescription": "e"},
    "DeleteModelVersion": {**MODEL, "VersionName": "{new_version}"},
    "CreateModelVersionLabels": VERSION | LABELS,
    "DeleteModelVersionLabels": {**VERSION, "LabelKeys": "l"},
}

FIELDS: Mapping[str, Mapping[str, Any]] = {
    f"{product}:{name}": fields
    for product, cases in (
        ("Ram", RAM),
        ("Sts", STS),
        ("ResourceManager", RESOURCE_MANAGER),
        ("AIWorkSpace", AIWORKSPACE),
    )
    for name, fields in cases.items()
}
