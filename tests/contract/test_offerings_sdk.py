"""What a server that sells nothing answers to the official SDK."""

import pytest

from tests.contract.calls import Calls


def test_no_product_that_is_asked_for_is_purchased(call: Calls) -> None:
    assert call.seen("list_products", product_codes="PAI_share,DLC_share", service_codes="OSS", verbose=True) == {
        "Products": [
            {"ProductCode": "PAI_share", "IsPurchased": False, "HasPermissionToPurchase": False},
            {"ProductCode": "DLC_share", "IsPurchased": False, "HasPermissionToPurchase": False},
        ],
        "Services": [{"ServiceCode": "OSS", "IsOpen": False}],
    }


def test_no_product_is_named_that_was_not_asked_for(call: Calls) -> None:
    assert call.seen("list_products") == {"Products": [], "Services": []}


@pytest.mark.parametrize(
    ("operation", "fields", "key"),
    [
        ("list_features", {"names": "a,b"}, "Features"),
        ("list_quotas", {"name": "q"}, "Quotas"),
        ("list_resources", {"resource_types": "ECS", "verbose": True, "option": "ListResource"}, "Resources"),
    ],
)
def test_there_are_no_features_quotas_and_resources(
    call: Calls, operation: str, fields: dict[str, object], key: str
) -> None:
    expected = {key: [], "TotalCount": 0}
    answer = call.seen(operation, **fields)
    assert {name: answer.get(name, []) for name in expected} == expected


def test_resources_of_an_unknown_workspace(call: Calls) -> None:
    with call.refused() as refusal:
        call("list_resources", workspace_id="999999")
    assert (refusal.status, refusal.code) == (404, "100400027")
