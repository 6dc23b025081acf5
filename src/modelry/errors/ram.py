"""The errors of RAM and STS: codes and statuses are those of Alibaba Cloud's documentation, the words are our own.

The rules of the package hold here too; clients also search messages for codes, so no message names another code.
"""

from collections.abc import Iterable, Mapping

from modelry.errors import ErrorCode

# What does not exist. 404 is what Terraform takes for "this resource is gone".
ENTITY_NOT_EXIST_USER = ErrorCode("EntityNotExist.User", 404, "The user does not exist: {user_name}.")
ENTITY_NOT_EXIST_USER_ACCESS_KEY = ErrorCode(
    "EntityNotExist.User.AccessKey", 404, "{owner} has no access key {access_key_id}."
)
ENTITY_NOT_EXIST_USER_LOGIN_PROFILE = ErrorCode(
    "EntityNotExist.User.LoginProfile", 404, "The user {user_name} has no login profile."
)
ENTITY_NOT_EXIST_USER_MFA_DEVICE = ErrorCode(
    "EntityNotExist.User.MFADevice", 404, "The user {user_name} has not bound any MFA device."
)
ENTITY_NOT_EXIST_USER_GROUP = ErrorCode(
    "EntityNotExist.User.Group", 404, "The user {user_name} has not joined the group {group_name}."
)
ENTITY_NOT_EXIST_USER_POLICY = ErrorCode(
    "EntityNotExist.User.Policy", 404, "The policy {policy_name} is not attached to the user {user_name}."
)
ENTITY_NOT_EXIST_GROUP = ErrorCode("EntityNotExist.Group", 404, "The group does not exist: {group_name}.")
ENTITY_NOT_EXIST_GROUP_POLICY = ErrorCode(
    "EntityNotExist.Group.Policy", 404, "The policy {policy_name} is not attached to the group {group_name}."
)
ENTITY_NOT_EXIST_POLICY = ErrorCode("EntityNotExist.Policy", 404, "The policy does not exist: {policy_name}.")
ENTITY_NOT_EXIST_POLICY_VERSION = ErrorCode(
    "EntityNotExist.Policy.Version", 404, "The policy {policy_name} has no version {version_id}."
)
ENTITY_NOT_EXIST_ROLE = ErrorCode("EntityNotExist.Role", 404, "The role does not exist: {role_name}.")
ENTITY_NOT_EXIST_ROLE_POLICY = ErrorCode(
    "EntityNotExist.Role.Policy", 404, "The policy {policy_name} is not attached to the role {role_name}."
)
ENTITY_NOT_EXIST_ACCOUNT_ALIAS = ErrorCode("EntityNotExist.AccountAlias", 404, "The account has no alias.")
"""Decided here: the documentation has no code for it."""

# What exists already.
ENTITY_ALREADY_EXISTS_USER = ErrorCode("EntityAlreadyExists.User", 409, "There is a user of that name: {user_name}.")
ENTITY_ALREADY_EXISTS_GROUP = ErrorCode(
    "EntityAlreadyExists.Group", 409, "There is a group of that name: {group_name}."
)
ENTITY_ALREADY_EXISTS_ROLE = ErrorCode("EntityAlreadyExists.Role", 409, "There is a role of that name: {role_name}.")
ENTITY_ALREADY_EXISTS_POLICY = ErrorCode(
    "EntityAlreadyExists.Policy", 409, "There is a policy of that name: {policy_name}."
)
ENTITY_ALREADY_EXISTS_USER_GROUP = ErrorCode(
    "EntityAlreadyExists.User.Group", 409, "The user {user_name} has joined the group {group_name} already."
)
ENTITY_ALREADY_EXISTS_USER_POLICY = ErrorCode(
    "EntityAlreadyExists.User.Policy", 409, "The policy {policy_name} is attached to the user {user_name} already."
)
ENTITY_ALREADY_EXISTS_GROUP_POLICY = ErrorCode(
    "EntityAlreadyExists.Group.Policy", 409, "The policy {policy_name} is attached to the group {group_name} already."
)
ENTITY_ALREADY_EXISTS_ROLE_POLICY = ErrorCode(
    "EntityAlreadyExists.Role.Policy", 409, "The policy {policy_name} is attached to the role {role_name} already."
)
ENTITY_ALREADY_EXISTS_USER_LOGIN_PROFILE = ErrorCode(
    "EntityAlreadyExists.User.LoginProfile", 409, "The user {user_name} has a login profile already."
)

