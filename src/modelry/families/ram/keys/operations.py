"""The API of access keys: one row per operation."""

from modelry.contract.operation import Access, Operation
from modelry.errors.ram import (
    ACCOUNT_KEY_STAYS,
    ENTITY_NOT_EXIST_USER,
    ENTITY_NOT_EXIST_USER_ACCESS_KEY,
    LIMIT_EXCEEDED_USER_ACCESS_KEY,
    ONLY_USERS_HAVE_KEYS,
)
from modelry.families.ram import RAM
from modelry.families.ram.fields import refusals
from modelry.families.ram.keys import structs as s
from modelry.families.ram.structs import Done

_USER = ("user/{UserName}",)
_OWNER = (ENTITY_NOT_EXIST_USER, ONLY_USERS_HAVE_KEYS, *refusals("user_name"))
_KEY = (ENTITY_NOT_EXIST_USER_ACCESS_KEY, *_OWNER)

CREATE_ACCESS_KEY = Operation(
    name="CreateAccessKey",
    style=RAM,
    request=s.KeyOwner,
    response=s.CreatedAccessKey,
    access=Access(action="ram:CreateAccessKey", level="create", resources=_USER),
    errors=(LIMIT_EXCEEDED_USER_ACCESS_KEY, ACCOUNT_KEY_STAYS, *_OWNER),
    summary="Make an access key of a user; two at a time let one be replaced without downtime.",
)
UPDATE_ACCESS_KEY = Operation(
    name="UpdateAccessKey",
    style=RAM,
    request=s.UpdateAccessKey,
    response=Done,
    access=Access(action="ram:UpdateAccessKey", level="update", resources=_USER),
    errors=(ACCOUNT_KEY_STAYS, *_KEY),
    summary="Activate or deactivate an access key.",
)
DELETE_ACCESS_KEY = Operation(
    name="DeleteAccessKey",
    style=RAM,
    request=s.KeyAddress,
    response=Done,
    access=Access(action="ram:DeleteAccessKey", level="delete", resources=_USER),
    errors=(ACCOUNT_KEY_STAYS, *_KEY),
    summary="Delete an access key.",
)
LIST_ACCESS_KEYS = Operation(
    name="ListAccessKeys",
    style=RAM,
    request=s.KeyOwner,
    response=s.AccessKeys,
    access=Access(action="ram:ListAccessKeys", level="list", resources=_USER),
    errors=_OWNER,
    summary="List the access keys of a user.",
)
GET_ACCESS_KEY_LAST_USED = Operation(
    name="GetAccessKeyLastUsed",
    style=RAM,
    request=s.KeyAddress,
    response=s.FoundLastUse,
    access=Access(action="ram:GetAccessKeyLastUsed", level="get", resources=_USER),
    errors=_KEY,
    summary="Say when an access key was last used.",
)

OPERATIONS = (CREATE_ACCESS_KEY, UPDATE_ACCESS_KEY, DELETE_ACCESS_KEY, LIST_ACCESS_KEYS, GET_ACCESS_KEY_LAST_USED)
