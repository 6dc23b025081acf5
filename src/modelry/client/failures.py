"""How a call fails: refused by the server, or without a readable answer."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from modelry.contract.text import printable

_SHOWN = 200
"""Characters that are shown of an answer that is no error envelope."""


class ClientError(Exception):
    """Whatever the client raises about the world, not about its arguments; the text is one line for people."""


class CredentialsError(ClientError):
    """No access key was found, or what was found cannot be used; the text says what to do."""


class Unreachable(ClientError):  # noqa: N818  it reads as what happened
    """No answer: no such host, no connection, a refused certificate, silence, or an answer that broke off."""

    def __init__(self, message: str, *, maybe_done: bool = False, lasting: bool = False) -> None:
        """`maybe_done`: the request was sent as a whole. `lasting`: another attempt meets the same."""
        self.message = message
        self.maybe_done = maybe_done
        self.lasting = lasting
        super().__init__(message)


class CallError(ClientError):
    """An answer that is not a success; or a success that is not what the operation answers, whose code is empty."""

    def __init__(
        self,
        code: str,
        status: int,
        message: str,
        request_id: str = "",
        detail: Mapping[str, Any] | None = None,
        retry_after_ms: int | None = None,
    ) -> None:
        """What the server said."""
        self.code = code
        """The error's own name; empty when the answer was no error envelope, as a proxy's."""
        self.status = status
        self.message = message
        self.request_id = request_id
        self.detail = detail
        """`AccessDeniedDetail` of a denial: who was denied what, and by which kind of policy."""
        self.retry_after_ms = retry_after_ms
        """What throttling asks for, in milliseconds."""
        super().__init__(code, status, message, request_id)

    def __str__(self) -> str:
        """`CODE: message (RequestId ...)`, as one line."""
        code = f"{self.code}: " if self.code else ""
        request_id = f" (RequestId {self.request_id})" if self.request_id else ""
        return printable(f"{code}{self.message}{request_id}")

    @property
    def throttled(self) -> bool:
        """Whether the server did not look at the request for now; it was then certainly not carried out."""
        return bool(self.retry_after_ms) or self.status == HTTPStatus.TOO_MANY_REQUESTS or "Throttling" in self.code


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> CallError:
    """The error that an answer tells of; `headers` are by lower-case name."""
    envelope = _envelope(body)
    wait = headers.get("x-acs-retry-after", "")
    detail = _first(envelope, "AccessDeniedDetail", "accessDeniedDetail")
    code = _first(envelope, "Code", "code")
    return CallError(
        "" if code is None else str(code),
        status,
        str(_first(envelope, "Message", "message") or _unknown(status, headers, body)),
        str(_first(envelope, "RequestId", "requestId") or headers.get("x-acs-request-id", "")),
        detail if isinstance(detail, dict) else None,
        int(wait) if wait.isascii() and wait.isdigit() and len(wait) < _DIGITS else None,
    )


_DIGITS = 16


def _envelope(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _first(envelope: Mapping[str, Any], *names: str) -> Any:  # noqa: ANN401  JSON
    return next((envelope[name] for name in names if envelope.get(name) is not None), None)


def _unknown(status: int, headers: Mapping[str, str], body: bytes) -> str:
    """What to say of an answer that is no error envelope."""
    try:
        reason = f" {HTTPStatus(status).phrase}"
    except ValueError:
        reason = ""
    where = f", which leads to {headers['location']}" if "location" in headers else ""
    text = " ".join(body[: 4 * _SHOWN].decode("utf-8", "replace").split())[:_SHOWN]
    return f"The answer is HTTP {status}{reason}{where} and no error of the API: {text or 'it is empty'}"
