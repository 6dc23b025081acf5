"""Requests made up from the server's own OpenAPI document, right ones and wrong ones, each with a valid signature.

Whatever is asked: an answer that the document lists, of the form that it gives, its code included, and never a fault
of the server.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from requests.auth import AuthBase
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from modelry.contract.openapi import document
from modelry.server.app import catalogue
from tests.registry import Registry, running
from tests.wire_client import Wire, WireRequest

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
DOCUMENT = msgspec.json.decode(msgspec.json.encode(document(catalogue())))
AnyOperation: TypeAlias = APIOperation[Any, Any, Any, Any]
AnyCase: TypeAlias = "Case[Any]"
OPERATIONS: list[AnyOperation] = [
    found.ok()  # type: ignore[union-attr]  # an invalid one raises
    for found in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()
]
CAN_BE_WRONG = [
    operation
    for operation in OPERATIONS
    if "requestBody" in operation.definition.raw
    or any(parameter["in"] == "query" for parameter in operation.definition.raw.get("parameters", []))
]
"""An id in a path is any text: there is no wrong one, only an unknown one."""


class Signed(AuthBase):
    """Signs what `requests` is about to send."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        assert request.method is not None
        headers = {
            name.lower().encode(): value if isinstance(value, bytes) else value.encode("latin-1")
            for name, value in request.headers.items()
        }
        headers[b"host"] = self.wire.registry.address.encode()
        body = request.body or b""
        assert isinstance(body, str | bytes)
        content = body.encode() if isinstance(body, str) else body
        signed = self.wire.resigned(WireRequest(request.method, request.path_url.encode(), headers, content))
        request.headers.update({name.decode(): value.decode("latin-1") for name, value in signed.headers.items()})
        return request


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server of its own: these requests change whatever they find."""
    with running(tmp_path_factory.mktemp("schemathesis") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def session(registry: Registry) -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.auth = Signed(Wire(registry))
        opened.trust_env = False
        yield opened


@pytest.fixture
def existing(registry: Registry) -> dict[str, str]:
    """Ids of things that are there: with those of its own a made-up request would find nothing."""
    wire = Wire(registry)
    workspace_id = wire.ask("GET", "/api/v1/defaultWorkspaces").json["WorkspaceId"]
    model_id = wire.new_model(WorkspaceId=workspace_id)
    wire.ask("POST", f"/api/v1/models/{model_id}/versions", {"Uri": "oss://b.e/p/"})
    return {"WorkspaceId": workspace_id, "ModelId": model_id, "VersionName": "0.1.0"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_a_right_request_is_answered_as_documented(
    registry: Registry,
    session: requests.Session,
    existing: dict[str, str],
    operation: AnyOperation,
) -> None:
    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def ask(case: AnyCase) -> None:
        if operation.label != "DELETE /api/v1/workspaces/{WorkspaceId}":
            found = {name: existing[name] for name in case.path_parameters if name in existing}
            case.path_parameters.update(found)
        case.validate_response(case.call(base_url=registry.url, session=session), checks=CHECKS)

    ask()


@pytest.mark.parametrize("operation", CAN_BE_WRONG, ids=lambda operation: operation.label)
def test_a_wrong_request_is_answered_as_documented(
    registry: Registry, session: requests.Session, operation: AnyOperation
) -> None:
    @settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def ask(case: AnyCase) -> None:
        case.validate_response(case.call(base_url=registry.url, session=session), checks=CHECKS)

    ask()
