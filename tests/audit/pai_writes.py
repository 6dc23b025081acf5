"""A life cycle that calls every write of AIWorkSpace and of Resource Manager."""

from typing import Any

from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_resourcemanager20200331 import models as rm

from tests.audit.steps import Clients, Known, Step


def _delete_workspace(clients: Clients, known: Known) -> Any:  # noqa: ANN401  the SDK has no annotations
    clients.pai("update_default_workspace", workspace_id=known["first"])
    return clients.pai("delete_workspace", known["workspace"])


def _role_of_job(clients: Clients, answer: Any) -> Known:  # noqa: ANN401  as above
    return {"role": clients.pai("get_instance_job", answer.instance_job_id).instance_id}


READ = m.CreateWorkspaceRoleRequestModulePermissions(module_name="Model", permission_type="ReadOnly")
DEVELOPER, OPERATOR = "PAI.AlgoDeveloper", "PAI.AlgoOperator"
STORAGE = {"category_name": "CommonResourceConfig", "config_key": "tempStoragePath"}
MEMBER = "workspace/{workspace}/member/2001"
CONFIG = "workspace/{workspace}/config/tempStoragePath"
LABEL = {"Key": "k", "Value": "v"}
TAG = {"TagKey": "k", "TagValue": "v"}

RESOURCE_MANAGER = (
    Step(
        "ResourceManager:CreateResourceGroup",
        lambda c, _: c.resource_manager("create_resource_group", name="audited", display_name="d"),
        (("resourcegroup/{group}", None, {"Name": "audited", "DisplayName": "d"}),),
        lambda _, answer: {"group": answer.resource_group.id},
    ),
    Step(
        "ResourceManager:UpdateResourceGroup",
        lambda c, k: c.resource_manager("update_resource_group", resource_group_id=k["group"], new_display_name="e"),
        (("resourcegroup/{group}", {"DisplayName": "d"}, {"DisplayName": "e"}),),
    ),
    Step(
        "ResourceManager:TagResources",
        lambda c, k: c.resource_manager(
            "tag_resources",
            resource_type="ResourceGroup",
            resource_id=[k["group"]],
            tag=[rm.TagResourcesRequestTag(key="k", value="v")],
        ),
        (("resourcegroup/{group}", {"Tags": []}, {"Tags": [TAG]}),),
    ),
    Step(
        "ResourceManager:UntagResources",
        lambda c, k: c.resource_manager(
            "untag_resources", resource_type="ResourceGroup", resource_id=[k["group"]], tag_key=["k"]
        ),
        (("resourcegroup/{group}", {"Tags": [TAG]}, {"Tags": []}),),
    ),
)

WORKSPACES = (
    Step(
        "AIWorkSpace:CreateWorkspace",
        lambda c, _: c.pai("create_workspace", workspace_name="audited", description="d", env_types=["prod"]),
        (
            ("workspace/{workspace}", None, {"WorkspaceName": "audited", "Description": "d"}),
            ("workspace/{workspace}/member/{account}", None, {"Roles": ["PAI.WorkspaceOwner", "PAI.WorkspaceAdmin"]}),
        ),
        lambda _, answer: {"workspace": answer.workspace_id},
    ),
    Step(
        "AIWorkSpace:UpdateWorkspace",
        lambda c, k: c.pai("update_workspace", k["workspace"], description="e"),
        (("workspace/{workspace}", {"Description": "d"}, {"Description": "e"}),),
    ),
    Step(
        "AIWorkSpace:UpdateDefaultWorkspace",
        lambda c, k: c.pai("update_default_workspace", workspace_id=k["workspace"]),
        (("defaultWorkspace", {"WorkspaceId": "{first}"}, {"WorkspaceId": "{workspace}"}),),
    ),
    Step(
        "AIWorkSpace:ChangeResourceGroup",
        lambda c, k: c.pai(
            "change_resource_group",
            resource_id=k["workspace"],
            new_resource_group_id=k["group"],
            resource_type="workspace",
        ),
        (("workspace/{workspace}", {"ResourceGroupId": "{default_group}"}, {"ResourceGroupId": "{group}"}),),
    ),
    Step(
        "AIWorkSpace:CreateMember",
        lambda c, k: c.pai(
            "create_member",
            k["workspace"],
            members=[m.CreateMemberRequestMembers(user_id="2001", roles=[DEVELOPER])],
        ),
        ((MEMBER, None, {"Roles": [DEVELOPER]}),),
    ),
    Step(
        "AIWorkSpace:AddMemberRole",
        lambda c, k: c.pai("add_member_role", k["workspace"], f"{k['workspace']}-2001", OPERATOR),
        ((MEMBER, {"Roles": [DEVELOPER]}, {"Roles": [DEVELOPER, OPERATOR]}),),
    ),
    Step(
        "AIWorkSpace:RemoveMemberRole",
        lambda c, k: c.pai("remove_member_role", k["workspace"], f"{k['workspace']}-2001", DEVELOPER),
        ((MEMBER, {"Roles": [DEVELOPER, OPERATOR]}, {"Roles": [OPERATOR]}),),
    ),
    Step(
        "AIWorkSpace:DeleteMembers",
        lambda c, k: c.pai("delete_members", k["workspace"], member_ids=f"{k['workspace']}-2001"),
        ((MEMBER, {"Roles": [OPERATOR]}, None),),
    ),
    Step(
        "AIWorkSpace:CreateWorkspaceRole",
        lambda c, k: c.pai("create_workspace_role", k["workspace"], role_name="reader", module_permissions=[READ]),
        (("workspace/{workspace}/role/{role}", None, {"RoleName": "reader"}),),
        _role_of_job,
    ),
    Step(
        "AIWorkSpace:UpdateWorkspaceRole",
        lambda c, k: c.pai("update_workspace_role", k["workspace"], k["role"], role_name="viewer"),
        (("workspace/{workspace}/role/{role}", {"RoleName": "reader"}, {"RoleName": "viewer"}),),
    ),
    Step(
        "AIWorkSpace:DeleteWorkspaceRoles",
        lambda c, k: c.pai("delete_workspace_roles", k["workspace"], role_ids=[k["role"]]),
        (("workspace/{workspace}/role/{role}", {"RoleName": "viewer"}, None),),
    ),
    Step(
        "AIWorkSpace:UpdateConfig",
        lambda c, k: c.pai("update_config", k["workspace"], **STORAGE, config_value="1"),
        ((CONFIG, None, {"ConfigKey": "tempStoragePath", "ConfigValue": "1"}),),
    ),
    Step(
        "AIWorkSpace:UpdateConfigs",
        lambda c, k: c.pai(
            "update_configs", k["workspace"], configs=[m.UpdateConfigsRequestConfigs(**STORAGE, config_value="2")]
        ),
        ((CONFIG, {"ConfigValue": "1"}, {"ConfigValue": "2"}),),
    ),
    Step(
        "AIWorkSpace:DeleteConfig",
        lambda c, k: c.pai("delete_config", k["workspace"], "tempStoragePath", category_name="CommonResourceConfig"),
        ((CONFIG, {"ConfigValue": "2"}, None),),
    ),
    Step(
        "AIWorkSpace:SetUserConfigs",
        lambda c, _: c.pai(
            "set_user_configs",
            configs=[m.SetUserConfigsRequestConfigs(category_name="cat", config_key="k", config_value="v")],
        ),
        (("userConfig/cat/k", None, {"ConfigValue": "v"}),),
    ),
    Step(
        "AIWorkSpace:DeleteUserConfig",
        lambda c, _: c.pai("delete_user_config", "cat", config_key="k"),
        (("userConfig/cat/k", {"ConfigValue": "v"}, None),),
    ),
)

