"""The API of what is sold: one row per operation."""

from modelry.contract.operation import Access, Operation, Roa
from modelry.errors import WORKSPACE_NOT_FOUND
from modelry.families.workspaces.offerings import structs as s

LIST_PRODUCTS = Operation(
    name="ListProducts",
    style=Roa("GET", "/api/v1/products"),
    request=s.ListProducts,
    response=s.Products,
    access=Access(action="pai:ListProducts", level="list", resources=("*",)),
    summary="List whether products are purchased and services are open: none is.",
)
LIST_FEATURES = Operation(
    name="ListFeatures",
    style=Roa("GET", "/api/v1/features"),
    request=s.ListFeatures,
    response=s.Features,
    access=Access(action="paiworkspace:ListFeatures", level="list", resources=("*",)),
    summary="List the features that are switched on: there are none.",
)
LIST_QUOTAS = Operation(
    name="ListQuotas",
    style=Roa("GET", "/api/v1/quotas"),
    request=s.ListQuotas,
    response=s.Quotas,
    access=Access(action="pai:ListQuotas", level="list", resources=("*",)),
    summary="List quotas of computing resources: there are none.",
)
LIST_RESOURCES = Operation(
    name="ListResources",
    style=Roa("GET", "/api/v1/resources"),
    request=s.ListResources,
    response=s.Resources,
    access=Access(action="paiworkspace:ListResources", level="list"),
    errors=(WORKSPACE_NOT_FOUND,),
    summary="List computing resources: there are none.",
)

OPERATIONS = (LIST_PRODUCTS, LIST_FEATURES, LIST_QUOTAS, LIST_RESOURCES)
