"""The official SDK as the contract tests speak through it: either half of it, answers as plain data."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_aiworkspace20210204.client import Client
from alibabacloud_tea_openapi.exceptions import ClientException

from tests.registry import Registry

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
REQUEST_ID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")


@dataclass
class Refusal:
    """What a refused call raised."""

    status: int = 0
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class Calls:
    """Calls operations by the SDK's names for them, through its synchronous or its asynchronous half."""

    registry: Registry
    half: str
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "client", self.registry.sdk())

    def __call__(self, operation: str, *path: str, **fields: object) -> Any:  # noqa: ANN401  the SDK has no annotations
        """The answer as the SDK's model of it; `fields` are those of the SDK's request."""
        name = "".join(word.title() for word in operation.split("_"))
        request = getattr(m, f"{name}Request")(**fields)
        if self.half == "sync":
            return getattr(self.client, operation)(*path, request).body
        return asyncio.run(getattr(self.client, f"{operation}_async")(*path, request)).body

    def seen(self, operation: str, *path: str, **fields: object) -> dict[str, Any]:
        """The answer as plain data, less its request id, which is in the answer of every operation."""
        answer: dict[str, Any] = self(operation, *path, **fields).to_map()
        request_id = answer.pop("RequestId", None) or answer.pop("requestId")
        assert REQUEST_ID.fullmatch(request_id)
        return answer

    @contextmanager
    def refused(self) -> Iterator[Refusal]:
        """Expects that a call inside is refused; what it was refused with."""
        refusal = Refusal()
        with pytest.raises(ClientException) as caught:
            yield refusal
        refusal.status, refusal.code = caught.value.status_code, caught.value.code
        refusal.message = caught.value.message
        assert refusal.status == 404 or "NotFound" not in refusal.message, "Terraform takes the word for: it is gone"

    @property
    def account_id(self) -> str:
        return self.registry.account_id

    def new_workspace(self, **fields: object) -> str:
        """The id of a new workspace."""
        given = {"workspace_name": fresh_name(), "description": "d", "env_types": ["prod"], **fields}
        workspace_id: str = self("create_workspace", **given).workspace_id
        return workspace_id


def fresh_name() -> str:
    """A name that no other test has used."""
    return f"ws_{uuid4().hex[:20]}"


def without_times(entity: dict[str, Any]) -> dict[str, Any]:
    """An entity less its times, which have the documented form."""
    rest = dict(entity)
    for name in ("GmtCreateTime", "GmtModifiedTime"):
        if name in rest:
            assert TIME.fullmatch(rest.pop(name))
    return rest
