"""Data sources: what a list operation finds, as Terraform shows it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

import msgspec

from modelry.client import Client, ClientError
from modelry.contract.notes import field_notes
from modelry.contract.resource_type import DataType
from modelry.contract.text import bare
from modelry.terraform.attributes import COMPANION, kind_of
from modelry.terraform.life import Problem
from modelry.terraform.values import Kind, State, shown

_PAGES = frozenset({"page_number", "page_size", "marker", "max_items", "fields", "option", "module_list", "verbose"})
"""Of requests; what is about their form is not asked for."""

_RENAMED = {"gmt_create_time": "create_time", "gmt_modified_time": "modified_time", "provider": "model_provider"}
"""Field to name; Terraform keeps `provider` to itself."""

_DOUBLES = frozenset({"list_resource_group_id", "tags"})
"""Fields of entries that say what another one says."""

_PAGE_SIZE = 100
_NEWEST_FIRST = {"order": "DESC", "sort_by": "GmtCreateTime"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Argument:
    """One argument of a data source."""

    name: str
    field: str
    kind: Kind
    type: Any
    required: bool
    description: str
    parts: tuple[str, ...] = ()
    """Of a block: its own arguments, by their names on the wire."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One field of what is found."""

    name: str
    field: str
    kind: Kind


@cache
def arguments(data: DataType) -> tuple[Argument, ...]:
    """What may be asked for."""
    fields = {f.name: f for f in msgspec.structs.fields(data.listing.request) if f.name not in _PAGES}
    if data.choice == "newest":
        fields = {name: f for name, f in fields.items() if name not in _NEWEST_FIRST}
    if data.read is not None:
        fields = {f.name: f for f in msgspec.structs.fields(data.read.request)} | fields
    notes = field_notes(data.listing.request)
    return tuple(
        Argument(
            name=data.renamed.get(name, _RENAMED.get(name, name)),
            field=name,
            kind=kind_of(f.type),
            type=f.type,
            required=f.required and data.read is None,
            description=notes.get(name, ""),
            parts=_parts(f.type),
        )
        for name, f in sorted(fields.items())
    )


@cache
def results(data: DataType) -> tuple[Result, ...]:
    """What is shown of an entry."""
    answered = data.listing.response
    for name in data.entries.split(".") if data.entries else ():
        (answered,) = (bare(f.type) for f in msgspec.structs.fields(answered) if f.name == name)
    entry = get_args(answered)[0] if data.entries else answered
    return tuple(sorted(_results(data, entry), key=lambda result: result.name))


def _results(data: DataType, entry: Any) -> Iterator[Result]:  # noqa: ANN401  any struct
    for field in msgspec.structs.fields(entry):
        plain, kind = bare(field.type), kind_of(field.type)
        if field.name in _DOUBLES or (isinstance(plain, type) and issubclass(plain, msgspec.Struct)):
            continue
        name = _RENAMED.get(field.name, field.name)
        yield from (Result(name=n, field=field.name, kind=kind) for n in data.shown.get(field.name, (name,)))
        if kind is Kind.MAP:
            yield Result(name=f"{name}{COMPANION}", field=field.name, kind=Kind.JSON)


def found(data: DataType, config: Mapping[str, Any], client: Client) -> State | Problem:
    """The state of a data source."""
    try:
        entries = [entry for entry in _entries(data, config, client) if _is_asked_for(data, config, entry)]
    except re.error as error:
        return Problem(f"{data.name}: unusable name_regex", str(error))
    except msgspec.ValidationError as error:
        return Problem(f"{data.name}: unusable argument", str(error))
    except ClientError as error:
        return Problem(f"{data.listing.name}: failed", str(error))
    state = {name: config.get(name) for name in (a.name for a in arguments(data))}
    if data.choice == "all":
        ids = [_id(data, config, entry) for entry in entries]
        names = {"names": [getattr(e, data.named) for e in entries], **_own(config)} if data.named else {}
        shown_as = data.entries.partition(".")[0]
        return state | names | {"id": data.name, "ids": ids, shown_as: [_shown(data, entry) for entry in entries]}
    if not entries or (data.choice == "only" and len(entries) > 1):
        return Problem(f"{data.name}: {len(entries)} found", "The arguments have to lead to exactly one.")
    return state | _shown(data, entries[0]) | {"id": _id(data, config, entries[0])} | _kept(data, config)


def _own(config: Mapping[str, Any]) -> State:
    """Arguments that no request carries."""
    return {"name_regex": config.get("name_regex")}


def _entries(data: DataType, config: Mapping[str, Any], client: Client) -> Iterator[Any]:
    if data.choice == "itself":
        yield client.call(data.listing, _request(data, config))
    elif data.read is not None and all(config.get(name) for name in data.identity):
        yield client.call(data.read, data.read.request(**{name: config[name] for name in data.identity}))
    else:
        yield from client.items(data.listing, _request(data, config))


def _kept(data: DataType, config: Mapping[str, Any]) -> State:
    """Arguments that a result has the name of stay as they are written; a word such as `latest` does not."""
    names = {r.name for r in results(data)}
    return {n: v for n, v in config.items() if n in names and v is not None and not _is_word(data, n, v)}


def _is_word(data: DataType, name: str, value: Any) -> bool:  # noqa: ANN401  any value
    return isinstance(value, str) and value in data.words.get(name, ())


def _request(data: DataType, config: Mapping[str, Any]) -> Any:  # noqa: ANN401  any request
    known = {f.name for f in msgspec.structs.fields(data.listing.request)}
    given: State = {"page_size": _PAGE_SIZE} if "page_size" in known else {}
    given |= _NEWEST_FIRST if data.choice == "newest" else {}
    for argument in (a for a in arguments(data) if a.field in known):
        value = config.get(argument.name)
        if value is None or value == [] or _is_word(data, argument.name, value):
            continue
        if argument.parts:
            value = [{part: block[part.lower()] or "" for part in argument.parts} for block in value]
        given[argument.field] = msgspec.convert(value, argument.type)
    return data.listing.request(**given)


def _is_asked_for(data: DataType, config: Mapping[str, Any], entry: Any) -> bool:  # noqa: ANN401  any entry
    """Whether the values that are given as a whole are the entry's."""
    if data.named and not _is_named(data, config, entry):
        return False
    given = {name: config.get(name) for name in data.exact}
    return all(
        value is None or _is_word(data, name, value) or getattr(entry, name) == value for name, value in given.items()
    )


def _is_named(data: DataType, config: Mapping[str, Any], entry: Any) -> bool:  # noqa: ANN401  any entry
    """Whether its name and its id are among those that are asked for."""
    regex, ids = config.get("name_regex"), config.get("ids")
    return (not regex or re.search(regex, getattr(entry, data.named)) is not None) and (
        not ids or _id(data, config, entry) in ids
    )


def _id(data: DataType, config: Mapping[str, Any], entry: Any) -> str:  # noqa: ANN401  any entry
    return ":".join(str(getattr(entry, name, None) or config[name]) for name in data.identity)


def _shown(data: DataType, entry: Any) -> State:  # noqa: ANN401  any entry
    return {result.name: shown(result.kind, getattr(entry, result.field)) for result in results(data)}


def _parts(type_: Any) -> tuple[str, ...]:  # noqa: ANN401  any annotation
    plain = bare(type_)
    inner = get_args(plain)[0] if get_origin(plain) is list else None
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
        return tuple(field.encode_name for field in msgspec.structs.fields(inner))
    return ()
