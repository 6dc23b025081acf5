"""The official SDKs of the RPC products as the contract tests speak through them: answers as plain data."""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from alibabacloud_aiworkspace20210204.client import Client as AIWorkSpace
from alibabacloud_ram20150501.client import Client as Ram
from alibabacloud_resourcemanager20200331.client import Client as ResourceManager
from alibabacloud_sts20150401.client import Client as Sts
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from tests.contract.calls import REQUEST_ID, Refusal
from tests.registry import Registry

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class RpcCalls:
    """Calls operations of one product by the SDK's names for them: `call("get_user", user_name="alice")`."""

    client: Any

    def __call__(self, operation: str, **fields: object) -> Any:  # noqa: ANN401  the SDK has no annotations
        """The answer as the SDK's model of it; `fields` are those of the SDK's request."""
        product = type(self.client).__module__.rpartition(".")[0]
        models = sys.modules[f"{product}.models"]
        name = "".join(word.title() for word in operation.split("_"))
        request_type = getattr(models, f"{name}Request", None)
        if request_type is None:  # an operation without fields
            return getattr(self.client, operation)().body
        return getattr(self.client, operation)(request_type(**fields)).body

    def seen(self, operation: str, **fields: object) -> dict[str, Any]:
        """The answer as plain data, less its request id, which is in the answer of every operation."""
        answer: dict[str, Any] = self(operation, **fields).to_map()
        assert REQUEST_ID.fullmatch(answer.pop("RequestId"))
        return answer


@dataclass(frozen=True)
class User:
    """A RAM user with a key, and the SDKs signing with it."""

    registry: Registry
    name: str
    user_id: str
    key_id: str
    secret: str

    @property
    def ram(self) -> Ram:
        return self.registry.ram_sdk(self.key_id, self.secret)

    @property
    def sts(self) -> Sts:
        return self.registry.sts_sdk(self.key_id, self.secret)

    @property
    def resource_manager(self) -> ResourceManager:
        return self.registry.resourcemanager_sdk(self.key_id, self.secret)

    @property
    def sdk(self) -> AIWorkSpace:
        return self.registry.sdk(self.key_id, self.secret)

    @property
    def call_ram(self) -> RpcCalls:
        return RpcCalls(self.ram)

    @property
    def call_sts(self) -> RpcCalls:
        return RpcCalls(self.sts)

    @property
    def call_resource_manager(self) -> RpcCalls:
        return RpcCalls(self.resource_manager)


def raw(client: Any, version: str, action: str, query: Mapping[str, str]) -> dict[str, Any]:  # noqa: ANN401  as above
    """The whole answer to a call of the SDK's core, which sends, and shows, what its typed half would not."""
    params = Params(
        action=action,
        version=version,
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    body: dict[str, Any] = client.call_api(params, OpenApiRequest(query=dict(query)), RuntimeOptions())["body"]
    return body


@contextmanager
def refused(status: int, code: str) -> Iterator[Refusal]:
    """Expects that a call inside is refused with this status and code; what it was refused with."""
    refusal = Refusal()
    with pytest.raises(ClientException) as caught:
        yield refusal
    refusal.status, refusal.code = caught.value.status_code, caught.value.code
    refusal.message = caught.value.message
    assert (refusal.status, refusal.code) == (status, code)
    assert refusal.status == 404 or "NotFound" not in refusal.message, "Terraform takes the word for: it is gone"


def fresh_name(prefix: str) -> str:
    """A name that no other test has used, of letters, digits and one hyphen: every kind of entity takes it."""
    return f"{prefix}-{uuid4().hex[:20]}"


def without_dates(entity: dict[str, Any]) -> dict[str, Any]:
    """An entity less its dates, which have the documented form."""
    rest = dict(entity)
    for name in [name for name in rest if name.endswith("Date")]:
        assert DATE.fullmatch(rest.pop(name))
    return rest
