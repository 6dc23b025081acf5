"""What products, features, quotas and resources, and the requests for them, look like on the wire."""

from typing import Literal

from msgspec import UNSET, UnsetType

from modelry.contract.operation import Shape
from modelry.families.workspaces.structs import Names, PageNumber, PageSize


class ListProducts(Shape):
    """Which products and services."""

    product_codes: Names | UnsetType = UNSET
    """`PAI_share`, ..."""
    service_codes: Names | UnsetType = UNSET
    verbose: bool | UnsetType = UNSET
    """Accepted."""


class Product(Shape):
    """A product that was asked for."""

    product_code: str
    is_purchased: bool
    has_permission_to_purchase: bool


class Service(Shape):
    """A service that was asked for."""

    service_code: str
    is_open: bool


class Products(Shape):
    """An entry for every code that was asked for; none when none was."""

    products: list[Product]
    services: list[Service]


class ListFeatures(Shape):
    """Which features."""

    names: Names | UnsetType = UNSET


class Features(Shape):
    """The names of the features that are switched on."""

    features: list[str]
    total_count: int


class ListQuotas(Shape):
    """Which quotas."""

    name: str | UnsetType = UNSET


class Quota(Shape):
    """A quota of computing resources."""

    id: str
    name: str


class Quotas(Shape):
    """Quotas and how many there are."""

    quotas: list[Quota]
    total_count: int


class ListResources(Shape):
    """Which computing resources."""

    group_name: str | UnsetType = UNSET
    labels: str | UnsetType = UNSET
    option: Literal["ListResourceByWorkspace", "ListResource", ""] | UnsetType = UNSET
    page_number: PageNumber = 1
    page_size: PageSize = 20
    product_types: Names | UnsetType = UNSET
    quota_ids: Names | UnsetType = UNSET
    resource_name: str | UnsetType = UNSET
    resource_types: Names | UnsetType = UNSET
    verbose: bool | UnsetType = UNSET
    verbose_fields: Names | UnsetType = UNSET
    workspace_id: str | UnsetType = UNSET


class Resource(Shape):
    """A computing resource of a workspace."""

    id: str
    name: str
    workspace_id: str


class Resources(Shape):
    """A page of computing resources and how many there are on all pages."""

    resources: list[Resource]
    total_count: int
