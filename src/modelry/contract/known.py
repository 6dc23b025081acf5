"""The official operations of the products that are offered, untyped: name, method, path, product and version.

Source: the official Python SDKs `alibabacloud_aiworkspace20210204` 8.3.5, `alibabacloud_ram20150501` 1.3.0,
`alibabacloud_sts20150401` 1.2.0 and `alibabacloud_resourcemanager20200331` 2.6.2; tests compare the tables with them.
"""

from typing import NamedTuple


class KnownOperation(NamedTuple):
    """An official operation, whether offered here or not."""

    name: str
    method: str
    path: str
    product: str = "AIWorkSpace"
    version: str = "2021-02-04"

    @property
    def full_name(self) -> str:
        """The name together with its product, as `Operation.full_name`."""
        return f"{self.product}:{self.name}"


def _rpc(product: str, version: str, names: str) -> tuple[KnownOperation, ...]:
    return tuple(KnownOperation(name, "POST", "/", product, version) for name in names.split())


AIWORKSPACE = (
    KnownOperation("AcceptDataworksEvent", "POST", "/api/v1/workspaces/action/acceptdataworksevent"),
    KnownOperation("AddImage", "POST", "/api/v1/images"),
    KnownOperation("AddImageLabels", "POST", "/api/v1/images/{ImageId}/labels"),
    KnownOperation("AddMemberRole", "POST", "/api/v1/workspaces/{WorkspaceId}/members/{MemberId}/roles/{RoleName}"),
    KnownOperation("ChangeResourceGroup", "PUT", "/resourcegroups/action/changeresourcegroup"),
    KnownOperation("CreateCodeSource", "POST", "/api/v1/codesources"),
    KnownOperation("CreateConnection", "POST", "/api/v1/connections"),
    KnownOperation("CreateDataset", "POST", "/api/v1/datasets"),
    KnownOperation("CreateDatasetFileMetas", "POST", "/api/v1/datasets/{DatasetId}/datasetfilemetas"),
    KnownOperation("CreateDatasetJob", "POST", "/api/v1/datasets/{DatasetId}/datasetjobs"),
    KnownOperation("CreateDatasetJobConfig", "POST", "/api/v1/datasets/{DatasetId}/datasetjobconfigs"),
    KnownOperation("CreateDatasetLabels", "POST", "/api/v1/datasets/{DatasetId}/labels"),
    KnownOperation("CreateDatasetVersion", "POST", "/api/v1/datasets/{DatasetId}/versions"),
    KnownOperation("CreateDatasetVersionLabels", "PUT", "/api/v1/datasets/{DatasetId}/versions/{VersionName}/labels"),
    KnownOperation("CreateExperiment", "POST", "/api/v1/experiments"),
    KnownOperation("CreateImageBuild", "POST", "/api/v1/imagebuilds"),
    KnownOperation("CreateMember", "POST", "/api/v1/workspaces/{WorkspaceId}/members"),
    KnownOperation("CreateModel", "POST", "/api/v1/models"),
    KnownOperation("CreateModelLabels", "POST", "/api/v1/models/{ModelId}/labels"),
    KnownOperation("CreateModelVersion", "POST", "/api/v1/models/{ModelId}/versions"),
    KnownOperation("CreateModelVersionLabels", "POST", "/api/v1/models/{ModelId}/versions/{VersionName}/labels"),
    KnownOperation("CreateProductOrders", "POST", "/api/v1/productorders"),
    KnownOperation("CreatePrompt", "POST", "/api/v1/prompts"),
    KnownOperation("CreateRun", "POST", "/api/v1/runs"),
    KnownOperation("CreateWorkspace", "POST", "/api/v1/workspaces"),
    KnownOperation("CreateWorkspaceResource", "POST", "/api/v1/workspaces/{WorkspaceId}/resources"),
    KnownOperation("CreateWorkspaceRole", "POST", "/api/v1/workspaces/{WorkspaceId}/roles"),
    KnownOperation("DeleteCodeSource", "DELETE", "/api/v1/codesources/{CodeSourceId}"),
    KnownOperation("DeleteConfig", "DELETE", "/api/v1/workspaces/{WorkspaceId}/configs/{ConfigKey}"),
    KnownOperation("DeleteConnection", "DELETE", "/api/v1/connections/{ConnectionId}"),
    KnownOperation("DeleteDataset", "DELETE", "/api/v1/datasets/{DatasetId}"),
    KnownOperation("DeleteDatasetFileMetas", "DELETE", "/api/v1/datasets/{DatasetId}/datasetfilemetas"),
    KnownOperation("DeleteDatasetJob", "DELETE", "/api/v1/datasets/{DatasetId}/datasetjobs/{DatasetJobId}"),
    KnownOperation(
        "DeleteDatasetJobConfig", "DELETE", "/api/v1/datasets/{DatasetId}/datasetjobconfigs/{DatasetJobConfigId}"
    ),
    KnownOperation("DeleteDatasetLabels", "DELETE", "/api/v1/datasets/{DatasetId}/labels"),
    KnownOperation("DeleteDatasetVersion", "DELETE", "/api/v1/datasets/{DatasetId}/versions/{VersionName}"),
    KnownOperation(
        "DeleteDatasetVersionLabels", "DELETE", "/api/v1/datasets/{DatasetId}/versions/{VersionName}/labels"
    ),
    KnownOperation("DeleteExperiment", "DELETE", "/api/v1/experiments/{ExperimentId}"),
    KnownOperation("DeleteExperimentLabel", "DELETE", "/api/v1/experiments/{ExperimentId}/labels/{Key}"),
    KnownOperation("DeleteMembers", "DELETE", "/api/v1/workspaces/{WorkspaceId}/members"),
    KnownOperation("DeleteModel", "DELETE", "/api/v1/models/{ModelId}"),
    KnownOperation("DeleteModelLabels", "DELETE", "/api/v1/models/{ModelId}/labels"),
    KnownOperation("DeleteModelVersion", "DELETE", "/api/v1/models/{ModelId}/versions/{VersionName}"),
    KnownOperation("DeleteModelVersionLabels", "DELETE", "/api/v1/models/{ModelId}/versions/{VersionName}/labels"),
    KnownOperation("DeletePrompt", "DELETE", "/api/v1/prompts/{PromptId}"),
    KnownOperation("DeleteRun", "DELETE", "/api/v1/runs/{RunId}"),
    KnownOperation("DeleteRunLabel", "DELETE", "/api/v1/runs/{RunId}/labels/{Key}"),
    KnownOperation("DeleteUserConfig", "DELETE", "/api/v1/userconfigs/{CategoryName}"),
    KnownOperation("DeleteWorkspace", "DELETE", "/api/v1/workspaces/{WorkspaceId}"),
    KnownOperation("DeleteWorkspaceResource", "DELETE", "/api/v1/workspaces/{WorkspaceId}/resources"),
    KnownOperation("DeleteWorkspaceRoles", "POST", "/api/v1/workspaces/{WorkspaceId}/roles/action/delete"),
    KnownOperation("GetCodeSource", "GET", "/api/v1/codesources/{CodeSourceId}"),
    KnownOperation("GetConfig", "GET", "/api/v1/workspaces/{WorkspaceId}/config"),
    KnownOperation("GetConnection", "GET", "/api/v1/connections/{ConnectionId}"),
    KnownOperation("GetDataset", "GET", "/api/v1/datasets/{DatasetId}"),
    KnownOperation("GetDatasetFileMeta", "GET", "/api/v1/datasets/{DatasetId}/datasetfilemetas/{DatasetFileMetaId}"),
    KnownOperation("GetDatasetFileMetasStatistics", "GET", "/api/v1/statistics/datasets/{DatasetId}/datasetfilemetas"),
    KnownOperation("GetDatasetJob", "GET", "/api/v1/datasets/{DatasetId}/datasetjobs/{DatasetJobId}"),
    KnownOperation("GetDatasetJobConfig", "GET", "/api/v1/datasets/{DatasetId}/datasetjobconfigs/{DatasetJobConfigId}"),
    KnownOperation("GetDatasetVersion", "GET", "/api/v1/datasets/{DatasetId}/versions/{VersionName}"),
    KnownOperation("GetDefaultWorkspace", "GET", "/api/v1/defaultWorkspaces"),
    KnownOperation("GetExperiment", "GET", "/api/v1/experiments/{ExperimentId}"),
    KnownOperation("GetImage", "GET", "/api/v1/images/{ImageId}"),
    KnownOperation("GetInstanceJob", "GET", "/api/v1/instancejobs/{InstanceJobId}"),
    KnownOperation("GetMember", "GET", "/api/v1/workspaces/{WorkspaceId}/member"),
    KnownOperation("GetModel", "GET", "/api/v1/models/{ModelId}"),
    KnownOperation("GetModelVersion", "GET", "/api/v1/models/{ModelId}/versions/{VersionName}"),
    KnownOperation("GetPermission", "GET", "/api/v1/workspaces/{WorkspaceId}/permissions/{PermissionCode}"),
    KnownOperation("GetPrompt", "GET", "/api/v1/prompts/{PromptId}"),
    KnownOperation("GetRun", "GET", "/api/v1/runs/{RunId}"),
    KnownOperation("GetWorkspace", "GET", "/api/v1/workspaces/{WorkspaceId}"),
    KnownOperation("GetWorkspaceRole", "GET", "/api/v1/workspaces/{WorkspaceId}/roles/{RoleId}"),
    KnownOperation("ListCodeSources", "GET", "/api/v1/codesources"),
    KnownOperation("ListConfigs", "GET", "/api/v1/workspaces/{WorkspaceId}/configs"),
    KnownOperation("ListConnections", "GET", "/api/v1/connections"),
    KnownOperation("ListDatasetFileMetas", "GET", "/api/v1/datasets/{DatasetId}/datasetfilemetas"),
    KnownOperation("ListDatasetJobConfigs", "GET", "/api/v1/datasets/{DatasetId}/datasetjobconfigs/"),
    KnownOperation("ListDatasetJobs", "GET", "/api/v1/datasets/{DatasetId}/datasetjobs"),
    KnownOperation("ListDatasetVersions", "GET", "/api/v1/datasets/{DatasetId}/versions"),
    KnownOperation("ListDatasets", "GET", "/api/v1/datasets"),
    KnownOperation("ListExperiment", "GET", "/api/v1/experiments"),
    KnownOperation("ListFeatures", "GET", "/api/v1/features"),
    KnownOperation("ListImageLabels", "GET", "/api/v1/image/labels"),
    KnownOperation("ListImages", "GET", "/api/v1/images"),
    KnownOperation("ListMembers", "GET", "/api/v1/workspaces/{WorkspaceId}/members"),
    KnownOperation("ListModelVersions", "GET", "/api/v1/models/{ModelId}/versions"),
    KnownOperation("ListModels", "GET", "/api/v1/models"),
    KnownOperation("ListPermissions", "GET", "/api/v1/workspaces/{WorkspaceId}/permissions"),
    KnownOperation("ListProducts", "GET", "/api/v1/products"),
    KnownOperation("ListPrompts", "GET", "/api/v1/prompts"),
    KnownOperation("ListQuotas", "GET", "/api/v1/quotas"),
    KnownOperation("ListResources", "GET", "/api/v1/resources"),
    KnownOperation("ListRunMetrics", "GET", "/api/v1/runs/{RunId}/metrics"),
    KnownOperation("ListRuns", "GET", "/api/v1/runs"),
    KnownOperation("ListUserConfigs", "GET", "/api/v1/userconfigs"),
    KnownOperation("ListWorkspaceRoles", "GET", "/api/v1/workspaces/{WorkspaceId}/roles"),
    KnownOperation("ListWorkspaceUsers", "GET", "/api/v1/workspaces/{WorkspaceId}/users"),
    KnownOperation("ListWorkspaces", "GET", "/api/v1/workspaces"),
    KnownOperation("LogRunMetrics", "POST", "/api/v1/runs/{RunId}/metrics/action/log"),
    KnownOperation("PublishCodeSource", "PUT", "/api/v1/codesources/{CodeSourceId}/publish"),
    KnownOperation("PublishDataset", "PUT", "/api/v1/datasets/{DatasetId}/publish"),
    KnownOperation("PublishImage", "PUT", "/api/v1/images/{ImageId}/publish"),
    KnownOperation("RemoveImage", "DELETE", "/api/v1/images/{ImageId}"),
    KnownOperation("RemoveImageLabels", "DELETE", "/api/v1/images/{ImageId}/labels/{LabelKey}"),
    KnownOperation(
        "RemoveMemberRole", "DELETE", "/api/v1/workspaces/{WorkspaceId}/members/{MemberId}/roles/{RoleName}"
    ),
    KnownOperation("SetExperimentLabels", "POST", "/api/v1/experiments/{ExperimentId}/labels"),
    KnownOperation("SetUserConfigs", "PUT", "/api/v1/userconfigs"),
    KnownOperation("StopDatasetJob", "PUT", "/api/v1/datasets/{DatasetId}/datasetjobs/{DatasetJobId}/action/stop"),
    KnownOperation("UpdateCodeSource", "PUT", "/api/v1/codesources/{CodeSourceId}"),
    KnownOperation("UpdateConfig", "PUT", "/api/v1/workspaces/{WorkspaceId}/config"),
    KnownOperation("UpdateConfigs", "PUT", "/api/v1/workspaces/{WorkspaceId}/configs"),
    KnownOperation("UpdateConnection", "PUT", "/api/v1/connections/{ConnectionId}"),
    KnownOperation("UpdateDataset", "PUT", "/api/v1/datasets/{DatasetId}"),
    KnownOperation("UpdateDatasetFileMetas", "PUT", "/api/v1/datasets/{DatasetId}/datasetfilemetas"),
    KnownOperation("UpdateDatasetJob", "PUT", "/api/v1/datasets/{DatasetId}/datasetjobs/{DatasetJobId}"),
    KnownOperation(
        "UpdateDatasetJobConfig", "PUT", "/api/v1/datasets/{DatasetId}/datasetjobconfigs/{DatasetJobConfigId}"
    ),
    KnownOperation("UpdateDatasetVersion", "PUT", "/api/v1/datasets/{DatasetId}/versions/{VersionName}"),
    KnownOperation("UpdateDefaultWorkspace", "PUT", "/api/v1/defaultWorkspaces"),
    KnownOperation("UpdateExperiment", "PUT", "/api/v1/experiments/{ExperimentId}"),
    KnownOperation("UpdateModel", "PUT", "/api/v1/models/{ModelId}"),
    KnownOperation("UpdateModelVersion", "PUT", "/api/v1/models/{ModelId}/versions/{VersionName}"),
    KnownOperation("UpdatePrompt", "PUT", "/api/v1/prompts/{PromptId}"),
    KnownOperation("UpdateRun", "PUT", "/api/v1/runs/{RunId}"),
    KnownOperation("UpdateWorkspace", "PUT", "/api/v1/workspaces/{WorkspaceId}"),
    KnownOperation("UpdateWorkspaceResource", "PUT", "/api/v1/workspaces/{WorkspaceId}/resources"),
    KnownOperation("UpdateWorkspaceRole", "PUT", "/api/v1/workspaces/{WorkspaceId}/roles/{RoleId}"),
    KnownOperation("ValidateConnection", "POST", "/api/v1/connections/validate"),
)
"""All 127, in the order of their names."""