# What is still needed.
DELETE_CONFLICT_USER_GROUP = ErrorCode(
    "DeleteConflict.User.Group", 409, "The user {user_name} is in a group; remove it from all groups first."
)
DELETE_CONFLICT_USER_ACCESS_KEY = ErrorCode(
    "DeleteConflict.User.AccessKey", 409, "The user {user_name} has an access key; delete its keys first."
)
DELETE_CONFLICT_USER_LOGIN_PROFILE = ErrorCode(
    "DeleteConflict.User.LoginProfile", 409, "The user {user_name} has a login profile; delete it first."
)
DELETE_CONFLICT_USER_POLICY = ErrorCode(
    "DeleteConflict.User.Policy", 409, "The user {user_name} has a policy attached; detach its policies first."
)
DELETE_CONFLICT_GROUP_USER = ErrorCode(
    "DeleteConflict.Group.User", 409, "The group {group_name} has users; remove them first."
)
DELETE_CONFLICT_GROUP_POLICY = ErrorCode(
    "DeleteConflict.Group.Policy", 409, "The group {group_name} has a policy attached; detach its policies first."
)
DELETE_CONFLICT_ROLE_POLICY = ErrorCode(
    "DeleteConflict.Role.Policy", 409, "The role {role_name} has a policy attached; detach its policies first."
)
DELETE_CONFLICT_POLICY_USER = ErrorCode(
    "DeleteConflict.Policy.User", 409, "The policy {policy_name} is attached to a user; detach it first."
)
DELETE_CONFLICT_POLICY_GROUP = ErrorCode(
    "DeleteConflict.Policy.Group", 409, "The policy {policy_name} is attached to a group; detach it first."
)
DELETE_CONFLICT_POLICY_ROLE = ErrorCode(
    "DeleteConflict.Role.Policy", 409, "The policy {policy_name} is attached to a role; detach it first."
)
"""Terraform waits for this code when it deletes a policy; the documentation names it for deleting a role."""
DELETE_CONFLICT_POLICY_VERSION = ErrorCode(
    "DeleteConflict.Policy.Version",
    409,
    "The policy {policy_name} has versions besides the default one; delete them first.",
)
DELETE_CONFLICT_POLICY_VERSION_DEFAULT = ErrorCode(
    "DeleteConflict.Policy.Version.Default",
    409,
    "{version_id} is the default version of the policy {policy_name}; make another one the default first.",
)

# How many there may be. `{limit}` is the number.
LIMIT_EXCEEDED_USER = ErrorCode("LimitExceeded.User", 409, "The account cannot have more than {limit} users.")
LIMIT_EXCEEDED_GROUP = ErrorCode("LimitExceeded.Group", 409, "The account cannot have more than {limit} groups.")
LIMIT_EXCEEDED_ROLE = ErrorCode("LimitExceeded.Role", 409, "The account cannot have more than {limit} roles.")
LIMIT_EXCEEDED_POLICY = ErrorCode("LimitExceeded.Policy", 409, "The account cannot have more than {limit} policies.")
LIMIT_EXCEEDED_POLICY_VERSION = ErrorCode(
    "LimitExceeded.Policy.Version", 409, "A policy cannot have more than {limit} versions."
)
LIMIT_EXCEEDED_USER_ACCESS_KEY = ErrorCode(
    "LimitExceeded.User.AccessKey", 409, "A user cannot have more than {limit} access keys."
)
LIMIT_EXCEEDED_USER_GROUP = ErrorCode("LimitExceeded.User.Group", 409, "A user cannot be in more than {limit} groups.")
LIMIT_EXCEEDED_USER_POLICY = ErrorCode(
    "LimitExceeded.User.Policy", 409, "A user cannot have more than {limit} {policy_type} policies attached."
)
LIMIT_EXCEEDED_GROUP_POLICY = ErrorCode(
    "LimitExceeded.Group.Policy", 409, "A group cannot have more than {limit} {policy_type} policies attached."
)
LIMIT_EXCEEDED_ROLE_POLICY = ErrorCode(
    "LimitExceeded.Role.Policy", 409, "A role cannot have more than {limit} {policy_type} policies attached."
)


