"""What a request itself says that it is about, from the templates of its operation's row."""

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from modelry.access.principal import Principal
from modelry.contract.operation import AnyOperation

_FIELD = re.compile(r"\{(\w+)\}")
_SYSTEM_ACCOUNT = "system"
"""The account that system policies belong to. Source: RAM's table of resources."""

Named = Callable[[Any, Principal], str]


def named(operation: AnyOperation, request: Any, principal: Principal) -> Iterator[str]:
    """The attribute `resource` of everything that a request is about: `ACCOUNT:user/alice`.

    RAM's names are compared without regard to case, so they come folded.
    """
    for fill in _filled(operation, operation.access.resources):
        yield fill(request, principal)


def meant(operation: AnyOperation, request: Any, principal: Principal) -> list[str]:
    """What a request is about as far as it says so itself, also where nothing was looked up: `model/model-1`."""
    filled = (fill(request, principal) for fill in _filled(operation, operation.about))
    return [resource.partition(":")[2] for resource in filled]


@functools.cache
def _filled(operation: AnyOperation, templates: tuple[str, ...]) -> tuple[Named, ...]:
    fields = {f.encode_name: f.name for f in msgspec.structs.fields(operation.request)}
    folds = operation.style.product == "Ram"
    return tuple(_filling(template, fields, folds=folds) for template in templates)


def _filling(template: str, fields: dict[str, str], *, folds: bool) -> Named:
    pieces = _FIELD.split(template)  # text, field, text, field, ..., text
    names = [fields[wire_name] for wire_name in pieces[1::2]]
    texts = pieces[::2]
    has_type = template.startswith("policy/") and "PolicyType" in fields

    def fill(request: Any, principal: Principal) -> str:
        account = _SYSTEM_ACCOUNT if has_type and request.policy_type == "System" else principal.owner_id
        path = texts[0]
        for name, text in zip(names, texts[1:], strict=True):
            path += (getattr(request, name) or principal.name) + text
        return f"{account}:{path.casefold() if folds else path}"

    return fill
