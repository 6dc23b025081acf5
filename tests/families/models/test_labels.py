"""Labels of models and versions: their order, their limits, and `Tag` beside `Labels`."""

from typing import Any

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from tests.contract.calls import Calls


def labels(*pairs: tuple[str, str]) -> list[Any]:
    return [m.Label(key=key, value=value) for key, value in pairs]


def shown(call: Calls, model_id: str) -> list[tuple[str, str]]:
    return [(label["Key"], label["Value"]) for label in call.seen("get_model", model_id)["Labels"]]


def test_labels_keep_the_order_in_which_they_were_written(call: Calls, workspace_id: str) -> None:
    written = [(key, "v") for key in ("z", "a", "M", "中", "0")]
    model_id = call("create_model", model_name="m", workspace_id=workspace_id, labels=labels(*written)).model_id
    assert shown(call, model_id) == written


def test_labels_written_anew_after_a_deletion_are_in_their_new_order(call: Calls, workspace_id: str) -> None:
    """As Terraform changes them: all away, then all again."""
    model_id = call(
        "create_model", model_name="m", workspace_id=workspace_id, labels=labels(("z", "1"), ("a", "2"))
    ).model_id
    call("delete_model_labels", model_id, label_keys="z,a")
    call("create_model_labels", model_id, labels=labels(("a", "changed"), ("new", "1"), ("z", "1")))
    assert shown(call, model_id) == [("a", "changed"), ("new", "1"), ("z", "1")]


def test_tag_is_written_as_labels(call: Calls, workspace_id: str) -> None:
    model_id = call("create_model", model_name="m", workspace_id=workspace_id, tag=labels(("env", "test"))).model_id
    assert shown(call, model_id) == [("env", "test")]


def test_tag_and_labels_become_one_set(call: Calls, workspace_id: str) -> None:
    model_id = call(
        "create_model",
        model_name="m",
        workspace_id=workspace_id,
        labels=labels(("b", "1"), ("a", "2")),
        tag=labels(("c", "3"), ("a", "2")),
    ).model_id
    assert shown(call, model_id) == [("b", "1"), ("a", "2"), ("c", "3")]


def test_tag_and_labels_that_disagree_are_refused(call: Calls, workspace_id: str) -> None:
    with call.refused() as refusal:
        call(
            "create_model",
            model_name="m",
            workspace_id=workspace_id,
            labels=labels(("a", "1")),
            tag=labels(("a", "2")),
        )
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")
    assert "Tag" in refusal.message


def test_a_key_given_twice_is_refused(call: Calls, model_id: str) -> None:
    with call.refused() as refusal:
        call("create_model_labels", model_id, labels=labels(("a", "1"), ("a", "1")))
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")
    assert "Labels" in refusal.message
    assert shown(call, model_id) == []


def test_keys_that_differ_in_case_are_two(call: Calls, model_id: str) -> None:
    call("create_model_labels", model_id, labels=labels(("a", "1"), ("A", "2")))
    call("delete_model_labels", model_id, label_keys="a")
    assert shown(call, model_id) == [("A", "2")]


@pytest.mark.parametrize("text", ["a" * 128, "中" * 42 + "aa", "x y/z:%", "\n"])
def test_a_text_of_up_to_128_bytes_is_taken(call: Calls, model_id: str, text: str) -> None:
    call("create_model_labels", model_id, labels=labels((text, text)))
    assert shown(call, model_id) == [(text, text)]


@pytest.mark.parametrize("text", ["a" * 129, "中" * 43, "a=b", "a,b", "=", "a\n,"])
def test_a_longer_text_or_one_with_a_comma_or_equals_sign_is_refused(call: Calls, model_id: str, text: str) -> None:
    for pair in ((text, "v"), ("k", text)):
        with call.refused() as refusal:
            call("create_model_labels", model_id, labels=labels(pair))
        assert (refusal.status, refusal.code) == (400, "InvalidParameter")
        assert "Labels" in refusal.message
    assert shown(call, model_id) == []


def test_an_empty_key_is_refused_and_an_empty_value_is_not(call: Calls, model_id: str) -> None:
    with call.refused() as refusal:
        call("create_model_labels", model_id, labels=labels(("", "v")))
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")
    call("create_model_labels", model_id, labels=labels(("k", "")))
    assert shown(call, model_id) == [("k", "")]


def test_a_label_without_a_value_has_an_empty_one(call: Calls, model_id: str) -> None:
    call("create_model_labels", model_id, labels=[m.Label(key="k")])
    assert shown(call, model_id) == [("k", "")]


def test_a_label_needs_a_key(call: Calls, model_id: str) -> None:
    with call.refused() as refusal:
        call("create_model_labels", model_id, labels=[m.Label(value="v")])
    assert (refusal.status, refusal.code) == (400, "MissingParameter")
    assert "Labels[0].Key" in refusal.message


def test_a_model_has_at_most_100_labels(call: Calls, model_id: str) -> None:
    hundred = [(f"k{number}", "v") for number in range(100)]
    call("create_model_labels", model_id, labels=labels(*hundred))
    with call.refused() as refusal:
        call("create_model_labels", model_id, labels=labels(("k100", "v")))
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")
    assert "100" in refusal.message
    call("create_model_labels", model_id, labels=labels(("k0", "changed")))
    assert shown(call, model_id) == [("k0", "changed"), *hundred[1:]]


def test_labels_of_an_unknown_model_are_refused(call: Calls) -> None:
    for operation, fields in (("create_model_labels", {"labels": []}), ("delete_model_labels", {"label_keys": "a"})):
        with call.refused() as refusal:
            call(operation, "model-unknown", **fields)
        assert (refusal.status, refusal.code) == (404, "201900002")


def test_labels_of_an_unknown_version_are_refused(call: Calls, model_id: str) -> None:
    for operation, fields in (
        ("create_model_version_labels", {"labels": []}),
        ("delete_model_version_labels", {"label_keys": "a"}),
    ):
        with call.refused() as refusal:
            call(operation, model_id, "9.9.9", **fields)
        assert (refusal.status, refusal.code) == (404, "201900003")


def test_no_label_keys_take_nothing_off(call: Calls, model_id: str) -> None:
    call("create_model_labels", model_id, labels=labels(("a", "1")))
    call("delete_model_labels", model_id)
    call("delete_model_labels", model_id, label_keys="")
    assert shown(call, model_id) == [("a", "1")]


def test_writing_labels_changes_the_time_of_change(call: Calls, model_id: str) -> None:
    before = call("get_model", model_id).gmt_modified_time
    call("create_model_labels", model_id, labels=labels(("a", "1")))
    assert call("get_model", model_id).gmt_modified_time > before
