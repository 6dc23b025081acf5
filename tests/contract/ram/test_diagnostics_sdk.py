"""What a denial tells whoever is denied, and what an administrator reads out of its encoded message."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_tea_openapi.exceptions import ClientException

from tests.contract.ram.rpc_calls import RpcCalls, User, raw, refused
from tests.registry import Registry

NewUser = Callable[..., User]


def statement(effect: str, action: str) -> dict[str, object]:
    return {"Version": "1", "Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]}


def message_of(call: Callable[[], object]) -> str:
    """The encoded message of a denial."""
    with pytest.raises(ClientException) as denied:
        call()
    assert (denied.value.status_code, denied.value.code) == (403, "NoPermission")
    message: str = denied.value.access_denied_detail["EncodedDiagnosticMessage"]
    return message


def decoded(call_ram: RpcCalls, message: str) -> dict[str, Any]:
    answer = call_ram.seen("decode_diagnostic_message", encoded_diagnostic_message=message)
    diagnosis: dict[str, Any] = answer.pop("DecodedDiagnosticMessage")
    assert answer == {}
    return diagnosis


@pytest.fixture
def message(new_user: NewUser) -> str:
    """The message of a denial."""
    user = new_user().call_ram
    return message_of(lambda: user("list_users"))


def test_a_message_says_who_was_kept_from_what(call_ram: RpcCalls, new_user: NewUser, registry: Registry) -> None:
    user = new_user([statement("Allow", "ram:GetUser")])
    message = message_of(lambda: user.call_ram("delete_user", user_name="nobody"))
    diagnosis = decoded(call_ram, message)
    assert diagnosis.pop("AuthResource").startswith("acs:ram:")
    assert diagnosis == {
        "AuthAction": "ram:DeleteUser",
        "AuthConditions": [],
        "AuthPrincipal": {
            "AuthPrincipalType": "SubUser",
            "AuthPrincipalDisplayName": user.user_id,
            "AuthPrincipalOwnerId": registry.account_id,
        },
        "ExplicitDeny": False,
        "MatchedPolicies": [],
        "NoPermissionPolicyType": "AccountLevelIdentityBasedPolicy",
    }


def test_a_message_names_the_object(call_ram: RpcCalls, new_user: NewUser, registry: Registry) -> None:
    resource = f"acs:ram:*:{registry.account_id}:user/allowed"
    policy = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ram:*", "Resource": resource}]}
    user = new_user([policy])
    message = message_of(lambda: user.call_ram("get_user", user_name="other"))
    assert decoded(call_ram, message)["AuthResource"] == f"acs:ram:*:{registry.account_id}:user/other"


def test_a_message_names_the_policy_that_denied(call_ram: RpcCalls, new_user: NewUser) -> None:
    user = new_user(["AdministratorAccess", statement("Deny", "ram:ListGroups")])
    attached = call_ram.seen("list_policies_for_user", user_name=user.name)["Policies"]["Policy"]
    (name,) = [policy["PolicyName"] for policy in attached if policy["PolicyType"] == "Custom"]
    diagnosis = decoded(call_ram, message_of(lambda: user.call_ram("list_groups")))
    assert diagnosis["ExplicitDeny"] is True
    (matched,) = diagnosis["MatchedPolicies"]
    assert matched["Effect"] == "Deny"
    assert name in matched["PolicyIdentifier"]


def test_a_message_gives_the_reason_beyond_what_the_sdk_shows(ram: Any, message: str) -> None:  # noqa: ANN401
    answer = raw(ram, "2015-05-01", "DecodeDiagnosticMessage", {"EncodedDiagnosticMessage": message})
    assert "ram:ListUsers" in answer["DecodedDiagnosticMessage"]["Reason"]


def test_a_message_says_nothing_before_it_is_decoded(message: str, registry: Registry) -> None:
    assert not any(text in message for text in ("ListUsers", registry.account_id, "Policy"))


def test_decoding_takes_a_permission(new_user: NewUser, message: str) -> None:
    with refused(403, "NoPermission"):
        new_user().call_ram("decode_diagnostic_message", encoded_diagnostic_message=message)
    allowed = new_user([statement("Allow", "ram:DecodeDiagnosticMessage")])
    assert decoded(allowed.call_ram, message)["AuthAction"] == "ram:ListUsers"


@pytest.mark.parametrize("text", ["", "x", "AQEAAAAAZBgxr0U1MjA1NTM1", "A" * 500, "\u7532"])
def test_what_this_server_did_not_encode_is_refused(call_ram: RpcCalls, text: str) -> None:
    with refused(400, "InvalidParameter.EncodedDiagnosticMessage"):
        call_ram("decode_diagnostic_message", encoded_diagnostic_message=text)


def test_an_altered_message_is_refused(call_ram: RpcCalls, message: str) -> None:
    for altered in (
        message[:-1],
        message + "A",
        ("B" if message[40] == "A" else "A").join((message[:40], message[41:])),
    ):
        with refused(400, "InvalidParameter.EncodedDiagnosticMessage"):
            call_ram("decode_diagnostic_message", encoded_diagnostic_message=altered)


def test_a_message_is_needed(call_ram: RpcCalls) -> None:
    with refused(400, "MissingParameter"):
        call_ram("decode_diagnostic_message")
