"""What other clients than the SDK send to the workspaces' operations, and what they look for in the answers."""

from typing import Any

import pytest
from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from tests.contract.calls import Calls
from tests.registry import Registry

MEMBER = {"UserId": "2001", "Roles": ["PAI.AlgoDeveloper"]}


@pytest.fixture
def call(registry: Registry) -> Calls:
    """One half of the SDK is enough."""
    return Calls(registry, "sync")


def sent(
    call: Calls, method: str, path: str, query: dict[str, str] | None = None, body: object = None
) -> dict[str, Any]:
    """The answer to a request as another client makes it, as it is on the wire."""
    params = Params(
        action="Any",
        version="2021-02-04",
        protocol="HTTP",
        pathname=path,
        method=method,
        auth_type="AK",
        style="ROA",
        req_body_type="json",
        body_type="json",
    )
    answer = call.client.call_api(params, OpenApiRequest(query=query, body=body), RuntimeOptions())
    wire: dict[str, Any] = answer["body"]
    return wire


def test_change_resource_group_answers_the_request_id_in_both_spellings(call: Calls, workspace_id: str) -> None:
    body = {"ResourceId": workspace_id, "NewResourceGroupId": "rg-2", "ResourceType": "workspace"}
    answer = sent(call, "PUT", "/resourcegroups/action/changeresourcegroup", body=body)
    assert set(answer) == {"RequestId", "requestId"}


def test_list_workspaces_answers_the_resource_group_in_both_spellings(call: Calls, workspace_id: str) -> None:
    (item,) = sent(call, "GET", "/api/v1/workspaces", {"WorkspaceIds": workspace_id})["Workspaces"]
    assert item["resourceGroupId"] == item["ResourceGroupId"]


def test_delete_members_answers_no_code(call: Calls, workspace_id: str) -> None:
    path = f"/api/v1/workspaces/{workspace_id}/members"
    sent(call, "POST", path, body={"Members": [MEMBER]})
    assert set(sent(call, "DELETE", path, {"MemberIds": f"{workspace_id}-2001"})) == {"RequestId"}


def test_terraform_repeats_path_parameters_in_the_body(call: Calls, workspace_id: str) -> None:
    sent(call, "POST", f"/api/v1/workspaces/{workspace_id}/members", body={"Members": [MEMBER]})
    body = {"MemberId": f"{workspace_id}-2001", "RoleName": "PAI.AlgoOperator", "WorkspaceId": workspace_id}
    path = f"/api/v1/workspaces/{workspace_id}/members/{workspace_id}-2001/roles/PAI.AlgoOperator"
    assert set(sent(call, "POST", path, body=body)) == {"RequestId"}
    update = {"Description": "157", "DisplayName": "disp2", "WorkspaceId": workspace_id}
    assert set(sent(call, "PUT", f"/api/v1/workspaces/{workspace_id}", body=update)) == {"RequestId"}


def test_terraform_reads_the_id_of_the_first_new_member(call: Calls, workspace_id: str) -> None:
    answer = sent(call, "POST", f"/api/v1/workspaces/{workspace_id}/members", body={"Members": [MEMBER]})
    assert answer["Members"][0]["MemberId"] == f"{workspace_id}-2001"


def test_roles_may_come_as_numbered_parameters(call: Calls, workspace_id: str) -> None:
    sent(call, "POST", f"/api/v1/workspaces/{workspace_id}/members", body={"Members": [MEMBER]})
    query = {"Roles.1": "PAI.LabelManager", "Roles.2": "PAI.AlgoDeveloper"}
    answer = sent(call, "GET", f"/api/v1/workspaces/{workspace_id}/members", query)
    assert [member["UserId"] for member in answer["Members"]] == ["2001"]


def test_terraform_leaves_the_scope_of_a_user_config_out(call: Calls) -> None:
    config = {"CategoryName": "DataPrivacyConfig", "ConfigKey": "customizePAIAssumedRole", "ConfigValue": "v1"}
    sent(call, "PUT", "/api/v1/userconfigs", body={"Configs": [config]})
    query = {"CategoryNames": "DataPrivacyConfig", "ConfigKeys": "customizePAIAssumedRole"}
    answer = sent(call, "GET", "/api/v1/userconfigs", query)
    assert answer["Configs"] == [{**config, "Scope": "owner"}]


def test_an_empty_list_has_its_key(call: Calls, workspace_id: str) -> None:
    answers = {
        "Configs": sent(call, "GET", f"/api/v1/workspaces/{workspace_id}/configs"),
        "Members": sent(call, "GET", f"/api/v1/workspaces/{workspace_id}/members", {"UserId": "1"}),
        "Roles": sent(call, "GET", f"/api/v1/workspaces/{workspace_id}/roles"),
        "Workspaces": sent(call, "GET", "/api/v1/workspaces", {"WorkspaceIds": "1"}),
        "Features": sent(call, "GET", "/api/v1/features"),
        "Quotas": sent(call, "GET", "/api/v1/quotas"),
        "Resources": sent(call, "GET", "/api/v1/resources"),
    }
    found = {key: (answer[key], answer["TotalCount"]) for key, answer in answers.items()}
    assert found == dict.fromkeys(answers, ([], 0))