def _rows(code: str, message: str, parameters: Iterable[str]) -> Mapping[str, ErrorCode]:
    return {
        name: ErrorCode(f"InvalidParameter.{name}.{code}", 400, f'The parameter "{name}" {message}.')
        for name in parameters
    }


# What cannot be read, by the parameter's name on the wire.
INVALID_CHARS = _rows(
    "InvalidChars",
    "contains characters that it must not contain",
    (
        *("UserName", "NewUserName", "DisplayName", "NewDisplayName"),
        *("GroupName", "NewGroupName", "PolicyName", "RoleName"),
    ),
)
INVALID_LENGTH = _rows(
    "Length",
    "must have {shortest} to {longest} characters",
    (
        *INVALID_CHARS,
        *("Comments", "NewComments", "Description", "NewDescription", "AccountAlias"),
        *("PolicyDocument", "AssumeRolePolicyDocument", "NewAssumeRolePolicyDocument"),
    ),
)
INVALID_FORMAT = _rows(
    "Format",
    "has not the documented form",
    ("MobilePhone", "NewMobilePhone", "Email", "NewEmail", "VersionId", "AccountAlias"),
)
INVALID_POLICY_TYPE = ErrorCode("InvalidParameter.PolicyType", 400, 'The parameter "PolicyType" must be {known}.')
PASSWORD_TOO_WEAK = ErrorCode(
    "InvalidParameter.Password.TooWeak", 400, 'The parameter "Password" is too weak: {reason}.'
)
MALFORMED_POLICY_DOCUMENT = ErrorCode("MalformedPolicyDocument", 400, "The policy document cannot be used: {reason}.")

# Who may not.
ACCOUNT_KEY_STAYS = ErrorCode("NoPermission", 403, "The account's own key is not changed through the API.")
ONLY_USERS_HAVE_KEYS = ErrorCode(
    "NotSupport.RoleSession", 400, "A session of a role has no access keys of its own; UserName is required."
)
"""Decided here, after the documented code of what only users can call."""

# STS.
INVALID_ROLE_ARN = ErrorCode("InvalidParameter.RoleArn", 400, "The parameter RoleArn is wrongly formed.")
INVALID_ROLE_SESSION_NAME = ErrorCode(
    "InvalidParameter.RoleSessionName", 400, "The parameter RoleSessionName is wrongly formed."
)
INVALID_DURATION_SECONDS = ErrorCode(
    "InvalidParameter.DurationSeconds", 400, "DurationSeconds must be {shortest} to {longest}."
)
INVALID_EXTERNAL_ID = ErrorCode("InvalidParameter.ExternalId", 400, "The parameter ExternalId is wrongly formed.")
INVALID_POLICY_GRAMMAR = ErrorCode(
    "InvalidParameter.PolicyGrammar", 400, "The parameter Policy has not passed grammar check: {reason}."
)
INVALID_POLICY_SIZE = ErrorCode("InvalidParameter.PolicySize", 400, "The size of Policy must be at most {limit} bytes.")
ROOT_ASSUMES_NO_ROLE = ErrorCode("NoPermission", 403, "Roles may not be assumed by root accounts.")
ENTITY_NOT_EXIST_ASSUMED_ROLE = ErrorCode("EntityNotExist.Role", 404, "The specified role does not exist: {role_arn}.")
INVALID_SOURCE_IDENTITY = ErrorCode(
    "InvalidParameter.SourceIdentity", 400, "The parameter SourceIdentity is wrongly formed."
)
"""Decided here, after the documented codes of AssumeRole's other parameters."""

# Diagnoses.
INVALID_DIAGNOSTIC_MESSAGE = ErrorCode(
    "InvalidParameter.EncodedDiagnosticMessage", 400, "This server did not encode the message."
)
"""Decided here: the documentation has no code for it."""

# Policies, where the documentation has no code: decided here.
LIMIT_EXCEEDED_TAG = ErrorCode("LimitExceeded.Tag", 409, "A resource cannot have more than {limit} tags.")
POLICY_CANNOT_BE_LISTED = ErrorCode(
    "PolicyConditionNotSupported", 400, "The policy {policy_name} cannot take effect: {reason}"
)
ATTACHED_TO_THE_ACCOUNT_ONLY = ErrorCode(
    "UnsupportedParameter.ResourceGroupId",
    400,
    "A policy is attached for the whole account here, which would be more than for a resource group;"
    " leave the parameter out, or let the policy's conditions say what it is limited to.",
)
