"""What ListModels looks for, as a predicate."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import msgspec

from modelry.access.predicate import Compare, Contains, Has, IsIn, Not, Operator, Predicate, Present, Some, both
from modelry.errors import INVALID_PARAMETER, ApiError
from modelry.families.models import structs as s
from modelry.families.workspaces.naming import whole_name
from modelry.storage.folding import needle
from modelry.storage.times import milliseconds


class _Column(NamedTuple):
    """A column of Conditions: the attribute that it stands for and how a value is read."""

    attribute: str
    read: Callable[[str], str | int]


_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,20}")


def _whole_number(text: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(text):  # `int` would take blanks, underscores and the digits of other scripts
        message = "a whole number"
        raise ValueError(message)
    return int(text)


_COLUMNS = {
    "ParameterSize": _Column("parameter_size", _whole_number),
    "OrderNumber": _Column("order_number", _whole_number),
    "GmtCreateTime": _Column("gmt_create", milliseconds),
    "GmtModifiedTime": _Column("gmt_modified", milliseconds),
    "ModelName": _Column("model_name", str),
    "ModelType": _Column("model_type", str),
    "Origin": _Column("origin", str),
    "Task": _Column("task", str),
    "Domain": _Column("domain", str),
}

_OPERATORS: dict[str, Operator | Literal["In"]] = {
    "Equal": "=",
    "NotEqual": "<>",
    "LessThan": "<",
    "LessThanOrEqual": "<=",
    "GreaterThan": ">",
    "GreaterThanOrEqual": ">=",
    "In": "In",
}

_INT64 = range(-(2**63), 2**63)


def of_models(request: s.ListModels) -> Predicate:
    """The models that a request asks for.

    Raises:
        ApiError: INVALID_PARAMETER: a condition over an unknown column or operator; the answer lists the known ones.
    """
    return both(*_model_parts(request))


def _model_parts(request: s.ListModels) -> Iterator[Predicate]:
    yield from _scope(request)
    for name in ("domain", "task", "origin", "model_type"):
        value: Any = getattr(request, name)
        if value:
            yield Compare(name, "=", value)
    if request.model_name:
        yield _named(request.model_name)
    if request.query:
        yield Contains("folded_text", needle(request.query))
    if request.label:
        yield Contains("folded_labels", needle(request.label))
    for label in request.tag or []:
        yield Has("labels", (label.key, label.value))
    for number, condition in enumerate(request.conditions or []):
        yield _compared(condition, f"Conditions[{number}]")


def _scope(request: s.ListModels) -> Iterator[Predicate]:
    """Whose models: a provider's public ones, whatever the workspace, or the account's own.

    A provider's models are found without naming it through their collections alone.
    """
    if request.provider:
        yield Compare("provider", "=", request.provider)
        yield Compare("accessibility", "=", "PUBLIC")
    elif request.workspace_id:
        yield Compare("workspace_id", "=", request.workspace_id)
    if request.collections:
        yield Some(tuple(Has("collections", (name,)) for name in request.collections))
    elif not request.provider:
        yield Not(Present("provider"))


def _named(text: str) -> Predicate:
    """Part of a name, or the whole name when it is wrapped in double quotes."""
    name = whole_name(text)
    if name is not None:
        return Compare("model_name", "=", name)
    return Contains("folded_name", needle(text))


def _compared(condition: s.Condition, where: str) -> Predicate:
    column = _COLUMNS.get(condition.column)
    if column is None:
        raise _unknown(f"{where}.Column", condition.column, _COLUMNS)
    operator = _OPERATORS.get(condition.operator)
    if operator is None:
        raise _unknown(f"{where}.Operator", condition.operator, _OPERATORS)
    try:
        values = [_read(column, value) for value in _values(condition.value, several=operator == "In")]
    except ValueError as error:
        reason = f"{condition.value!r} is no value of {condition.column}"
        raise ApiError(INVALID_PARAMETER, name=f"{where}.Value", reason=reason) from error
    return IsIn(column.attribute, tuple(values)) if operator == "In" else Compare(column.attribute, operator, values[0])


def _values(value: str | int | list[str | int], *, several: bool) -> list[str | int]:
    """The values of a condition; `In` takes a JSON list, also as text, or comma separated text."""
    if isinstance(value, list):
        if not several:
            message = "one value"
            raise ValueError(message)
        return value
    if several and isinstance(value, str):
        return msgspec.json.decode(value, type=list[str | int]) if value.startswith("[") else list(value.split(","))
    return [value]


def _read(column: _Column, value: str | int) -> str | int:
    read = column.read(str(value))
    if isinstance(read, int) and read not in _INT64:
        message = "64 bits"
        raise ValueError(message)
    return read


def _unknown(where: str, given: str, allowed: dict[str, Any]) -> ApiError:
    return ApiError(INVALID_PARAMETER, name=where, reason=f"{given!r} is not one of {', '.join(allowed)}")
