"""Resource groups through the official SDK of Resource Manager: every answer and every refusal."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_aiworkspace20210204 import models as aiworkspace
from alibabacloud_resourcemanager20200331 import models as m

from tests.contract.ram.rpc_calls import RpcCalls, User, fresh_name, refused, without_dates
from tests.registry import Registry

ID = re.compile(r"rg-[a-z0-9]{15}")
MISSING = "rg-000000000000000"
NewGroup = Callable[..., dict[str, Any]]
NewUser = Callable[..., User]


@pytest.fixture
def call(call_resource_manager: RpcCalls) -> RpcCalls:
    return call_resource_manager


@pytest.fixture
def new_group(call: RpcCalls) -> Iterator[NewGroup]:
    """Makes resource groups, which are gone after the test: an account has only so many."""
    made: list[str] = []

    def new(**fields: object) -> dict[str, Any]:
        given = {"name": fresh_name("g"), "display_name": "a group", **fields}
        group: dict[str, Any] = call.seen("create_resource_group", **given)["ResourceGroup"]
        made.append(group["Id"])
        return group

    yield new
    for resource_group_id in set(made) & {group["Id"] for group in listed(call)}:
        call("delete_resource_group", resource_group_id=resource_group_id)


def listed(call: RpcCalls, **fields: object) -> list[dict[str, Any]]:
    page = call.seen("list_resource_groups", **{"page_size": 100, **fields})
    groups: list[dict[str, Any]] = page["ResourceGroups"]["ResourceGroup"]
    return groups


def tags(**values: str) -> list[m.TagResourcesRequestTag]:
    return [m.TagResourcesRequestTag(key=key, value=value) for key, value in values.items()]


def test_a_new_group_is_ready_at_once(call: RpcCalls, new_group: NewGroup, registry: Registry) -> None:
    group = new_group(name="My-project-1", display_name="My project \u7532")
    assert ID.fullmatch(group["Id"])
    assert without_dates(group) == {
        "Id": group["Id"],
        "Name": "My-project-1",
        "DisplayName": "My project \u7532",
        "AccountId": registry.account_id,
        "Status": "OK",
        "RegionStatuses": {"RegionStatus": [{"RegionId": "cn-hangzhou", "Status": "OK"}]},
    }
    assert call.seen("get_resource_group", resource_group_id=group["Id"]) == {"ResourceGroup": group}


def test_tags_are_shown_on_request(call: RpcCalls, new_group: NewGroup) -> None:
    tag = [m.CreateResourceGroupRequestTag(key="b", value="2"), m.CreateResourceGroupRequestTag(key="a", value="")]
    group = new_group(tag=tag)
    assert "Tags" not in group
    shown = call.seen("get_resource_group", resource_group_id=group["Id"], include_tags=True)["ResourceGroup"]
    expected = {"Tag": [{"TagKey": "a", "TagValue": ""}, {"TagKey": "b", "TagValue": "2"}]}
    assert shown == {**group, "Tags": expected}
    (found,) = listed(call, resource_group_id=group["Id"], include_tags=True)
    assert found["Tags"] == expected


def test_a_list_shows_groups_in_order_of_creation_after_the_default_one(
    call: RpcCalls, new_group: NewGroup, registry: Registry
) -> None:
    first, second = new_group(), new_group()
    groups = listed(call)
    assert [without_dates(group) for group in groups[1:]] == [
        {
            "Id": group["Id"],
            "Name": group["Name"],
            "DisplayName": "a group",
            "AccountId": registry.account_id,
            "Status": "OK",
        }
        for group in (first, second)
    ]
    assert (groups[0]["Name"], groups[0]["DisplayName"]) == ("default", "default resource group")


def test_a_list_comes_in_pages(call: RpcCalls, new_group: NewGroup) -> None:
    names = [new_group()["Name"] for _ in range(3)]
    seen = []
    for number in (1, 2, 3):
        page = call.seen("list_resource_groups", page_number=number, page_size=2)
        assert (page["TotalCount"], page["PageNumber"], page["PageSize"]) == (4, number, 2)
        seen += [group["Name"] for group in page["ResourceGroups"]["ResourceGroup"]]
    assert seen == ["default", *names]


def test_a_page_has_ten_groups_unless_it_is_told_otherwise(call: RpcCalls) -> None:
    page = call.seen("list_resource_groups")
    assert (page["PageNumber"], page["PageSize"]) == (1, 10)


def test_a_list_of_nothing_is_still_a_list(call: RpcCalls) -> None:
    page = call.seen("list_resource_groups", resource_group_id=MISSING)
    assert page == {"ResourceGroups": {"ResourceGroup": []}, "TotalCount": 0, "PageNumber": 1, "PageSize": 10}


def test_a_list_keeps_to_each_filter(call: RpcCalls, new_group: NewGroup) -> None:
    tag = [m.CreateResourceGroupRequestTag(key="k", value="v"), m.CreateResourceGroupRequestTag(key="l", value="w")]
    one = new_group(name="Alpha-one", display_name="First \u00c9t\u00e9", tag=tag)["Id"]
    two = new_group(name="alpha-two", display_name="second", tag=tag[:1])["Id"]
    wanted = m.ListResourceGroupsRequestTag
    filters: list[tuple[dict[str, Any], list[str]]] = [
        ({"name": "ALPHA"}, [one, two]),
        ({"name": "one"}, [one]),
        ({"display_name": "\u00e9t\u00c9"}, [one]),
        ({"resource_group_id": two}, [two]),
        ({"resource_group_ids": [one, two, MISSING]}, [one, two]),
        ({"resource_group_ids": [one], "resource_group_id": two}, [one]),
        ({"status": "OK", "name": "alpha"}, [one, two]),
        ({"status": "Creating"}, []),
        ({"tag": [wanted(key="k", value="v")]}, [one, two]),
        ({"tag": [wanted(key="k")]}, [one, two]),
        ({"tag": [wanted(key="k", value="v"), wanted(key="l", value="w")]}, [one]),
        ({"tag": [wanted(key="k", value="other")]}, []),
    ]
    for fields, expected in filters:
        assert [group["Id"] for group in listed(call, **fields)] == expected, fields


def test_a_list_that_is_asked_for_tags_shows_them(call: RpcCalls, new_group: NewGroup) -> None:
    new_group(tag=[m.CreateResourceGroupRequestTag(key="k", value="v")])
    (found,) = listed(call, tag=[m.ListResourceGroupsRequestTag(key="k")])
    assert found["Tags"] == {"Tag": [{"TagKey": "k", "TagValue": "v"}]}


def test_a_display_name_changes_and_nothing_else(call: RpcCalls, new_group: NewGroup) -> None:
    group = new_group(tag=[m.CreateResourceGroupRequestTag(key="k", value="v")])
    changed = call.seen("update_resource_group", resource_group_id=group["Id"], new_display_name="other")
    expected = {**group, "DisplayName": "other"}
    shown = {key: expected[key] for key in ("Id", "Name", "DisplayName", "AccountId", "CreateDate")}
    assert changed == {"ResourceGroup": shown}
    after = call.seen("get_resource_group", resource_group_id=group["Id"], include_tags=True)["ResourceGroup"]
    assert after == {**expected, "Tags": {"Tag": [{"TagKey": "k", "TagValue": "v"}]}}


def test_a_deleted_group_is_pending_in_the_answer_and_gone_after_it(call: RpcCalls, new_group: NewGroup) -> None:
    group = new_group()
    gone = call.seen("delete_resource_group", resource_group_id=group["Id"])
    regions = {"RegionStatus": [{"RegionId": "cn-hangzhou", "Status": "PendingDelete"}]}
    assert gone == {"ResourceGroup": {**group, "Status": "PendingDelete", "RegionStatuses": regions}}
    with refused(404, "EntityNotExists.ResourceGroup"):
        call("get_resource_group", resource_group_id=group["Id"])
    assert group["Id"] not in [each["Id"] for each in listed(call)]


def test_a_group_with_a_workspace_stays_until_the_workspace_has_left(
    call: RpcCalls, new_group: NewGroup, registry: Registry
) -> None:
    group, other = new_group()["Id"], new_group()["Id"]
    sdk = registry.sdk()
    workspace = aiworkspace.CreateWorkspaceRequest(
        workspace_name=fresh_name("w").replace("-", "_"), description="d", env_types=["prod"], resource_group_id=group
    )
    workspace_id = sdk.create_workspace(workspace).body.workspace_id
    with refused(409, "DeleteConflict.ResourceGroup.Resource"):
        call("delete_resource_group", resource_group_id=group)
    sdk.change_resource_group(
        aiworkspace.ChangeResourceGroupRequest(
            resource_id=workspace_id, resource_type="workspace", new_resource_group_id=other
        )
    )
    call("delete_resource_group", resource_group_id=group)
    sdk.delete_workspace(workspace_id, aiworkspace.DeleteWorkspaceRequest())
    call("delete_resource_group", resource_group_id=other)


def test_the_default_group_stays(call: RpcCalls) -> None:
    default = listed(call)[0]["Id"]
    with refused(409, "DeleteConflict.ResourceGroup.Default"):
        call("delete_resource_group", resource_group_id=default)


@pytest.mark.parametrize("operation", ["get", "update", "delete"])
@pytest.mark.parametrize(
    ("resource_group_id", "status", "code"),
    [
        (MISSING, 404, "EntityNotExists.ResourceGroup"),
        ("rg-", 400, "InvalidParameter.ResourceGroupId"),
        ("", 400, "InvalidParameter.ResourceGroupId"),
        ("g-000000000000000", 400, "InvalidParameter.ResourceGroupId"),
        ("rg-../../x", 400, "InvalidParameter.ResourceGroupId"),
        ("rg-" + "a" * 62, 400, "InvalidParameter.ResourceGroupId"),
    ],
)
def test_no_such_group(call: RpcCalls, operation: str, resource_group_id: str, status: int, code: str) -> None:
    more = {"new_display_name": "x"} if operation == "update" else {}
    with refused(status, code):
        call(f"{operation}_resource_group", resource_group_id=resource_group_id, **more)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "g"}, "InvalidParameter.Name.Length"),
        ({"name": "g" * 51}, "InvalidParameter.Name.Length"),
        ({"name": "1g"}, "InvalidParameter.Name.InvalidChars"),
        ({"name": "-g"}, "InvalidParameter.Name.InvalidChars"),
        ({"name": "g_1"}, "InvalidParameter.Name.InvalidChars"),
        ({"name": "g\n"}, "InvalidParameter.Name.InvalidChars"),
        ({"name": "gr\u00fcn"}, "InvalidParameter.Name.InvalidChars"),
        ({"display_name": ""}, "InvalidParameter.DisplayName.Length"),
        ({"display_name": "d" * 51}, "InvalidParameter.DisplayName.Length"),
        ({"name": None}, "MissingParameter"),
        ({"display_name": None}, "MissingParameter"),
        ({"tag": [m.CreateResourceGroupRequestTag(key="", value="v")]}, "InvalidParameter"),
        ({"tag": [m.CreateResourceGroupRequestTag(key="k" * 129)]}, "InvalidParameter"),
        ({"tag": [m.CreateResourceGroupRequestTag(key="k", value="v" * 129)]}, "InvalidParameter"),
        ({"tag": [m.CreateResourceGroupRequestTag(key="acs:k")]}, "InvalidParameter"),
        ({"tag": [m.CreateResourceGroupRequestTag(key="aliyunk")]}, "InvalidParameter"),
        ({"tag": [m.CreateResourceGroupRequestTag(key="k", value="see http://x")]}, "InvalidParameter"),
        ({"tag": [m.CreateResourceGroupRequestTag(key=f"k{n}") for n in range(21)]}, "InvalidParameter"),
    ],
)
def test_a_group_that_cannot_be_made(call: RpcCalls, fields: dict[str, Any], code: str) -> None:
    given = {"name": fresh_name("g"), "display_name": "d", **fields}
    with refused(400, code):
        call("create_resource_group", **given)


@pytest.mark.parametrize("fields", [{"name": "gg"}, {"name": "g" * 50}, {"display_name": "\u7532" * 50}])
def test_the_limits_of_a_name_belong_to_it(new_group: NewGroup, fields: dict[str, Any]) -> None:
    group = new_group(**fields)
    assert {"name": group["Name"], "display_name": group["DisplayName"]}.items() >= fields.items()


def test_names_are_taken_whatever_their_case(call: RpcCalls, new_group: NewGroup) -> None:
    new_group(name="Taken")
    for name in ("Taken", "tAKEN", "DEFAULT"):
        with refused(409, "EntityAlreadyExists.ResourceGroup"):
            call("create_resource_group", name=name, display_name="d")


def test_an_account_makes_thirty_groups(call: RpcCalls, new_group: NewGroup) -> None:
    for _ in range(30):
        new_group()
    with refused(409, "LimitExceeded.ResourceGroup"):
        call("create_resource_group", name="one-more", display_name="d")


@pytest.mark.parametrize(
    "fields",
    [{"page_number": 0}, {"page_size": 0}, {"page_size": 101}, {"status": "ok"}, {"page_size": -1}],
)
def test_a_list_that_nobody_can_ask_for(call: RpcCalls, fields: dict[str, Any]) -> None:
    with refused(400, "InvalidParameter"):
        call("list_resource_groups", **fields)


@pytest.mark.parametrize("resource_type", ["ResourceGroup", "resourcegroup", None])
def test_tags_are_added_replaced_and_listed(call: RpcCalls, new_group: NewGroup, resource_type: str | None) -> None:
    one, two = new_group()["Id"], new_group()["Id"]
    given = {"resource_type": resource_type, "resource_id": [one, two, one]}
    assert call.seen("tag_resources", **given, tag=tags(a="1", b="2")) == {}
    assert call.seen("tag_resources", resource_type=resource_type, resource_id=[one], tag=tags(b="3")) == {}
    found = call.seen("list_tag_resources", **given)
    assert found == {
        "TagResources": [
            {"ResourceType": "resourcegroup", "ResourceId": group, "TagKey": key, "TagValue": value}
            for group, key, value in [(one, "a", "1"), (one, "b", "3"), (two, "a", "1"), (two, "b", "2")]
        ],
        "NextToken": "",
    }


def test_tags_are_taken_by_key_or_all(call: RpcCalls, new_group: NewGroup) -> None:
    group = new_group()["Id"]

    def keys() -> list[str]:
        found = call.seen("list_tag_resources", resource_id=[group])["TagResources"]
        return [tag["TagKey"] for tag in found]

    call("tag_resources", resource_id=[group], tag=tags(a="1", b="2", c="3"))
    assert call.seen("untag_resources", resource_id=[group], tag_key=["a", "unknown"]) == {}
    assert keys() == ["b", "c"]
    call("untag_resources", resource_id=[group], tag_key=["b"], all=True)
    assert keys() == ["c"]
    call("untag_resources", resource_id=[group], all=True)
    assert keys() == []


def test_a_list_of_tags_keeps_to_its_filter(call: RpcCalls, new_group: NewGroup) -> None:
    group = new_group()["Id"]
    call("tag_resources", resource_id=[group], tag=tags(a="1", b="2", c="3"))
    wanted = [m.ListTagResourcesRequestTag(key="a", value="1"), m.ListTagResourcesRequestTag(key="c")]
    wanted.append(m.ListTagResourcesRequestTag(key="b", value="other"))
    found = call.seen("list_tag_resources", tag=wanted)["TagResources"]
    assert [tag["TagKey"] for tag in found] == ["a", "c"]


def test_a_list_of_tags_comes_in_pages_from_which_nothing_slips(call: RpcCalls, new_group: NewGroup) -> None:
    one, two = new_group()["Id"], new_group()["Id"]
    call("tag_resources", resource_id=[one, two], tag=tags(a="1", b="2", c="3"))
    seen, token = [], None
    while token != "":
        page = call.seen("list_tag_resources", max_results=2, next_token=token)
        seen += [(tag["ResourceId"], tag["TagKey"]) for tag in page["TagResources"]]
        token = page["NextToken"]
        if len(seen) == 2:
            call("untag_resources", resource_id=[one], tag_key=["a", "b"])
    assert seen == [(group, key) for group in (one, two) for key in "abc"]


@pytest.mark.parametrize("token", ["x", "AAAA", "W10=", "WyJ4IiwxXQ==", "\u00e9"])
def test_a_token_that_no_answer_had_is_refused(call: RpcCalls, token: str) -> None:
    with refused(400, "InvalidParameter"):
        call("list_tag_resources", next_token=token)


def test_tags_of_a_missing_group_are_not_there(call: RpcCalls) -> None:
    assert call.seen("list_tag_resources", resource_id=[MISSING]) == {"TagResources": [], "NextToken": ""}
    with refused(404, "EntityNotExists.ResourceGroup"):
        call("tag_resources", resource_id=[MISSING], tag=tags(a="1"))
    with refused(404, "EntityNotExists.ResourceGroup"):
        call("untag_resources", resource_id=[MISSING], all=True)


def test_all_groups_are_tagged_or_none(call: RpcCalls, new_group: NewGroup) -> None:
    group = new_group()["Id"]
    with refused(404, "EntityNotExists.ResourceGroup"):
        call("tag_resources", resource_id=[group, MISSING], tag=tags(a="1"))
    assert call.seen("list_tag_resources", resource_id=[group])["TagResources"] == []


def test_a_group_carries_twenty_tags(call: RpcCalls, new_group: NewGroup) -> None:
    group = new_group()["Id"]
    call("tag_resources", resource_id=[group], tag=tags(**{f"k{n}": "v" for n in range(20)}))
    call("tag_resources", resource_id=[group], tag=tags(k0="other"))
    with refused(409, "LimitExceeded.Tag"):
        call("tag_resources", resource_id=[group], tag=tags(one_more="v"))


@pytest.mark.parametrize(
    ("operation", "fields", "code"),
    [
        ("tag_resources", {"tag": tags(a="1")}, "MissingParameter"),
        ("tag_resources", {"resource_id": [MISSING]}, "MissingParameter"),
        ("untag_resources", {"all": True}, "MissingParameter"),
        ("tag_resources", {"resource_id": ["x"], "tag": tags(a="1")}, "InvalidParameter.ResourceGroupId"),
        ("tag_resources", {"resource_id": [MISSING] * 51, "tag": tags(a="1")}, "InvalidParameter"),
        (
            "tag_resources",
            {"resource_type": "Account", "resource_id": ["1"], "tag": tags(a="1")},
            "InvalidParameter.ResourceType",
        ),
        ("list_tag_resources", {"resource_type": "role"}, "InvalidParameter.ResourceType"),
        ("list_tag_resources", {"max_results": 101}, "InvalidParameter"),
    ],
)
def test_tags_that_nobody_can_ask_for(call: RpcCalls, operation: str, fields: dict[str, Any], code: str) -> None:
    with refused(400, code):
        call(operation, **fields)


def test_untagging_says_what_to_take(call: RpcCalls, new_group: NewGroup) -> None:
    group = new_group()["Id"]
    nothing: list[dict[str, Any]] = [{}, {"all": False}, {"tag_key": []}]
    for fields in nothing:
        with refused(400, "MissingParameter"):
            call("untag_resources", resource_id=[group], **fields)


def group_policy(action: str, account_id: str, resource: str) -> dict[str, object]:
    arn = f"acs:ram:*:{account_id}:resourcegroup/{resource}"
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": action, "Resource": arn}]}


def test_a_policy_reaches_one_group(new_group: NewGroup, new_user: NewUser, registry: Registry) -> None:
    one, two = new_group()["Id"], new_group()["Id"]
    user = new_user([group_policy("ram:*", registry.account_id, one)]).call_resource_manager
    for resource_group_id, permitted in ((one, True), (two, False)):
        asked: list[tuple[str, dict[str, Any]]] = [
            ("get_resource_group", {"resource_group_id": resource_group_id}),
            ("update_resource_group", {"resource_group_id": resource_group_id, "new_display_name": "x"}),
            ("tag_resources", {"resource_id": [resource_group_id], "tag": tags(a="1")}),
            ("list_tag_resources", {"resource_id": [resource_group_id]}),
            ("untag_resources", {"resource_id": [resource_group_id], "all": True}),
            ("delete_resource_group", {"resource_group_id": resource_group_id}),
        ]
        for operation, fields in asked:
            if permitted:
                user(operation, **fields)
                continue
            with refused(403, "NoPermission"):
                user(operation, **fields)
    beyond: list[tuple[str, dict[str, Any]]] = [
        ("list_resource_groups", {}),
        ("create_resource_group", {"name": fresh_name("g"), "display_name": "d"}),
        ("list_tag_resources", {}),
        ("tag_resources", {"resource_id": [one, two], "tag": tags(a="1")}),
    ]
    for operation, fields in beyond:
        with refused(403, "NoPermission"):
            user(operation, **fields)


def test_the_documented_policy_of_an_administrator_of_groups_suffices(new_user: NewUser) -> None:
    actions = ["ram:*ResourceGroup*", "ram:TagResources", "ram:UntagResources", "ram:ListTagResources"]
    policy = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    user = new_user([policy]).call_resource_manager
    group = user("create_resource_group", name=fresh_name("g"), display_name="d").resource_group.id
    user("tag_resources", resource_id=[group], tag=tags(a="1"))
    assert len(user("list_tag_resources").tag_resources) == 1
    user("untag_resources", resource_id=[group], all=True)
    assert group in [each["Id"] for each in listed(user)]
    user("update_resource_group", resource_group_id=group, new_display_name="e")
    user("delete_resource_group", resource_group_id=group)


def test_users_without_a_policy_see_no_group(new_user: NewUser) -> None:
    with refused(403, "NoPermission"):
        new_user().call_resource_manager("list_resource_groups")
