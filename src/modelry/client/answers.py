"""A success as the operation's response struct.

Modelry leaves out what is absent. The real service may write `null` for it, which reads as absent.
"""

from functools import cache
from typing import Any, get_args, get_origin

import msgspec

from modelry.client.failures import CallError, refusal
from modelry.client.transport import HttpAnswer
from modelry.contract.operation import AnyOperation, Operation, Req, Res
from modelry.contract.text import bare

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NO_CONTENT = 204


def checked(operation: AnyOperation, answer: HttpAnswer) -> bytes:
    """The JSON object of a success.

    Raises:
        CallError: it is none.
    """
    body = b"{}" if answer.status == _NO_CONTENT else answer.body
    try:
        _OBJECT.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        refused = refusal(answer.status, answer.headers, answer.body)
        message = f"{operation.name} was not answered with a JSON object. {refused.message}"
        raise CallError("", answer.status, message, refused.request_id) from None
    return body


def decoded(operation: Operation[Req, Res], answer: HttpAnswer) -> Res:
    """The response struct of a success.

    Raises:
        CallError: the answer has not the operation's form.
    """
    body = checked(operation, answer)
    decoder: msgspec.json.Decoder[Res] = _decoder(operation.response)
    try:
        if b"null" not in body:
            return decoder.decode(body)
        return decoder.decode(_without_nulls(body, operation.response))
    except msgspec.ValidationError as error:
        message = f"The answer is not what {operation.name} answers: {error}"
        raise CallError("", answer.status, message, refusal(200, answer.headers, body).request_id) from error


@cache
def _decoder(response: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(response)


def _without_nulls(data: bytes, type_: Any) -> bytes:  # noqa: ANN401  any type
    """JSON without the `null`s that stand for fields of ours; open objects stay as they are, byte for byte."""
    given = bare(type_)
    if isinstance(given, type) and issubclass(given, msgspec.Struct) and data.startswith(b"{"):
        types = {f.encode_name: f.type for f in msgspec.structs.fields(given)}
        entries = _OBJECT.decode(data).items()
        return msgspec.json.encode(
            {
                k: msgspec.Raw(_without_nulls(bytes(v), types[k]))
                for k, v in entries
                if k in types and bytes(v) != b"null"
            }
        )
    if get_origin(given) is list and data.startswith(b"["):
        item = get_args(given)[0]
        items = msgspec.json.decode(data, type=list[msgspec.Raw])
        return msgspec.json.encode([msgspec.Raw(_without_nulls(bytes(v), item)) for v in items])
    return data
