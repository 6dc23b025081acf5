"""Versions: how they are numbered, which is the latest, approval, and what goes with a deleted model."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from tests.contract.calls import Calls


def created(call: Calls, model_id: str, version_name: str | None = None, **fields: object) -> str:
    name: str = call(
        "create_model_version", model_id, uri="oss://b.e/p/", version_name=version_name, **fields
    ).version_name
    return name


def latest(call: Calls, model_id: str) -> str | None:
    found = call("get_model", model_id).latest_version
    return None if found is None else str(found.version_name)


# Numbering.


def test_the_first_version_is_0_1_0_and_the_minor_number_counts(call: Calls, model_id: str) -> None:
    assert [created(call, model_id) for _ in range(3)] == ["0.1.0", "0.2.0", "0.3.0"]


def test_counting_goes_on_from_the_highest_name_whoever_gave_it(call: Calls, model_id: str) -> None:
    created(call, model_id, "2.9.4_beta")
    created(call, model_id, "0.5.0")
    assert created(call, model_id) == "2.10.0"


def test_counting_compares_numbers_not_texts(call: Calls, model_id: str) -> None:
    created(call, model_id, "0.10.0")
    created(call, model_id, "0.9.0")
    assert created(call, model_id) == "0.11.0"


def test_the_name_of_a_deleted_version_does_not_come_back_by_itself(call: Calls, model_id: str) -> None:
    created(call, model_id)
    deleted = created(call, model_id)
    call("delete_model_version", model_id, deleted)
    assert created(call, model_id) == "0.3.0"


def test_counting_goes_on_when_all_versions_are_deleted(call: Calls, model_id: str) -> None:
    call("delete_model_version", model_id, created(call, model_id))
    assert created(call, model_id) == "0.2.0"


def test_the_name_of_a_deleted_version_can_be_given_again(call: Calls, model_id: str) -> None:
    call("delete_model_version", model_id, created(call, model_id))
    assert created(call, model_id, "0.1.0") == "0.1.0"


def test_an_empty_name_is_refused(call: Calls, model_id: str) -> None:
    with call.refused() as refusal:
        created(call, model_id, "")
    assert refusal.code == "InvalidParameter"


def test_forty_versions_created_at_once_get_forty_consecutive_names(call: Calls, model_id: str) -> None:
    with ThreadPoolExecutor(16) as threads:
        names = list(threads.map(lambda _: created(call, model_id), range(40)))
    assert sorted(int(name.split(".")[1]) for name in names) == list(range(1, 41))
    assert {name.split(".")[0] + name.split(".")[2] for name in names} == {"00"}
    assert latest(call, model_id) == "0.40.0"


def test_of_versions_created_at_once_under_one_name_one_is_accepted(call: Calls, model_id: str) -> None:
    def one(_: int) -> bool:
        try:
            created(call, model_id, "1.0.0")
        except Exception as refusal:  # noqa: BLE001  which one it has to be is asserted
            assert "ModelVersionAlreadyExists" in str(refusal)  # noqa: PT017  in a thread
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(one, range(8))) == 1


@pytest.mark.parametrize("name", ["1.0.0", "0.0.0", "10.200.3000", "1.2.3_beta", "1.2.3__", "1.2.3_RC_1"])
def test_a_name_of_the_documented_form_is_taken(call: Calls, model_id: str, name: str) -> None:
    assert created(call, model_id, name) == name
    assert call("get_model_version", model_id, name).version_name == name


@pytest.mark.parametrize(
    "name", ["1", "1.0", "1.0.0.0", "v1.0.0", "1.0.0-beta", "1.0.0_", "1.0.0\n", "١.0.0", "1.0.0_é", " 1.0.0", "a" * 65]
)
def test_a_name_of_another_form_is_refused(call: Calls, model_id: str, name: str) -> None:
    with call.refused() as refusal:
        created(call, model_id, name)
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")
    assert "VersionName" in refusal.message


def test_a_name_is_taken_once_in_a_model(call: Calls, workspace_id: str, model_id: str) -> None:
    created(call, model_id, "1.0.0")
    with call.refused() as refusal:
        created(call, model_id, "1.0.0")
    assert (refusal.status, refusal.code) == (409, "ModelVersionAlreadyExists")
    other = call("create_model", model_name="other", workspace_id=workspace_id).model_id
    assert created(call, other, "1.0.0") == "1.0.0"


def test_a_version_needs_a_uri(call: Calls, model_id: str) -> None:
    with call.refused() as refusal:
        call("create_model_version", model_id)
    assert (refusal.status, refusal.code) == (400, "MissingParameter")
    assert "Uri" in refusal.message


# The latest version.


def test_the_latest_version_is_the_one_created_last_not_the_highest(call: Calls, model_id: str) -> None:
    created(call, model_id, "9.0.0")
    created(call, model_id, "1.0.0")
    assert latest(call, model_id) == "1.0.0"


def test_when_the_latest_is_deleted_the_one_created_before_it_is_the_latest(call: Calls, model_id: str) -> None:
    for name in ("3.0.0", "1.0.0", "2.0.0"):
        created(call, model_id, name)
    call("delete_model_version", model_id, "2.0.0")
    assert latest(call, model_id) == "1.0.0"
    call("delete_model_version", model_id, "1.0.0")
    assert latest(call, model_id) == "3.0.0"


def test_deleting_another_version_leaves_the_latest(call: Calls, model_id: str) -> None:
    created(call, model_id)
    created(call, model_id)
    call("delete_model_version", model_id, "0.1.0")
    assert latest(call, model_id) == "0.2.0"


def test_without_versions_the_keys_of_the_latest_are_absent(call: Calls, workspace_id: str, model_id: str) -> None:
    call("delete_model_version", model_id, created(call, model_id))
    found = call.seen("get_model", model_id)
    (listed,) = call.seen("list_models", workspace_id=workspace_id)["Models"]
    for shown in (found, listed):
        assert {"LatestVersion", "GmtLatestVersionModifiedTime"} & shown.keys() == set()


def test_a_change_of_the_latest_version_shows_in_the_model(call: Calls, workspace_id: str, model_id: str) -> None:
    created(call, model_id)
    before = call("get_model", model_id)
    call("update_model_version", model_id, "0.1.0", version_description="changed")
    after = call("get_model", model_id)
    assert after.latest_version.version_description == "changed"
    assert after.gmt_latest_version_modified_time > before.gmt_latest_version_modified_time
    assert after.gmt_latest_version_modified_time == after.latest_version.gmt_modified_time
    (listed,) = call("list_models", workspace_id=workspace_id).models
    assert listed.gmt_latest_version_modified_time == after.gmt_latest_version_modified_time


def test_a_change_of_an_older_version_leaves_the_time_of_the_latest(call: Calls, model_id: str) -> None:
    created(call, model_id)
    created(call, model_id)
    before = call("get_model", model_id).gmt_latest_version_modified_time
    call("update_model_version", model_id, "0.1.0", version_description="changed")
    assert call("get_model", model_id).gmt_latest_version_modified_time == before


# Approval.


@pytest.mark.parametrize("after", ["Approved", "Rejected"])
def test_a_pending_version_is_approved_or_rejected(call: Calls, model_id: str, after: str) -> None:
    created(call, model_id)
    call("update_model_version", model_id, "0.1.0", approval_status=after)
    assert call("get_model_version", model_id, "0.1.0").approval_status == after


@pytest.mark.parametrize(
    ("before", "after"),
    [("Approved", "Pending"), ("Approved", "Rejected"), ("Rejected", "Pending"), ("Rejected", "Approved")],
)
def test_an_approval_is_final(call: Calls, model_id: str, before: str, after: str) -> None:
    created(call, model_id, approval_status=before)
    with call.refused() as refusal:
        call("update_model_version", model_id, "0.1.0", approval_status=after, version_description="changed")
    assert (refusal.status, refusal.code) == (409, "ApprovalStatusIsFinal")
    assert before in refusal.message
    found = call("get_model_version", model_id, "0.1.0")
    assert (found.approval_status, found.version_description) == (before, None)


@pytest.mark.parametrize("status", ["Pending", "Approved", "Rejected"])
def test_saying_again_what_is_so_is_no_change(call: Calls, model_id: str, status: str) -> None:
    """Terraform sends every attribute with every update."""
    created(call, model_id, approval_status=status)
    call("update_model_version", model_id, "0.1.0", approval_status=status, version_description="changed")
    assert call("get_model_version", model_id, "0.1.0").version_description == "changed"


def test_other_fields_of_an_approved_version_can_change(call: Calls, model_id: str) -> None:
    created(call, model_id, approval_status="Approved")
    call("update_model_version", model_id, "0.1.0", metrics={"acc": 1})
    assert call("get_model_version", model_id, "0.1.0").metrics == {"acc": 1}


@pytest.mark.parametrize("status", ["approved", "Unknown"])
def test_an_unknown_approval_is_refused_with_the_known_ones(call: Calls, model_id: str, status: str) -> None:
    with call.refused() as refusal:
        created(call, model_id, approval_status=status)
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")
    assert "Pending, Approved, Rejected" in refusal.message


def test_formats_and_frameworks_are_kept_as_given(call: Calls, model_id: str) -> None:
    """The provider's own acceptance test sends a spelling that the documented list does not have."""
    created(call, model_id, format_type="GGUF", framework_type="PyTorch")
    found = call("get_model_version", model_id, "0.1.0")
    assert (found.format_type, found.framework_type) == ("GGUF", "PyTorch")


