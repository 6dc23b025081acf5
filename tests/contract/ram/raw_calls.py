"""Answers as they are on the wire: the models of the SDKs leave out what they do not know."""

from typing import Any

from alibabacloud_ram20150501.client import Client
from alibabacloud_tea_openapi import models as m
from darabonba.runtime import RuntimeOptions


def answered(ram: Client, action: str, **parameters: str) -> dict[str, Any]:
    """The whole answer of an operation, less its request id; `parameters` by their names on the wire."""
    params = m.Params(
        action=action,
        version="2015-05-01",
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    body: dict[str, Any] = ram.call_api(params, m.OpenApiRequest(query=parameters), RuntimeOptions())["body"]
    assert body.pop("RequestId")
    return body
