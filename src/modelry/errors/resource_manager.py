"""The errors of Resource Manager: codes and statuses are those of Alibaba Cloud's documentation, the words are our own.

The rules of the package hold here too; clients also search messages for codes, so no message names another code.
"""

from modelry.errors import ErrorCode

ENTITY_NOT_EXISTS_RESOURCE_GROUP = ErrorCode(
    "EntityNotExists.ResourceGroup", 404, "The resource group does not exist: {resource_group_id}."
)
INVALID_RESOURCE_GROUP_ID = ErrorCode(
    "InvalidParameter.ResourceGroupId", 400, "A resource group's id is rg- and letters or digits."
)
INVALID_NAME_CHARS = ErrorCode(
    "InvalidParameter.Name.InvalidChars", 400, "Name must begin with a letter and have letters, digits and hyphens."
)
INVALID_NAME_LENGTH = ErrorCode(
    "InvalidParameter.Name.Length", 400, "Name must have {shortest} to {longest} characters."
)
INVALID_DISPLAY_NAME_LENGTH = ErrorCode(
    "InvalidParameter.DisplayName.Length", 400, "{name} must have {shortest} to {longest} characters."
)
INVALID_RESOURCE_TYPE = ErrorCode(
    "InvalidParameter.ResourceType", 400, "Nothing but a resource group carries tags here: ResourceGroup."
)
ENTITY_ALREADY_EXISTS_RESOURCE_GROUP = ErrorCode(
    "EntityAlreadyExists.ResourceGroup", 409, "There is a resource group of that name: {name}."
)
LIMIT_EXCEEDED_RESOURCE_GROUP = ErrorCode(
    "LimitExceeded.ResourceGroup", 409, "The account cannot have more than {limit} resource groups of its own making."
)
DELETE_CONFLICT_RESOURCE = ErrorCode(
    "DeleteConflict.ResourceGroup.Resource", 409, "Workspaces lie in the resource group; move or delete them first."
)
DELETE_CONFLICT_DEFAULT = ErrorCode(
    "DeleteConflict.ResourceGroup.Default", 409, "The default resource group stays: whatever names no group lies in it."
)
"""Decided here: the documentation has no code for it."""