# Deletion.


def test_a_deleted_model_takes_its_versions_and_labels_along(call: Calls, workspace_id: str, model_id: str) -> None:
    created(call, model_id)
    call("create_model_labels", model_id, labels=[m.Label(key="a", value="1")])
    call("delete_model", model_id)
    for operation in ("get_model_version", "delete_model_version"):
        with call.refused() as refusal:
            call(operation, model_id, "0.1.0")
        assert (refusal.status, refusal.code) == (404, "201900002")
    assert (
        call("list_models", workspace_id=workspace_id, tag=[m.ListModelsRequestTag(key="a", value="1")]).total_count
        == 0
    )


def test_a_model_deleted_and_made_again_starts_anew(call: Calls, workspace_id: str, model_id: str) -> None:
    created(call, model_id, "5.0.0")
    call("delete_model", model_id)
    again = call("create_model", model_name="m", workspace_id=workspace_id).model_id
    assert again != model_id
    assert latest(call, again) is None
    assert created(call, again) == "0.1.0"


@pytest.mark.parametrize("operation", ["delete_model", "update_model", "list_model_versions"])
def test_an_unknown_model_is_answered_by_its_own_code(call: Calls, operation: str) -> None:
    with call.refused() as refusal:
        call(operation, "model-unknown")
    assert (refusal.status, refusal.code) == (404, "201900002")


