"""Operations in RPC style to try the contract with; no server offers them."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from modelry.contract.operation import Access, Operation, Rpc, Shape

RAM = Rpc(product="Ram", version="2015-05-01")
RESOURCE_MANAGER = Rpc(product="ResourceManager", version="2020-03-31")


class Tag(Shape):
    """One tag."""

    key: str
    value: str = ""


class Tags(Shape):
    """Every kind of parameter: text, choice, number, flag, list of texts, list of structures, structure."""

    resource_type: str
    resource_names: Annotated[list[str], Meta(max_length=3)] | UnsetType = UNSET
    tag_keys: list[Annotated[str, Meta(max_length=5)]] | UnsetType = UNSET
    tag: list[Tag] | UnsetType = UNSET
    first: Tag | UnsetType = UNSET
    status: Literal["Active", "Inactive"] | UnsetType = UNSET
    page_size: Annotated[int, Meta(ge=1, le=100)] = 20
    all: bool | UnsetType = UNSET
    comments: str | UnsetType = UNSET


class Names(Shape):
    """A list, and beside it a text with the list's name in the singular."""

    user_names: list[str] | UnsetType = UNSET
    user_name: str | UnsetType = UNSET


class Done(Shape):
    """Nothing but the request id."""


TAG = Operation(
    name="TagResources",
    style=RAM,
    request=Tags,
    response=Done,
    access=Access(action="ram:TagResources", level="update", resources=("role/{ResourceNames}",)),
    summary="Tag roles.",
)
TAG_GROUPS = Operation(
    name="TagResources",
    style=RESOURCE_MANAGER,
    request=Tags,
    response=Done,
    access=Access(action="resourcemanager:TagResources", level="update"),
    summary="Tag resource groups.",
)
NAME = Operation(
    name="NameUsers",
    style=RAM,
    request=Names,
    response=Done,
    access=Access(action="ram:NameUsers", level="list"),
    summary="Name users.",
)
ROWS = (TAG, TAG_GROUPS, NAME)
