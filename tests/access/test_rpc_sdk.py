"""The official Python SDKs of RAM and STS as signers: what they send over a socket verifies."""

import asyncio
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram
from alibabacloud_ram20150501.client import Client as Ram
from alibabacloud_sts20150401 import models as sts
from alibabacloud_sts20150401.client import Client as Sts
from alibabacloud_tea_openapi.utils_models import Config

from modelry.access.rpc import read_call
from modelry.access.signature import SignedRequest
from tests.access.rpc_requests import check_rpc
from tests.access.signed_requests import KEY, KEY_ID, SECRET
from tests.access.test_signature_sdk import ALGORITHMS, Recorder, endpoint

__all__ = ["endpoint"]

WEIRD = "a b, ü~*+%41'(c):/"
CALLS: dict[str, tuple[type[Any], str, tuple[Any, ...]]] = {
    "CreateUser": (Ram, "create_user", (ram.CreateUserRequest(user_name=WEIRD, display_name=WEIRD, comments=""),)),
    "ListUsers": (Ram, "list_users", (ram.ListUsersRequest(),)),
    "TagResources": (
        Ram,
        "tag_resources",
        (
            ram.TagResourcesRequest(
                resource_type="role", resource_names=[WEIRD], tag=[ram.TagResourcesRequestTag(key="k", value=WEIRD)]
            ),
        ),
    ),
    "GetAccountAlias": (Ram, "get_account_alias", ()),
    "AssumeRole": (
        Sts,
        "assume_role",
        (sts.AssumeRoleRequest(role_arn=WEIRD, role_session_name="s", policy='{"Version":"1"}'),),
    ),
    "GetCallerIdentity": (Sts, "get_caller_identity", ()),
}


def sent(endpoint: str, operation: str, algorithm: str | None, token: str | None, *, later: bool) -> SignedRequest:
    """What the SDK sends for a call, synchronously or not."""
    client_type, method, arguments = CALLS[operation]
    config = Config(access_key_id=KEY_ID, access_key_secret=SECRET, endpoint=endpoint, protocol="http")
    config.signature_algorithm, config.security_token = algorithm, token
    client = client_type(config)
    if later:
        asyncio.run(getattr(client, f"{method}_async")(*arguments))
    else:
        getattr(client, method)(*arguments)
    return Recorder.requests[-1]


@pytest.mark.parametrize("token", [None, "CAISlab/Token+=="])
@pytest.mark.parametrize("later", [False, True], ids=["synchronous", "asynchronous"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("operation", CALLS)
def test_call_of_the_sdk_verifies(
    endpoint: str,
    operation: str,
    algorithm: str | None,
    token: str | None,
    later: bool,
) -> None:
    request = sent(endpoint, operation, algorithm, token, later=later)
    call = read_call(request.query, request.headers, request.body)
    assert call.action == operation
    assert call.is_rpc_1 == (algorithm == "v2")
    claim = check_rpc(request, KEY)
    assert (claim.key_id, claim.security_token) == (KEY_ID, token)
