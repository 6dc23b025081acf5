"""The API of the account's settings: one row per operation."""

from modelry.contract.operation import Access, Operation
from modelry.errors.ram import ENTITY_NOT_EXIST_ACCOUNT_ALIAS
from modelry.families.ram import RAM
from modelry.families.ram.account import structs as s
from modelry.families.ram.fields import refusals
from modelry.families.ram.structs import Done

_ACCOUNT = ("*",)

SET_ACCOUNT_ALIAS = Operation(
    name="SetAccountAlias",
    style=RAM,
    request=s.SetAccountAlias,
    response=Done,
    access=Access(action="ram:SetAccountAlias", level="update", resources=_ACCOUNT),
    errors=refusals("account_alias"),
    summary="Give the account an alias, in place of the one that it may have.",
)
GET_ACCOUNT_ALIAS = Operation(
    name="GetAccountAlias",
    style=RAM,
    request=s.Nothing,
    response=s.AccountAlias,
    access=Access(action="ram:GetAccountAlias", level="get", resources=_ACCOUNT),
    errors=(ENTITY_NOT_EXIST_ACCOUNT_ALIAS,),
    summary="Get the account's alias.",
)
CLEAR_ACCOUNT_ALIAS = Operation(
    name="ClearAccountAlias",
    style=RAM,
    request=s.Nothing,
    response=Done,
    access=Access(action="ram:ClearAccountAlias", level="delete", resources=_ACCOUNT),
    summary="Take the account's alias away; none is no error.",
)

OPERATIONS = (SET_ACCOUNT_ALIAS, GET_ACCOUNT_ALIAS, CLEAR_ACCOUNT_ALIAS)
