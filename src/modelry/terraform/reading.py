"""What the server shows of a resource, wherever it has to be asked for."""

from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from modelry.client import CallError
from modelry.contract.operation import AnyOperation
from modelry.contract.resource_type import Held, ResourceType, Tagged
from modelry.terraform.attributes import by_name
from modelry.terraform.calling import Call, operation
from modelry.terraform.requests import Fields, answered, chosen, fits

_PAGED = "marker"
"""A field of the requests for lists whose answers may be a part."""


def read(kind: ResourceType, fields: Fields, call: Call) -> Any | None:  # noqa: ANN401  any answer
    """What the server shows of it; None when it is gone.

    Raises:
        ClientError: it was not told.
    """
    try:
        answer = _found(kind, fields, call)
        return answer if answer is None else _with_tags(kind, fields, answer, call)
    except CallError as failure:
        if says_gone(kind, failure):
            return None
        raise


def says_gone(kind: ResourceType, failure: CallError, *others: AnyOperation) -> bool:
    """Whether the named resource is not there: not every 404 says so, a proxy's page or a wrong key's does not."""
    operations = [o for o in (kind.read, kind.delete, *others) if o is not None]
    declared = {e.code for o in operations for e in o.errors if e.status == HTTPStatus.NOT_FOUND}
    return failure.code in kind.gone | declared


def held(kind: ResourceType) -> tuple[str, Held]:
    """The set that a resource is, where it is nothing else."""
    return next((name, apart) for name, apart in kind.apart.items() if isinstance(apart, Held))


def _found(kind: ResourceType, fields: Fields, call: Call) -> Any | None:  # noqa: ANN401  any answer
    names = kind.address or kind.identity
    address = dict(kind.constants) | {name: fields[name] for name in names if name in fields}
    if kind.create is None:
        name, of = held(kind)
        entries = [getattr(entry, of.entry) for entry in call.entries(kind.read, address)]
        return SimpleNamespace(**address, **{name: entries}) if entries else None
    if kind.entry and hasattr(kind.read.request, _PAGED):
        return chosen(kind, call.entries(kind.read, address), fields)
    if kind.scan is None:
        return answered(kind, call(kind.read, address), fields)
    return _addressed(kind, fields, call) or _scanned(kind, fields, call)


def _addressed(kind: ResourceType, fields: Fields, call: Call) -> Any | None:  # noqa: ANN401  any answer
    """What has its address, if it is what has its id too."""
    if not all(name in fields for name in kind.address):
        return None
    try:
        answer = answered(kind, call(kind.read, fields), fields)
    except CallError as failure:
        if says_gone(kind, failure):
            return None
        raise
    return answer if fits(answer, fields, set(kind.identity) & set(fields)) else None


def _scanned(kind: ResourceType, fields: Fields, call: Call) -> Any | None:  # noqa: ANN401  any answer
    """What has its id, under whichever address; or, where an id is nobody's, what has it for its address."""
    assert kind.scan is not None  # noqa: S101  for the type checker
    ids = [fields.get(name) for name in kind.identity]
    entries = list(call.entries(kind.scan, {})) if all(ids) else []
    by_id = [entry for entry in entries if [getattr(entry, name) for name in kind.identity] == ids]
    by_address = [entry for entry in entries if [getattr(entry, name) for name in kind.address] == ids]
    for entry in (by_id or ([] if _has_address(kind, fields) else by_address))[:1]:
        address = {name: getattr(entry, name) for name in kind.address}
        return answered(kind, call(kind.read, address), address)
    return None


def _has_address(kind: ResourceType, fields: Fields) -> bool:
    return all(name in fields for name in kind.address)


def _with_tags(kind: ResourceType, fields: Fields, answer: Any, call: Call) -> Any:  # noqa: ANN401  any answer
    """The answer together with its tags, which are asked for apart."""
    for name, tagged in kind.apart.items():
        if isinstance(tagged, Tagged):
            listed = call(operation(tagged.listing), whose(tagged, fields)).tag_resources
            answer = SimpleNamespace(**vars(answer), **{by_name(kind)[name].field: listed})
    return answer


def whose(tagged: Tagged, fields: Fields) -> Fields:
    """The fields that say whose tags they are."""
    return {field: fields.get(source, source) for field, source in tagged.fields.items()}
