"""When a list is at its end, at a server that follows a script: all of it must be asked for, and nothing more."""

from typing import Any

import pytest

from modelry.client import CallError, Client, Credentials
from modelry.contract.operation import AnyOperation, Shape
from modelry.families.ram.users.operations import LIST_USERS
from modelry.families.ram.users.structs import ListUsers
from modelry.families.resource_groups.operations import LIST_TAG_RESOURCES
from modelry.families.resource_groups.structs import ListTagResources
from modelry.families.workspaces.offerings.operations import LIST_FEATURES, LIST_RESOURCES
from modelry.families.workspaces.offerings.structs import ListFeatures, ListResources
from tests.client.scripted import answer, scripted

KEY = Credentials("LTAI5tscripted", "x")
DATE = "2026-01-02T03:04:05Z"


def numbered(total: int, count: int) -> bytes:
    return answer(200, {"Resources": [{"Id": "1", "Name": "r", "WorkspaceId": "1"}] * count, "TotalCount": total})


def marked(*names: str, marker: str = "") -> bytes:
    users = [{"UserId": "1", "UserName": name, "CreateDate": DATE, "UpdateDate": DATE} for name in names]
    end = {"IsTruncated": bool(marker), "Marker": marker or None}
    return answer(200, {"Users": {"User": users}, **end})


def tokened(count: int, token: str) -> bytes:
    tag = {"ResourceType": "resourcegroup", "ResourceId": "rg-1", "TagKey": "k", "TagValue": "v"}
    return answer(200, {"TagResources": [tag] * count, "NextToken": token})


def read(script: list[bytes], operation: AnyOperation, request: Shape, limit: int | None = None) -> list[Any]:
    with scripted(script) as server, Client(server.address, KEY) as client:
        return list(client.items(operation, request, limit))


@pytest.mark.parametrize(
    ("script", "request_", "count"),
    [
        ([numbered(0, 0)], ListResources(), 0),
        ([numbered(3, 3)], ListResources(page_size=3), 3),
        ([numbered(4, 3), numbered(4, 1)], ListResources(page_size=3), 4),
        ([numbered(3, 2), numbered(3, 1)], ListResources(page_size=100), 3),
        ([numbered(2, 1)], ListResources(page_size=1, page_number=2), 1),
        ([numbered(9, 2), numbered(9, 0)], ListResources(page_size=2), 2),
        ([numbered(2, 1), numbered(3, 1), numbered(3, 1)], ListResources(page_size=1), 3),
    ],
)
def test_numbered_pages_end_with_the_count(script: list[bytes], request_: Shape, count: int) -> None:
    """Also where pages are shorter than asked for, or entries come and go meanwhile."""
    assert len(read(script, LIST_RESOURCES, request_)) == count


def test_marked_pages_end_where_nothing_is_cut_off() -> None:
    """An empty page is not the end."""
    script = [marked("a", marker="1"), marked(marker="2"), marked("b")]
    assert [user.user_name for user in read(script, LIST_USERS, ListUsers())] == ["a", "b"]


def test_pages_with_tokens_end_with_an_empty_token() -> None:
    assert len(read([tokened(1, "a"), tokened(0, "b"), tokened(2, "")], LIST_TAG_RESOURCES, ListTagResources())) == 3


def test_a_list_without_pages_is_asked_for_once() -> None:
    script = [answer(200, {"Features": ["a", "b"], "TotalCount": 5})]
    assert read(script, LIST_FEATURES, ListFeatures()) == ["a", "b"]


@pytest.mark.parametrize(("limit", "pages"), [(0, 0), (1, 1), (2, 2)])
def test_no_page_is_asked_for_that_the_limit_leaves_out(limit: int, pages: int) -> None:
    script = [marked("a", marker="1"), marked("b", marker="2")][:pages]
    assert len(read(script, LIST_USERS, ListUsers(), limit)) == limit


def test_a_server_that_repeats_its_page_is_not_followed_for_ever() -> None:
    script = [tokened(1, "same"), tokened(1, "same")]
    with pytest.raises(CallError, match="ListTagResources answers the same page again and again"):
        read(script, LIST_TAG_RESOURCES, ListTagResources())
