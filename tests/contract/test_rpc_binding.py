"""Binding in RPC style: how parameters carry lists, structures, numbers, flags and nothing."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelry.access.canonical import decode_query
from modelry.contract.binding import binding
from modelry.contract.operation import AnyOperation
from modelry.errors import ApiError
from tests.contract.rpc_rows import NAME, TAG, Names, Tag, Tags
from tests.contract.test_binding import ANYTHING, TRAVELS, structs


def decoded(query: str, operation: AnyOperation = TAG) -> Any:  # noqa: ANN401  any request
    return binding(operation).decode((), decode_query(query.encode()), b"")


def tags(query: str) -> Any:  # noqa: ANN401  as above
    return decoded(f"ResourceType=role&{query}")


def refused_with(query: str) -> str:
    with pytest.raises(ApiError) as caught:
        tags(query)
    assert caught.value.error.status == 400
    return str(caught.value)


def sent_and_decoded(request: Tags) -> Tags:
    path, query, body = binding(TAG).encode(request)
    assert (path, body) == ("/", b"")
    arrived: Tags = decoded(urlencode(query))
    return arrived


@given(structs(Tags, TRAVELS))
def test_what_is_encoded_is_decoded_as_the_same_request(request: Tags) -> None:
    assert sent_and_decoded(request) == request


@given(structs(Tags, ANYTHING))
def test_no_value_changes_on_its_way(request: Tags) -> None:
    """What the wire cannot carry is refused at its beginning."""
    try:
        arrived = sent_and_decoded(request)
    except ValueError:
        return
    assert arrived == request


@given(st.lists(st.text(TRAVELS, max_size=4), max_size=3))
def test_a_list_of_texts_travels_as_json(names: list[str]) -> None:
    _, query, _ = binding(TAG).encode(Tags(resource_type="role", resource_names=names))
    assert json.loads(dict(query)["ResourceNames"]) == names


@given(st.lists(st.text(TRAVELS, max_size=4), min_size=1, max_size=3))
def test_a_list_of_texts_may_come_flattened(names: list[str]) -> None:
    numbered = {f"ResourceNames.{number}": name for number, name in enumerate(names, 1)}
    assert tags(urlencode(numbered)).resource_names == names
    assert tags(urlencode({f"ResourceName.{n}": name for n, name in enumerate(names, 1)})).resource_names == names


def test_a_list_with_a_comma_is_one_entry() -> None:
    assert tags("ResourceNames=%5B%22a%2Cb%22%5D").resource_names == ["a,b"]


def test_structures_travel_as_json_or_flattened() -> None:
    expected = [Tag(key="k", value="v"), Tag(key="l")]
    assert tags(urlencode({"Tag": '[{"Key":"k","Value":"v"},{"Key":"l"}]'})).tag == expected
    assert tags("Tag.2.Key=l&Tag.1.Value=v&Tag.1.Key=k").tag == expected


def test_json_wins_over_the_flattened_form_as_terraform_sends_both() -> None:
    """Recorded: `TagKey.1=env&TagKeys=["env"]`."""
    assert tags("TagKey.1=env&TagKeys=%5B%22other%22%5D").tag_keys == ["other"]
    assert tags("TagKeys=%5B%22other%22%5D&TagKey.1=env").tag_keys == ["other"]
    assert tags("TagKeys=&TagKey.1=env").tag_keys == ["env"]


def test_the_name_in_the_plural_wins_over_the_singular() -> None:
    assert tags("TagKey.1=a&TagKeys.1=b").tag_keys == ["b"]
    assert tags("TagKeys.1=b&TagKey.1=a").tag_keys == ["b"]


def test_a_field_of_its_own_is_no_list_in_the_singular() -> None:
    assert decoded("UserName.1=a&UserName=b", NAME) == Names(user_name="b")
    assert decoded("UserNames.1=a&UserName=b", NAME) == Names(user_names=["a"], user_name="b")


@pytest.mark.parametrize(
    "query",
    [
        "ResourceNames=a",
        "ResourceNames=a,b",
        "ResourceNames=%22a%22",
        "ResourceNames=%5B1%5D",
        "ResourceNames=%5Bnull%5D",
        "ResourceNames=%5B%22a%00%22%5D",
        "ResourceNames=%5B%22a%5Cu0000%22%5D",
        "ResourceNames=%5B%22a%22",
        "ResourceNames.x=a",
        "ResourceName.=a",
        "ResourceNames.1=%00",
        "ResourceNames=" + "%5B" * 200,
        "ResourceNames=%5B%221%22,%222%22,%223%22,%224%22%5D",
    ],
)
def test_a_list_of_another_form_is_refused_by_its_name(query: str) -> None:
    assert refused_with(query).startswith("InvalidParameter: ResourceNames: ")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Tag=%7B%22Key%22:%22k%22%7D", "Tag"),
        ("Tag.1.Value=v", "Tag"),
        ("Tag.1=v", "Tag"),
        ("TagKey.1=abcdef", "TagKeys"),
        ("PageSize=ten", "PageSize"),
        ("PageSize=1.0", "PageSize"),
        ("PageSize=0x1", "PageSize"),
        ("PageSize=101", "PageSize"),
        ("All=yes", "All"),
        ("All=1", "All"),
        ("Status=active", "Status"),
        ("Comments=%00", "Comments"),
        ("Comments=%FF", "Comments"),
        ("First=%5B%5D", "First"),
    ],
)
def test_a_value_of_another_form_is_refused_by_its_name(query: str, name: str) -> None:
    assert refused_with(query).startswith(f"InvalidParameter: {name}")


@pytest.mark.parametrize("text", ["True", "true", "TRUE"])
def test_a_flag_is_read_in_any_case(text: str) -> None:
    assert tags(f"All={text}").all is True


def test_an_empty_text_clears() -> None:
    assert tags("Comments=").comments == ""


@pytest.mark.parametrize("name", ["ResourceNames", "TagKeys", "Tag", "First", "Status", "PageSize", "All"])
def test_an_empty_value_of_another_kind_is_absent(name: str) -> None:
    assert tags(f"{name}=") == Tags(resource_type="role")


def test_unknown_parameters_are_ignored() -> None:
    query = "RegionId=cn-hangzhou&SourceIp=1.2.3.4&SecureTransport=true&ClientToken=x&Action=TagResources&Tags.1.Key=k"
    assert tags(query) == Tags(resource_type="role")


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(ApiError, match=r"^MissingParameter: ResourceType is required\.$"):
        decoded("Comments=a")


def test_a_body_is_ignored() -> None:
    assert binding(TAG).decode((), [(b"ResourceType", b"role")], b"not JSON") == Tags(resource_type="role")
