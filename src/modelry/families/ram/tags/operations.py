"""The API of tags: one row per operation."""

from modelry.contract.operation import Access, Operation
from modelry.errors import INVALID_PARAMETER
from modelry.errors.ram import ENTITY_NOT_EXIST_POLICY, ENTITY_NOT_EXIST_ROLE, LIMIT_EXCEEDED_TAG
from modelry.families.ram import RAM
from modelry.families.ram.structs import Done
from modelry.families.ram.tags import structs as s

_MISSING = (ENTITY_NOT_EXIST_POLICY, ENTITY_NOT_EXIST_ROLE)

# What they are about is in lists, so the handlers decide.
TAG_RESOURCES = Operation(
    name="TagResources",
    style=RAM,
    request=s.TagResources,
    response=Done,
    access=Access(action="ram:TagResources", level="update", looked_up=("role/*", "policy/*")),
    errors=(*_MISSING, LIMIT_EXCEEDED_TAG),
    summary="Add tags to roles or policies.",
)
UNTAG_RESOURCES = Operation(
    name="UntagResources",
    style=RAM,
    request=s.UntagResources,
    response=Done,
    access=Access(action="ram:UntagResources", level="update", looked_up=("role/*", "policy/*")),
    errors=_MISSING,
    summary="Remove tags from roles or policies.",
)
LIST_TAG_RESOURCES = Operation(
    name="ListTagResources",
    style=RAM,
    request=s.ListTagResources,
    response=s.TagResourcesPage,
    access=Access(action="ram:ListTagResources", level="list", looked_up=("role/*", "policy/*")),
    errors=(INVALID_PARAMETER,),
    summary="List the tags of roles or policies.",
)

OPERATIONS = (TAG_RESOURCES, UNTAG_RESOURCES, LIST_TAG_RESOURCES)