@pytest.mark.parametrize("operation", ["get_model_version", "update_model_version", "delete_model_version"])
def test_an_unknown_version_is_answered_by_its_own_code(call: Calls, model_id: str, operation: str) -> None:
    with call.refused() as refusal:
        call(operation, model_id, "1.0.0")
    assert (refusal.status, refusal.code) == (404, "201900003")


# Lists of versions.


def test_versions_are_listed_in_order_of_creation_in_pages(call: Calls, model_id: str) -> None:
    names = [created(call, model_id, f"{9 - number}.0.0") for number in range(5)]
    pages = [call("list_model_versions", model_id, page_size=2, page_number=number) for number in (1, 2, 3, 4)]
    assert [[version.version_name for version in page.versions] for page in pages] == [
        names[:2],
        names[2:4],
        names[4:],
        [],
    ]
    assert {page.total_count for page in pages} == {5}


def test_versions_are_listed_latest_first_on_demand(call: Calls, model_id: str) -> None:
    names = [created(call, model_id) for _ in range(3)]
    found = call("list_model_versions", model_id, order="DESC").versions
    assert [version.version_name for version in found] == names[::-1]


def test_versions_are_sorted_by_their_time_of_change_on_demand(call: Calls, model_id: str) -> None:
    for _ in range(3):
        created(call, model_id)
    call("update_model_version", model_id, "0.1.0", version_description="changed")
    found = call("list_model_versions", model_id, sort_by="GmtModifiedTime").versions
    assert [version.version_name for version in found] == ["0.2.0", "0.3.0", "0.1.0"]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"approval_status": "Approved"}, ["1.0.0"]),
        ({"format_type": "ONNX"}, ["1.0.0", "2.0.0"]),
        ({"framework_type": "Keras"}, ["2.0.0"]),
        ({"source_id": "run-1"}, ["3.0.0"]),
        ({"source_type": "PAIFlow"}, ["3.0.0"]),
        ({"source_type": "Custom"}, ["1.0.0", "2.0.0"]),
        ({"version_name": "2.0.0"}, ["2.0.0"]),
        ({"version_name": "2.0"}, []),
        ({"label": "STAGE"}, ["2.0.0", "3.0.0"]),
        ({"label": "prod"}, ["3.0.0"]),
        ({"format_type": "ONNX", "label": "stage"}, ["2.0.0"]),
        ({"format_type": ""}, ["1.0.0", "2.0.0", "3.0.0"]),
    ],
)
def test_versions_are_filtered(call: Calls, model_id: str, fields: dict[str, str], wanted: list[str]) -> None:
    created(call, model_id, "1.0.0", approval_status="Approved", format_type="ONNX")
    dev = [m.Label(key="stage", value="dev")]
    created(call, model_id, "2.0.0", format_type="ONNX", framework_type="Keras", labels=dev)
    prod = [m.Label(key="stage", value="Prod")]
    created(call, model_id, "3.0.0", source_type="PAIFlow", source_id="run-1", labels=prod)
    found = call("list_model_versions", model_id, **fields)
    assert [version.version_name for version in found.versions] == wanted
    assert found.total_count == len(wanted)


def test_a_list_of_no_versions_is_empty_not_absent(call: Calls, model_id: str) -> None:
    assert call.seen("list_model_versions", model_id) == {"Versions": [], "TotalCount": 0}