RAM = _rpc(
    "Ram",
    "2015-05-01",
    """
    AddUserToGroup AttachPolicyToGroup AttachPolicyToRole AttachPolicyToUser BindMFADevice ChangePassword
    ClearAccountAlias CreateAccessKey CreateGroup CreateLoginProfile CreatePolicy CreatePolicyVersion
    CreateRole CreateServiceLinkedRole CreateUser CreateVirtualMFADevice DecodeDiagnosticMessage
    DeleteAccessKey DeleteGroup DeleteLoginProfile DeletePolicy DeletePolicyVersion DeleteRole
    DeleteServiceLinkedRole DeleteUser DeleteVirtualMFADevice DetachPolicyFromGroup DetachPolicyFromRole
    DetachPolicyFromUser GetAccessKeyLastUsed GetAccountAlias GetGroup GetLoginProfile GetPasswordPolicy
    GetPolicy GetPolicyVersion GetRole GetSecurityPreference GetServiceLinkedRoleTemplate GetUser
    GetUserMFAInfo ListAccessKeys ListEntitiesForPolicy ListGroups ListGroupsForUser ListPolicies
    ListPoliciesForGroup ListPoliciesForRole ListPoliciesForUser ListPolicyVersions ListRoles ListTagResources
    ListUsers ListUsersForGroup ListVirtualMFADevices RemoveUserFromGroup SetAccountAlias
    SetDefaultPolicyVersion SetPasswordPolicy SetSecurityPreference TagResources UnbindMFADevice
    UntagResources UpdateAccessKey UpdateGroup UpdateLoginProfile UpdatePolicyDescription UpdateRole
    UpdateUser
    """,
)
STS = _rpc(
    "Sts",
    "2015-04-01",
    """
    AssumeRole AssumeRoleWithOIDC AssumeRoleWithSAML GetCallerIdentity
    """,
)
RESOURCE_MANAGER = _rpc(
    "ResourceManager",
    "2020-03-31",
    """
    AcceptHandshake AttachControlPolicy AttachPolicy BindSecureMobilePhone CancelChangeAccountEmail
    CancelCreateCloudAccount CancelHandshake CancelPromoteResourceAccount ChangeAccountEmail
    CheckAccountDelete CreateAutoGroupingRule CreateCloudAccount CreateControlPolicy CreateFolder CreatePolicy
    CreatePolicyVersion CreateResourceAccount CreateResourceGroup CreateRole CreateServiceLinkedRole
    DeclineHandshake DeleteAccount DeleteAutoGroupingRule DeleteControlPolicy DeleteFolder DeletePolicy
    DeletePolicyVersion DeleteResourceGroup DeleteRole DeleteServiceLinkedRole
    DeregisterDelegatedAdministrator DestroyResourceDirectory DetachControlPolicy DetachPolicy
    DisableAssociatedTransfer DisableAutoGrouping DisableControlPolicy DisableResourceGroupNotification
    EnableAssociatedTransfer EnableAutoGrouping EnableControlPolicy EnableResourceDirectory
    EnableResourceGroupNotification GetAccount GetAccountDeletionCheckResult GetAccountDeletionStatus
    GetAutoGroupingRule GetAutoGroupingStatus GetControlPolicy GetControlPolicyEnablementStatus GetFolder
    GetHandshake GetPayerForAccount GetPolicy GetPolicyVersion GetResourceDirectory GetResourceGroup
    GetResourceGroupAdminSetting GetResourceGroupNotificationSetting GetResourceGroupResourceCounts GetRole
    GetServiceLinkedRoleDeletionStatus InitResourceDirectory InviteAccountToResourceDirectory ListAccounts
    ListAccountsForParent ListAncestors ListAssociatedTransferSetting ListAutoGroupingRemediations
    ListAutoGroupingRules ListControlPolicies ListControlPolicyAttachmentsForTarget
    ListDelegatedAdministrators ListDelegatedServicesForAccount ListFoldersForParent ListHandshakesForAccount
    ListHandshakesForResourceDirectory ListPolicies ListPolicyAttachments ListPolicyVersions
    ListResourceGroupCapability ListResourceGroups ListResourceGroupsWithAuthDetails ListResources ListRoles
    ListTagKeys ListTagResources ListTagValues ListTargetAttachmentsForControlPolicy ListTrustedServiceStatus
    LookupResourceGroupEvents MoveAccount MoveResources PromoteResourceAccount RegisterDelegatedAdministrator
    RemoveCloudAccount ResendCreateCloudAccountEmail ResendPromoteResourceAccountEmail RetryChangeAccountEmail
    SendVerificationCodeForBindSecureMobilePhone SendVerificationCodeForEnableRD SetDefaultPolicyVersion
    SetMemberDeletionPermission TagResources UntagResources UpdateAccount UpdateAssociatedTransferSetting
    UpdateAutoGroupingConfig UpdateAutoGroupingRule UpdateControlPolicy UpdateFolder UpdateResourceGroup
    UpdateResourceGroupAdminSetting UpdateRole
    """,
)

ALL = (*AIWORKSPACE, *RAM, *STS, *RESOURCE_MANAGER)

RPC_PRODUCTS = {
    "2015-05-01": "Ram",
    "2015-04-01": "Sts",
    "2020-03-31": "ResourceManager",
    "2019-08-15": "Ims",
}
"""The products in RPC style by the version of their API, which is what a request names.

Ims, whose operations share names with those of Ram, is known so that it can be told from them; none is offered.
"""