VERSION = "model/{model}/modelVersion/0.1.0"
MODELS = (
    Step(
        "AIWorkSpace:CreateModel",
        lambda c, k: c.pai("create_model", model_name="audited", workspace_id=k["workspace"], domain="nlp"),
        (("model/{model}", None, {"ModelName": "audited", "Domain": "nlp"}),),
        lambda _, answer: {"model": answer.model_id},
    ),
    Step(
        "AIWorkSpace:UpdateModel",
        lambda c, k: c.pai("update_model", k["model"], domain="cv"),
        (("model/{model}", {"Domain": "nlp"}, {"Domain": "cv"}),),
    ),
    Step(
        "AIWorkSpace:CreateModelLabels",
        lambda c, k: c.pai("create_model_labels", k["model"], labels=[m.Label(key="k", value="v")]),
        (("model/{model}", {"Labels": []}, {"Labels": [LABEL]}),),
    ),
    Step(
        "AIWorkSpace:DeleteModelLabels",
        lambda c, k: c.pai("delete_model_labels", k["model"], label_keys="k"),
        (("model/{model}", {"Labels": [LABEL]}, {"Labels": []}),),
    ),
    Step(
        "AIWorkSpace:CreateModelVersion",
        lambda c, k: c.pai("create_model_version", k["model"], uri="oss://b/o", approval_status="Pending"),
        ((VERSION, None, {"VersionName": "0.1.0", "ApprovalStatus": "Pending"}),),
    ),
    Step(
        "AIWorkSpace:UpdateModelVersion",
        lambda c, k: c.pai("update_model_version", k["model"], "0.1.0", approval_status="Approved"),
        ((VERSION, {"ApprovalStatus": "Pending"}, {"ApprovalStatus": "Approved"}),),
    ),
    Step(
        "AIWorkSpace:CreateModelVersionLabels",
        lambda c, k: c.pai("create_model_version_labels", k["model"], "0.1.0", labels=[m.Label(key="k", value="v")]),
        ((VERSION, {"Labels": []}, {"Labels": [LABEL]}),),
    ),
    Step(
        "AIWorkSpace:DeleteModelVersionLabels",
        lambda c, k: c.pai("delete_model_version_labels", k["model"], "0.1.0", label_keys="k"),
        ((VERSION, {"Labels": [LABEL]}, {"Labels": []}),),
    ),
    Step(
        "AIWorkSpace:DeleteModelVersion",
        lambda c, k: c.pai("delete_model_version", k["model"], "0.1.0"),
        ((VERSION, {"ApprovalStatus": "Approved"}, None),),
    ),
    Step(
        "AIWorkSpace:DeleteModel",
        lambda c, k: c.pai("delete_model", k["model"]),
        (("model/{model}", {"ModelName": "audited", "Domain": "cv"}, None),),
    ),
)

LAST = (
    Step(
        "AIWorkSpace:DeleteWorkspace",
        _delete_workspace,
        (("workspace/{workspace}", {"WorkspaceName": "audited", "Description": "e"}, None),),
    ),
    Step(
        "ResourceManager:DeleteResourceGroup",
        lambda c, k: c.resource_manager("delete_resource_group", resource_group_id=k["group"]),
        (("resourcegroup/{group}", {"Name": "audited", "DisplayName": "e"}, None),),
    ),
)

STEPS = (*RESOURCE_MANAGER, *WORKSPACES, *MODELS, *LAST)
