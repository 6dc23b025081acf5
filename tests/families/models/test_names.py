"""Which names a model may have, and where a name is taken."""

import pytest

from tests.contract.calls import Calls


def test_a_name_is_taken_once_in_a_workspace(call: Calls, workspace_id: str) -> None:
    call("create_model", model_name="bert", workspace_id=workspace_id)
    with call.refused() as refusal:
        call("create_model", model_name="bert", workspace_id=workspace_id)
    assert (refusal.status, refusal.code) == (409, "ModelNameAlreadyExists")
    assert "bert" in refusal.message


def test_a_refused_create_leaves_nothing(call: Calls, workspace_id: str) -> None:
    call("create_model", model_name="bert", workspace_id=workspace_id)
    with call.refused():
        call("create_model", model_name="bert", workspace_id=workspace_id)
    assert call("list_models", workspace_id=workspace_id).total_count == 1


def test_another_workspace_may_have_a_model_of_the_same_name(call: Calls, workspace_id: str) -> None:
    call("create_model", model_name="bert", workspace_id=workspace_id)
    other = call.new_workspace()
    call("create_model", model_name="bert", workspace_id=other)
    assert call("list_models", workspace_id=other).total_count == 1


def test_names_that_differ_in_case_are_two(call: Calls, workspace_id: str) -> None:
    call("create_model", model_name="bert", workspace_id=workspace_id)
    call("create_model", model_name="BERT", workspace_id=workspace_id)
    assert call("list_models", workspace_id=workspace_id).total_count == 2


def test_a_model_cannot_be_renamed_to_a_name_that_is_taken(call: Calls, workspace_id: str) -> None:
    call("create_model", model_name="bert", workspace_id=workspace_id)
    other = call("create_model", model_name="gpt", workspace_id=workspace_id).model_id
    with call.refused() as refusal:
        call("update_model", other, model_name="bert")
    assert (refusal.status, refusal.code) == (409, "ModelNameAlreadyExists")
    assert call("get_model", other).model_name == "gpt"


def test_a_model_can_be_renamed_to_its_own_name(call: Calls, model_id: str) -> None:
    call("update_model", model_id, model_name="m", domain="cv")
    assert call("get_model", model_id).domain == "cv"


def test_a_name_that_was_given_up_is_free(call: Calls, workspace_id: str, model_id: str) -> None:
    call("update_model", model_id, model_name="other")
    call("create_model", model_name="m", workspace_id=workspace_id)
    call("delete_model", model_id)
    call("create_model", model_name="other", workspace_id=workspace_id)


@pytest.mark.parametrize("name", ["a", "名" * 127, "a/b:c %2F ~*", "𝕏 👩‍🔬", '"quoted"', "tab\there", " "])
def test_a_name_of_1_to_127_characters_comes_back_as_it_was_given(call: Calls, workspace_id: str, name: str) -> None:
    model_id = call("create_model", model_name=name, workspace_id=workspace_id).model_id
    assert call("get_model", model_id).model_name == name


@pytest.mark.parametrize("name", ["", "名" * 128])
def test_a_name_of_another_length_is_refused(call: Calls, workspace_id: str, model_id: str, name: str) -> None:
    with call.refused() as created:
        call("create_model", model_name=name, workspace_id=workspace_id)
    with call.refused() as updated:
        call("update_model", model_id, model_name=name)
    assert (created.status, created.code) == (updated.status, updated.code) == (400, "InvalidParameter")
    assert "ModelName" in created.message


def test_a_model_needs_a_name(call: Calls, workspace_id: str) -> None:
    with call.refused() as refusal:
        call("create_model", workspace_id=workspace_id)
    assert (refusal.status, refusal.code) == (400, "MissingParameter")
    assert "ModelName" in refusal.message


def test_a_model_in_an_unknown_workspace_is_refused(call: Calls) -> None:
    with call.refused() as refusal:
        call("create_model", model_name="m", workspace_id="999999999")
    assert (refusal.status, refusal.code) == (404, "100400027")


def test_an_empty_workspace_id_means_the_default_workspace(call: Calls) -> None:
    model_id = call("create_model", model_name="in the default", workspace_id="").model_id
    assert call("get_model", model_id).workspace_id == call("get_default_workspace").workspace_id
    call("delete_model", model_id)


@pytest.mark.parametrize("value", ["private", "Shared", ""])
def test_an_unknown_visibility_is_refused_with_the_known_ones(call: Calls, model_id: str, value: str) -> None:
    with call.refused() as refusal:
        call("update_model", model_id, accessibility=value)
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")
    assert "Accessibility" in refusal.message
    assert "PRIVATE, PUBLIC" in refusal.message


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, -(2**63)])
def test_whole_numbers_of_64_bits_come_back(call: Calls, model_id: str, number: int) -> None:
    call("update_model", model_id, order_number=number, parameter_size=number)
    found = call("get_model", model_id)
    assert (found.order_number, found.parameter_size) == (number, number)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_larger_whole_numbers_are_refused(call: Calls, model_id: str, number: int) -> None:
    with call.refused() as refusal:
        call("update_model", model_id, parameter_size=number)
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")
    assert "ParameterSize" in refusal.message


def test_texts_can_be_emptied(call: Calls, model_id: str) -> None:
    call("update_model", model_id, model_description="d", task="t")
    call("update_model", model_id, model_description="", task="")
    found = call.seen("get_model", model_id)
    assert (found["ModelDescription"], found["Task"]) == ("", "")


def test_an_update_moves_the_time_of_change_alone(call: Calls, model_id: str) -> None:
    before = call("get_model", model_id)
    call("update_model", model_id, domain="cv")
    after = call("get_model", model_id)
    assert after.gmt_create_time == before.gmt_create_time
    assert after.gmt_modified_time > before.gmt_modified_time
