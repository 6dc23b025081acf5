"""What each operation on what is sold does."""

from modelry.families.workspaces.locating import locate
from modelry.families.workspaces.offerings import operations as ops
from modelry.families.workspaces.offerings import structs as s
from modelry.handling import Call, handles


@handles(ops.LIST_PRODUCTS)
def list_products(call: Call, request: s.ListProducts) -> s.Products:
    return s.Products(
        products=[
            s.Product(product_code=code, is_purchased=False, has_permission_to_purchase=False)
            for code in request.product_codes or []
        ],
        services=[s.Service(service_code=code, is_open=False) for code in request.service_codes or []],
    )


@handles(ops.LIST_FEATURES)
def list_features(call: Call, request: s.ListFeatures) -> s.Features:
    return s.Features(features=[], total_count=0)


@handles(ops.LIST_QUOTAS)
def list_quotas(call: Call, request: s.ListQuotas) -> s.Quotas:
    return s.Quotas(quotas=[], total_count=0)


@handles(ops.LIST_RESOURCES)
def list_resources(call: Call, request: s.ListResources) -> s.Resources:
    if request.workspace_id:
        locate(call, request.workspace_id)
    else:
        call.caller.reach()
    return s.Resources(resources=[], total_count=0)
