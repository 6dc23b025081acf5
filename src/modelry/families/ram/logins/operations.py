"""The API of login profiles and of the second factor: one row per operation."""

from modelry.contract.operation import Access, Operation
from modelry.errors.ram import (
    ENTITY_ALREADY_EXISTS_USER_LOGIN_PROFILE,
    ENTITY_NOT_EXIST_USER,
    ENTITY_NOT_EXIST_USER_LOGIN_PROFILE,
    ENTITY_NOT_EXIST_USER_MFA_DEVICE,
    PASSWORD_TOO_WEAK,
)
from modelry.families.ram import RAM
from modelry.families.ram.fields import refusals
from modelry.families.ram.logins import structs as s
from modelry.families.ram.structs import Done
from modelry.families.ram.users.structs import UserAddress

_USER = ("user/{UserName}",)
_NAMED = (ENTITY_NOT_EXIST_USER, *refusals("user_name"))

CREATE_LOGIN_PROFILE = Operation(
    name="CreateLoginProfile",
    style=RAM,
    request=s.CreateLoginProfile,
    response=s.FoundLoginProfile,
    access=Access(action="ram:CreateLoginProfile", level="create", resources=_USER),
    errors=(ENTITY_ALREADY_EXISTS_USER_LOGIN_PROFILE, PASSWORD_TOO_WEAK, *_NAMED),
    summary="Give a user a password.",
)
GET_LOGIN_PROFILE = Operation(
    name="GetLoginProfile",
    style=RAM,
    request=UserAddress,
    response=s.FoundLoginProfile,
    access=Access(action="ram:GetLoginProfile", level="get", resources=_USER),
    errors=(ENTITY_NOT_EXIST_USER_LOGIN_PROFILE, *_NAMED),
    summary="Get the login profile of a user.",
)
UPDATE_LOGIN_PROFILE = Operation(
    name="UpdateLoginProfile",
    style=RAM,
    request=s.UpdateLoginProfile,
    response=Done,
    access=Access(action="ram:UpdateLoginProfile", level="update", resources=_USER),
    errors=(ENTITY_NOT_EXIST_USER_LOGIN_PROFILE, PASSWORD_TOO_WEAK, *_NAMED),
    summary="Change the login profile of a user.",
)
DELETE_LOGIN_PROFILE = Operation(
    name="DeleteLoginProfile",
    style=RAM,
    request=UserAddress,
    response=Done,
    access=Access(action="ram:DeleteLoginProfile", level="delete", resources=_USER),
    errors=(ENTITY_NOT_EXIST_USER_LOGIN_PROFILE, *_NAMED),
    summary="Delete the login profile of a user.",
)
UNBIND_MFA_DEVICE = Operation(
    name="UnbindMFADevice",
    style=RAM,
    request=UserAddress,
    response=s.UserMfaDevice,
    access=Access(action="ram:UnbindMFADevice", level="update", resources=_USER),
    errors=(ENTITY_NOT_EXIST_USER_MFA_DEVICE, *_NAMED),
    summary="Unbind the MFA device of a user; none can be bound here.",
)
GET_USER_MFA_INFO = Operation(
    name="GetUserMFAInfo",
    style=RAM,
    request=UserAddress,
    response=s.UserMfaDevice,
    access=Access(action="ram:GetUserMFAInfo", level="get", resources=_USER),
    errors=(ENTITY_NOT_EXIST_USER_MFA_DEVICE, *_NAMED),
    summary="Get the MFA device of a user; none can be bound here.",
)

OPERATIONS = (
    CREATE_LOGIN_PROFILE,
    GET_LOGIN_PROFILE,
    UPDATE_LOGIN_PROFILE,
    DELETE_LOGIN_PROFILE,
    UNBIND_MFA_DEVICE,
    GET_USER_MFA_INFO,
)
