"""Options that are the fields of an operation's request: a new field is a new option."""

import argparse
import re
import sys
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from modelry.cli.parsing import Parser
from modelry.cli.remote import WrongUsage
from modelry.contract.operation import AnyOperation, JsonObject
from modelry.contract.text import bare

_OPEN = bare(JsonObject)


def add_fields(
    parser: Parser,
    operation: AnyOperation,
    *,
    first: str = "",
    without: Collection[str] = (),
    all_optional: bool = False,
) -> None:
    """An option for each field of a request, but for those that the command fills in itself.

    `first` is the field that is given without an option. A field whose option the command has already is
    `--field-NAME`. With `all_optional` what is missing is found when the request is made.
    """
    group = parser.add_argument_group("fields")
    actions: dict[str, argparse.Action] = {}
    for field in msgspec.structs.fields(operation.request):
        if field.name in without:
            continue
        form = _form(field.type)
        if field.name == first:
            actions[field.name] = parser.add_argument(_dest(field.name), **{**form, "metavar": field.name.upper()})
            continue
        required = field.required and not all_optional
        actions[field.name] = group.add_argument(
            _flag(parser, field.name), dest=_dest(field.name), default=argparse.SUPPRESS, required=required, **form
        )
    parser.on_help(partial(_explain, operation, actions))


def request_of(
    operation: AnyOperation,
    given: argparse.Namespace,
    fixed: Mapping[str, object] | None = None,
    base: Mapping[str, msgspec.Raw] | None = None,
) -> Any:  # noqa: ANN401  the request of any operation
    """The request that the options say, over the fields of `base` by wire name; `fixed` goes over both.

    Raises:
        WrongUsage: a value is not what its field takes.
    """
    values: dict[str, Any] = dict(base or {})
    for field in msgspec.structs.fields(operation.request):
        said = (fixed or {}).get(field.name, getattr(given, _dest(field.name), None))
        if said is not None:
            values[field.encode_name] = said
    try:
        return msgspec.json.decode(msgspec.json.encode(values), type=operation.request)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise WrongUsage(_refusal(operation, str(error))) from error


def json_text(text: str) -> msgspec.Raw:
    """JSON that is written out, or in a file (`@FILE`), or on standard input (`@-`).

    Raises:
        argparse.ArgumentTypeError: it cannot be read.
    """
    try:
        data = _content(text[1:]) if text.startswith("@") else text.encode()
        msgspec.json.decode(data)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text[1:]} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise argparse.ArgumentTypeError(f"it is no JSON: {error}") from error
    return msgspec.Raw(data.strip())


def _content(path: str) -> bytes:
    return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()


def _object(text: str) -> msgspec.Raw:
    value = json_text(text)
    if not bytes(value).startswith(b"{"):
        raise argparse.ArgumentTypeError("it is no JSON object")
    return value


def _pair(text: str) -> object:
    """A key and a value, `KEY=VALUE`; or as JSON."""
    if text.startswith(("{", "@")):
        return _object(text)
    key, _, value = text.partition("=")
    return {"Key": key, "Value": value}


def _whole_number(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,20}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number")
    return int(text)


def _form(type_: Any) -> dict[str, Any]:  # noqa: ANN401  any type
    """How argparse reads a value of a type."""
    given = bare(type_)
    if given is bool:
        return {"action": argparse.BooleanOptionalAction}
    if get_origin(given) is list:
        return {**_form(get_args(given)[0]), "action": "append"}
    if get_origin(given) is Literal:
        return {"choices": tuple(choice for choice in get_args(given) if choice != "")}
    if given is str:
        return {"metavar": "TEXT"}
    if given is int:
        return {"type": _whole_number, "metavar": "N"}
    if given is _OPEN:
        return {"type": _object, "metavar": "JSON"}
    if isinstance(given, type) and issubclass(given, msgspec.Struct):
        pair = [field.encode_name for field in msgspec.structs.fields(given)] == ["Key", "Value"]
        return {"type": _pair, "metavar": "KEY=VALUE"} if pair else {"type": _object, "metavar": "JSON"}
    return {"type": json_text, "metavar": "JSON"}


_KEPT = "A JSON object, kept as the bytes that were sent: every number comes back as it was written."
"""What every field of this type is said to be; the option's metavar says it too."""


def _explain(operation: AnyOperation, actions: Mapping[str, argparse.Action]) -> None:
    """Say of each option what its field means, from the declaration."""
    from modelry.contract.openapi import Structs

    schemas = Structs([operation.request]).schema(operation.request)["properties"]
    for field in msgspec.structs.fields(operation.request):
        if field.name in actions:
            actions[field.name].help = _meaning(schemas[field.encode_name], bare(field.type)).replace("%", "%%")


def _meaning(schema: dict[str, Any], type_: Any) -> str:  # noqa: ANN401  any type
    from modelry.contract.reference import limits

    said = (
        schema.get("description", "").removesuffix(_KEPT).strip() if type_ is _OPEN else schema.get("description", "")
    )
    parts = [said.rstrip(".")]
    if get_origin(type_) is list:
        parts.append("may be repeated")
    if "enum" not in schema and get_origin(type_) is not list:
        parts.append(limits(schema).replace("`", ""))
    if schema.get("default") not in {None, ""}:
        parts.append(f"default: {schema['default']}")
    return "; ".join(filter(None, parts))


def _refusal(operation: AnyOperation, message: str) -> str:
    """A message of msgspec, with the option in place of the path."""
    options = {field.encode_name: f"--{_kebab(field.name)}" for field in msgspec.structs.fields(operation.request)}
    missing = re.fullmatch(r"Object missing required field `(\w+)`", message)
    if missing:
        return f"{options[missing[1]]} is required"
    found = re.fullmatch(r"(?P<reason>.*?) - at `\$\.(?P<name>\w+)(?P<rest>.*)`", message, re.DOTALL)
    if found is None:
        return message
    return f"{options.get(found['name'], found['name'])}{found['rest']}: {found['reason']}"


def _flag(parser: argparse.ArgumentParser, name: str) -> str:
    flag = f"--{_kebab(name)}"
    return f"--field-{_kebab(name)}" if flag in parser._option_string_actions else flag  # noqa: SLF001  no public way


def _dest(name: str) -> str:
    """Where argparse puts a field: never where an option of the command is."""
    return f"field.{name}"


def _kebab(name: str) -> str:
    return name.replace("_", "-")
