"""The operations on resource groups.

Their actions are RAM's: Alibaba Cloud's guide to managing resource groups as a RAM user grants `ram:*ResourceGroup*`
and, for the tags, `ram:TagResources` and its like, on `acs:ram:*:ACCOUNT:resourcegroup/ID`.
"""

from modelry.contract.operation import Access, Operation
from modelry.errors import INVALID_PARAMETER, MISSING_PARAMETER
from modelry.errors import resource_manager as e
from modelry.errors.ram import LIMIT_EXCEEDED_TAG
from modelry.families.resource_groups import RESOURCE_MANAGER
from modelry.families.resource_groups import structs as s

_ADDRESS = (e.INVALID_RESOURCE_GROUP_ID, e.ENTITY_NOT_EXISTS_RESOURCE_GROUP)
_ONE = ("resourcegroup/{ResourceGroupId}",)
_ANY = ("resourcegroup/*",)

CREATE_RESOURCE_GROUP = Operation(
    name="CreateResourceGroup",
    style=RESOURCE_MANAGER,
    request=s.CreateResourceGroup,
    response=s.ResourceGroupAnswer,
    access=Access(action="ram:CreateResourceGroup", level="create", resources=_ANY),
    errors=(
        e.INVALID_NAME_CHARS,
        e.INVALID_NAME_LENGTH,
        e.INVALID_DISPLAY_NAME_LENGTH,
        e.ENTITY_ALREADY_EXISTS_RESOURCE_GROUP,
        e.LIMIT_EXCEEDED_RESOURCE_GROUP,
    ),
    summary="Add a resource group.",
)

GET_RESOURCE_GROUP = Operation(
    name="GetResourceGroup",
    style=RESOURCE_MANAGER,
    request=s.GetResourceGroup,
    response=s.ResourceGroupAnswer,
    access=Access(action="ram:GetResourceGroup", level="get", resources=_ONE),
    errors=_ADDRESS,
    summary="A resource group.",
)

LIST_RESOURCE_GROUPS = Operation(
    name="ListResourceGroups",
    style=RESOURCE_MANAGER,
    request=s.ListResourceGroups,
    response=s.ResourceGroups,
    access=Access(action="ram:ListResourceGroups", level="list", resources=_ANY),
    summary="The account's resource groups.",
)

UPDATE_RESOURCE_GROUP = Operation(
    name="UpdateResourceGroup",
    style=RESOURCE_MANAGER,
    request=s.UpdateResourceGroup,
    response=s.ResourceGroupAnswer,
    access=Access(action="ram:UpdateResourceGroup", level="update", resources=_ONE),
    errors=(*_ADDRESS, e.INVALID_DISPLAY_NAME_LENGTH),
    summary="Change the display name of a resource group.",
)

DELETE_RESOURCE_GROUP = Operation(
    name="DeleteResourceGroup",
    style=RESOURCE_MANAGER,
    request=s.GroupAddress,
    response=s.ResourceGroupAnswer,
    access=Access(action="ram:DeleteResourceGroup", level="delete", resources=_ONE),
    errors=(*_ADDRESS, e.DELETE_CONFLICT_RESOURCE, e.DELETE_CONFLICT_DEFAULT),
    summary="Remove a resource group that nothing lies in.",
)

TAG_RESOURCES = Operation(
    name="TagResources",
    style=RESOURCE_MANAGER,
    request=s.TagResources,
    response=s.Done,
    access=Access(action="ram:TagResources", level="update", looked_up=("resourcegroup/*",)),
    errors=(*_ADDRESS, e.INVALID_RESOURCE_TYPE, LIMIT_EXCEEDED_TAG),
    summary="Add tags to resource groups.",
)

UNTAG_RESOURCES = Operation(
    name="UntagResources",
    style=RESOURCE_MANAGER,
    request=s.UntagResources,
    response=s.Done,
    access=Access(action="ram:UntagResources", level="update", looked_up=("resourcegroup/*",)),
    errors=(*_ADDRESS, e.INVALID_RESOURCE_TYPE, MISSING_PARAMETER),
    summary="Take tags from resource groups.",
)

LIST_TAG_RESOURCES = Operation(
    name="ListTagResources",
    style=RESOURCE_MANAGER,
    request=s.ListTagResources,
    response=s.TaggedResources,
    access=Access(action="ram:ListTagResources", level="list", looked_up=("resourcegroup/*",)),
    errors=(e.INVALID_RESOURCE_GROUP_ID, e.INVALID_RESOURCE_TYPE, INVALID_PARAMETER),
    summary="The tags of resource groups.",
)

OPERATIONS = (
    CREATE_RESOURCE_GROUP,
    GET_RESOURCE_GROUP,
    LIST_RESOURCE_GROUPS,
    UPDATE_RESOURCE_GROUP,
    DELETE_RESOURCE_GROUP,
    TAG_RESOURCES,
    UNTAG_RESOURCES,
    LIST_TAG_RESOURCES,
)
