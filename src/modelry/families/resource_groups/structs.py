"""What a resource group looks like."""

from typing import Annotated

from msgspec import Meta

from modelry.contract.operation import Shape

ResourceGroupId = Annotated[str, Meta(max_length=64, pattern=r"^rg-[A-Za-z0-9]+$(?!\n)")]
"""`rg-` and letters or digits. One that is not known here is accepted: the groups of a twin may live elsewhere."""


class ResourceGroup(Shape):
    """A group that resources lie in. Field names as in Resource Manager."""

    id: ResourceGroupId
    name: str
    display_name: str
    account_id: str
    status: str
    create_date: str
