"""Each fault as the official SDK meets it, with its own retries and without."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_aiworkspace20210204.client import Client
from alibabacloud_ram20150501 import models as ram
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException, ServerException, ThrottlingException
from darabonba.exceptions import UnretryableException
from darabonba.policy.retry import RetryCondition, RetryOptions

from modelry.testing import Faults, Registry
from modelry.testing.orders import When

RETRIES = RetryOptions(
    retryable=True,
    retry_condition=[
        RetryCondition(
            max_attempts=3,
            exception=["ThrottlingException", "ServerException", "RetryError", "ResponseException"],
            error_code=["Throttling", "ServiceUnavailable"],
        )
    ],
)


@pytest.fixture
def sdk(modelry_registry: Registry) -> Client:
    """It tries once."""
    return modelry_registry.sdk()


@pytest.fixture
def stubborn(modelry_registry: Registry) -> Client:
    """It tries again, up to three times."""
    return modelry_registry.sdk(retry_options=RETRIES)


def make_model(sdk: Client, name: str = "classifier") -> str:
    model_id: str = sdk.create_model(m.CreateModelRequest(model_name=name)).body.model_id
    return model_id


def names(sdk: Client) -> list[str]:
    return [model.model_name for model in sdk.list_models(m.ListModelsRequest()).body.models]


def statuses(registry: Registry) -> list[int | None]:
    return [request.status for request in registry.requests]


def test_throttling_says_when_to_come_again(modelry_registry: Registry, sdk: Client) -> None:
    modelry_registry.faults.throttle(retry_after_ms=1234)
    with pytest.raises(ThrottlingException) as throttled:
        make_model(sdk)
    assert (throttled.value.status_code, throttled.value.retry_after) == (429, 1234)
    assert names(sdk) == []


def test_throttling_is_got_over_with_retries(modelry_registry: Registry, stubborn: Client) -> None:
    modelry_registry.faults.throttle(times=2, retry_after_ms=10)
    make_model(stubborn)
    assert modelry_registry.calls == ["CreateModel"] * 3
    assert statuses(modelry_registry) == [429, 429, 200]
    assert [request.faults for request in modelry_registry.requests] == [["throttle"], ["throttle"], []]


def test_retries_end(modelry_registry: Registry, stubborn: Client) -> None:
    modelry_registry.faults.throttle(times=None, retry_after_ms=1)
    with pytest.raises(ThrottlingException):
        make_model(stubborn)
    assert set(statuses(modelry_registry)) == {429}
    assert 2 <= len(modelry_registry.calls) <= 5


def test_a_failure_has_the_status_and_the_code_that_were_ordered(modelry_registry: Registry, sdk: Client) -> None:
    modelry_registry.faults.fail(status=500, code="Odd", message="with {braces}")
    with pytest.raises(ServerException) as failed:
        make_model(sdk)
    assert (failed.value.status_code, failed.value.code) == (500, "Odd")
    assert "with {braces}" in failed.value.message


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "ServiceUnavailable"), (502, "BadGateway")])
def test_a_failure_has_the_usual_code_of_its_status(
    modelry_registry: Registry, sdk: Client, status: int, code: str
) -> None:
    modelry_registry.faults.fail(status=status)
    with pytest.raises(AlibabaCloudException) as failed:
        names(sdk)
    assert failed.value.code == code


def test_a_failure_is_got_over_with_retries(modelry_registry: Registry, stubborn: Client) -> None:
    modelry_registry.faults.fail(status=503, times=1, operation="CreateModel")
    make_model(stubborn)
    assert statuses(modelry_registry) == [503, 200]


def test_a_fault_meets_its_operation_alone(modelry_registry: Registry, sdk: Client) -> None:
    modelry_registry.faults.fail(operation="CreateModel", times=None)
    assert names(sdk) == []
    with pytest.raises(ServerException):
        make_model(sdk)


@pytest.mark.parametrize("operation", ["CreateUser", "Ram:CreateUser"])
def test_an_operation_of_another_product_can_fail(modelry_registry: Registry, operation: str) -> None:
    modelry_registry.faults.fail(operation=operation)
    alice = ram.CreateUserRequest(user_name="alice")
    with pytest.raises(ServerException):
        modelry_registry.ram_sdk().create_user(alice)
    modelry_registry.ram_sdk().create_user(alice)
    assert modelry_registry.calls == ["Ram:CreateUser"] * 2


def test_faults_are_met_in_the_order_in_which_they_were_ordered(modelry_registry: Registry, sdk: Client) -> None:
    modelry_registry.faults.fail(status=500)
    modelry_registry.faults.throttle()
    for error in (ServerException, ThrottlingException):
        with pytest.raises(error):
            names(sdk)
    assert names(sdk) == []


def test_a_connection_dropped_before_leaves_nothing(modelry_registry: Registry, sdk: Client) -> None:
    modelry_registry.faults.drop(when="before")
    with pytest.raises(UnretryableException, match="Connection aborted"):
        make_model(sdk)
    assert names(sdk) == []
    assert statuses(modelry_registry) == [None, 200]


def test_a_connection_dropped_after_leaves_everything(modelry_registry: Registry, sdk: Client) -> None:
    modelry_registry.faults.drop(when="after")
    with pytest.raises(UnretryableException, match="Connection aborted"):
        make_model(sdk)
    assert names(sdk) == ["classifier"]
    assert [(call.status, call.faults) for call in modelry_registry.requests] == [(200, ["drop"]), (200, [])]


def test_a_thoughtless_repetition_after_a_dropped_answer_is_told_that_the_name_is_taken(
    modelry_registry: Registry, stubborn: Client
) -> None:
    modelry_registry.faults.drop(when="after", operation="CreateModel")
    with pytest.raises(AlibabaCloudException) as refused:
        make_model(stubborn)
    assert refused.value.code == "ModelNameAlreadyExists"
    assert modelry_registry.calls == ["CreateModel", "CreateModel"]


def test_a_dropped_connection_is_got_over_with_retries(modelry_registry: Registry, stubborn: Client) -> None:
    modelry_registry.faults.drop(times=2)
    make_model(stubborn)
    assert names(stubborn) == ["classifier"]


def test_a_delay_outlasts_a_client_without_patience(modelry_registry: Registry) -> None:
    sdk = modelry_registry.sdk(read_timeout=200)
    modelry_registry.faults.delay(60, operation="ListModels")
    with pytest.raises(UnretryableException, match="timed out"):
        names(sdk)
    make_model(sdk)


def test_a_delayed_request_is_handled_in_the_end(modelry_registry: Registry, sdk: Client) -> None:
    modelry_registry.faults.delay(0.05, times=1)
    make_model(sdk)
    assert names(sdk) == ["classifier"]
    assert [request.faults for request in modelry_registry.requests] == [["delay"], []]


@pytest.mark.parametrize(("when", "there"), [("before", []), ("after", ["classifier"])])
def test_a_delay_holds_up_the_request_or_its_answer(modelry_registry: Registry, when: When, there: list[str]) -> None:
    modelry_registry.faults.delay(60, operation="CreateModel", when=when)
    with pytest.raises(UnretryableException, match="timed out"):
        make_model(modelry_registry.sdk(read_timeout=500))
    assert names(modelry_registry.sdk()) == there


def test_clearing_lets_go_on_what_was_held_up(modelry_registry: Registry, sdk: Client) -> None:
    modelry_registry.faults.delay(60)
    with ThreadPoolExecutor() as others:
        making = others.submit(make_model, sdk)
        _until(lambda: modelry_registry.calls == ["CreateModel"])
        assert not making.done()
        modelry_registry.faults.clear()
        assert making.result(10)
    assert names(sdk) == ["classifier"]


def test_a_reset_finishes_what_is_held_up_so_that_nothing_comes_after_it(
    modelry_registry: Registry, sdk: Client
) -> None:
    modelry_registry.faults.delay(60)
    with ThreadPoolExecutor() as others:
        making = others.submit(make_model, sdk)
        _until(lambda: modelry_registry.calls == ["CreateModel"])
        modelry_registry.reset()
        assert making.result(10)
    assert names(sdk) == []
    assert modelry_registry.calls == ["ListModels"]


def test_a_delay_comes_before_another_fault(modelry_registry: Registry, sdk: Client) -> None:
    modelry_registry.faults.fail()
    modelry_registry.faults.delay(0.01)
    with pytest.raises(ServerException):
        names(sdk)
    assert modelry_registry.requests[0].faults == ["delay", "fail"]


def test_faults_end_with_a_reset(modelry_registry: Registry, sdk: Client) -> None:
    modelry_registry.faults.drop(times=None)
    modelry_registry.reset()
    assert names(sdk) == []


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (lambda faults: faults.fail(operation="CreateModels"), "CreateModels is no operation"),
        (lambda faults: faults.delay(1, operation="Ram:CreateModel"), "Ram:CreateModel is no operation"),
        (lambda faults: faults.fail(status=200), "from 400 to 599"),
        (lambda faults: faults.fail(status=600), "from 400 to 599"),
        (lambda faults: faults.throttle(times=0), "at least 1"),
        (lambda faults: faults.throttle(retry_after_ms=-1), "less than 0"),
        (lambda faults: faults.delay(-0.5), "less than 0"),
        (lambda faults: faults.delay(float("nan")), "less than 0"),
        (lambda faults: faults.delay(1, when="during"), "'before' or 'after'"),
        (lambda faults: faults.fail(code=5), "Expected `str`, got `int`"),
        (lambda faults: faults.throttle(retry_after_ms=0.5), "Expected `int"),
        (lambda faults: faults.drop(operation="x" * 100_000), "is no operation"),
        (lambda faults: faults.drop(when="during"), "'before' or 'after'"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    modelry_registry: Registry, sdk: Client, order: Callable[[Faults], None], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        order(modelry_registry.faults)
    assert names(sdk) == []


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
