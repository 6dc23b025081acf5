"""The official Python SDK as signer: what it sends over a socket verifies, whatever it is told to use."""

import asyncio
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from alibabacloud_aiworkspace20210204 import models
from alibabacloud_aiworkspace20210204.client import Client
from alibabacloud_tea_openapi.utils import Utils
from alibabacloud_tea_openapi.utils_models import Config

from modelry.access.canonical import HASHES
from modelry.access.signature import SignedRequest, parse_claim
from tests.access.signed_requests import KEY_ID, SECRET, check, received

WEIRD = "a b/ü~*+%41"
MODEL = models.CreateModelRequest(model_name=WEIRD, labels=[models.Label(key="k&=", value=WEIRD)])
LISTING = models.ListModelsRequest(query=f"nlp & cv={WEIRD}", label="", page_size=10, order="DESC")
CALLS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "GetModel": ("get_model", ("model-1", models.GetModelRequest())),
    "GetModel, odd id": ("get_model", (WEIRD, models.GetModelRequest())),
    "ListModels": ("list_models", (LISTING,)),
    "CreateModel": ("create_model", (MODEL,)),
    "DeleteModel": ("delete_model", ("model-1", models.DeleteModelRequest())),
    "AddMemberRole, no body": ("add_member_role", ("1", "2", "PAI.Owner", models.AddMemberRoleRequest())),
}
ALGORITHMS = [
    None,
    "v2",
    pytest.param(
        "ACS3-HMAC-SM3", marks=pytest.mark.skipif("ACS3-HMAC-SM3" not in HASHES, reason="OpenSSL without SM3")
    ),
]


class Recorder(BaseHTTPRequestHandler):
    """Answers `{}` and keeps what it was asked."""

    requests: ClassVar[list[SignedRequest]] = []

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.requests.append(received(self.command, self.path, self.headers.items(), body))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - names that http.server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Nothing: pytest shows what failed."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def client(endpoint: str, algorithm: str | None, token: str | None = None) -> Client:
    config = Config(access_key_id=KEY_ID, access_key_secret=SECRET, endpoint=endpoint, protocol="http")
    config.signature_algorithm = algorithm
    config.security_token = token
    return Client(config)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("operation", CALLS)
def test_synchronous_sdk_verifies(endpoint: str, operation: str, algorithm: str | None) -> None:
    method, arguments = CALLS[operation]
    getattr(client(endpoint, algorithm), method)(*arguments)
    check(Recorder.requests[-1])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("operation", CALLS)
def test_asynchronous_sdk_verifies(endpoint: str, operation: str, algorithm: str | None) -> None:
    method, arguments = CALLS[operation]
    asyncio.run(getattr(client(endpoint, algorithm), f"{method}_async")(*arguments))
    check(Recorder.requests[-1])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_temporary_key_of_the_sdk_verifies(endpoint: str, algorithm: str | None) -> None:
    client(endpoint, algorithm, token="CAISlab/Token+==").get_model("model-1", models.GetModelRequest())
    request = Recorder.requests[-1]
    assert parse_claim(request.headers).security_token == "CAISlab/Token+=="
    check(request)


def test_asynchronous_sdk_sends_a_content_type_that_it_did_not_sign(endpoint: str) -> None:
    """The reason why Content-Type counts for nothing without a body."""
    asyncio.run(client(endpoint, "v2").get_model_async("model-1", models.GetModelRequest()))
    assert Recorder.requests[-1].headers[b"content-type"] == b"application/octet-stream"


# The `aliyun` command line: signed by the SDK's own function, over the headers and the path that `aliyun` uses.

EMPTY_MD5 = "1B2M2Y8AsgTpgAmY7PhCfg=="


def sent_by_aliyun(
    method: str, typed_path: str, target: str, query: dict[str, str], content_type: str, md5: str, body: str = ""
) -> SignedRequest:
    headers = {
        "accept": "application/json",
        "content-type": content_type,
        "content-md5": md5,
        "date": "Fri, 02 Jan 2026 03:04:05 GMT",
        "x-acs-version": "2021-02-04",
        "x-acs-signature-method": "HMAC-SHA1",
        "x-acs-signature-version": "1.0",
        "x-acs-credentials-provider": "static_sts",
        "x-acs-region-id": "local",
    }
    request = SimpleNamespace(method=method, pathname=typed_path, headers=headers, query=query)
    signature = Utils.get_roasignature(Utils.get_string_to_sign(request), SECRET)
    unsigned = {"host": "localhost", "x-sdk-client": "golang/1.0.0", "authorization": f"acs {KEY_ID}:{signature}"}
    return received(method, target, [*headers.items(), *unsigned.items()], body)


@pytest.mark.parametrize(
    "request_of_aliyun",
    [
        sent_by_aliyun("GET", "/api/v1/models/m", "/api/v1/models/m", {}, "application/octet-stream", EMPTY_MD5),
        sent_by_aliyun(
            "DELETE", "/api/v1/models/a b*é", "/api/v1/models/a%20b%2A%C3%A9", {}, "application/octet-stream", EMPTY_MD5
        ),
        sent_by_aliyun(
            "GET", "/api/v1/models/a%20b", "/api/v1/models/a%20b", {}, "application/octet-stream", EMPTY_MD5
        ),
        sent_by_aliyun(
            "GET",
            "/api/v1/models",
            "/api/v1/models?Label=&Query=a+b%2A~&Tag=%5B%7B%22Key%22%3A%22k%22%7D%5D",
            {"Query": "a b*~", "Label": "", "Tag": '[{"Key":"k"}]'},
            "application/octet-stream",
            EMPTY_MD5,
        ),
        sent_by_aliyun(
            "POST", "/api/v1/models", "/api/v1/models", {}, "application/json", "mZFLkyvTelC5g8XnyQrpOw==", "{}"
        ),
    ],
    ids=["get", "odd id", "typed escape", "list", "create"],
)
def test_aliyun_command_line_verifies_without_nonce(request_of_aliyun: SignedRequest) -> None:
    assert parse_claim(request_of_aliyun.headers).nonce is None
    check(request_of_aliyun)
