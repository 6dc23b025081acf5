"""Requests in RPC style to verify: recorded ones from tests/wire, and the check that a server makes of them."""

import json
from typing import Any
from urllib.parse import parse_qs

from modelry.access import rpc
from modelry.access.signature import Claim, SignedRequest, SigningKey, verify
from tests.access.signed_requests import RECORDED_SECRET, WIRE, Recorded, received

RECORDED_KEY = SigningKey(RECORDED_SECRET)
FORM = {b"content-type": b"application/x-www-form-urlencoded"}


def check_rpc(request: SignedRequest, key: SigningKey = RECORDED_KEY) -> Claim:
    """Verify a request to path `/` as the server does, but for the clock; what it says about its signature."""
    call = rpc.read_call(request.query, request.headers, request.body)
    claim = rpc.claim_of(call, request.headers)
    verify(claim, request._replace(query=call.pairs) if call.is_rpc_1 else request, key)
    return claim


def _labelled(sent: dict[str, Any], headers: list[tuple[str, str]]) -> Recorded:
    action = parse_qs(sent["target"].partition("?")[2]).get("Action", ["with its action in a header"])[0]
    return Recorded(action, received(sent["method"], sent["target"], headers, sent["body"]))


def recorded_by_terraform() -> list[Recorded]:
    """What the official provider's two Go clients sent in the life cycle of RAM's resources, all under RPC 1.0."""
    lines = [json.loads(line) for line in (WIRE / "ram_terraform_requests.jsonl").read_text("utf-8").splitlines()]
    return [_labelled(sent, list(sent["headers"].items())) for sent in lines if sent.get("target", "").startswith("/?")]


def _sdk() -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads((WIRE / "ram_sdk_requests.json").read_text("utf-8"))
    return recorded


def recorded_by_python_sdk_rpc_1() -> list[Recorded]:
    """Two calls of the Python SDK that was told to use the older signature: with every field, and with none."""
    sdk = _sdk()
    return [_labelled(sent, sent["headers"]) for sent in (sdk["v2_example"], sdk["v2_empty_example"])]


def recorded_by_python_sdk_acs3() -> list[Recorded]:
    """CreateUser as the Python SDK sends it, with a key and with a temporary one."""
    sdk = _sdk()
    sent = next(sent for sent in sdk["requests"] if sent["operation"] == "CreateUser")
    return [_labelled(sent, list(sdk[kind].items())) for kind in ("headers_of_every_request", "headers_with_sts_token")]
