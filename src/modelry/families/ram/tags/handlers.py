"""What each operation on tags does."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from modelry.errors import INVALID_PARAMETER, MISSING_PARAMETER, ApiError
from modelry.families.ram.policies import store as policies
from modelry.families.ram.roles import store as roles
from modelry.families.ram.structs import Done
from modelry.families.ram.tagging import Tag, carries, fits, tagged
from modelry.families.ram.tags import operations as ops
from modelry.families.ram.tags import structs as s
from modelry.handling import Call, handles
from modelry.storage.folding import folded

_PAGE_SIZE = 100

_Change = Callable[[Sequence[Tag]], Sequence[Tag]]


class _Tagged(NamedTuple):
    """A resource as this family sees it."""

    name: str
    position: int
    tags: Sequence[Tag]


class _Entry(NamedTuple):
    """A tag of a resource, and its place in the list of all."""

    position: int
    shown: s.TagResource

    @property
    def place(self) -> tuple[int, str]:
        """Grows along the list."""
        return self.position, self.shown.tag_key


def _change_role(call: Call, name: str, change: _Change) -> None:
    found = roles.role(call.database, call.account_id, name)
    roles.change_role(call.transaction, call.account_id, found, {"Tags": change(found.document.tags)})


def _change_policy(call: Call, name: str, change: _Change) -> None:
    found = policies.policy(call.database, call.account_id, name)
    policies.change_policy(call.transaction, call.account_id, found, {"Tags": change(found.stored.tags)})


def _roles(call: Call) -> Iterator[_Tagged]:
    for each in roles.roles(call.database, call.account_id, 0):
        yield _Tagged(each.role_name, each.position, each.document.tags)


def _policies(call: Call) -> Iterator[_Tagged]:
    for each in policies.policies(call.database, call.account_id, 0):
        yield _Tagged(each.stored.policy_name, each.position, each.stored.tags)


class _Kind(NamedTuple):
    """What can be done with one type of resource."""

    change: Callable[[Call, str, _Change], None]
    all: Callable[[Call], Iterator[_Tagged]]


_KINDS: Mapping[s.ResourceType, _Kind] = {
    "role": _Kind(_change_role, _roles),
    "policy": _Kind(_change_policy, _policies),
}


@handles(ops.TAG_RESOURCES)
def tag_resources(call: Call, request: s.TagResources) -> Done:
    return _changed(call, request, lambda tags: tagged(tags, request.tag))


@handles(ops.UNTAG_RESOURCES)
def untag_resources(call: Call, request: s.UntagResources) -> Done:
    gone = set(request.tag_keys or ())
    if not gone and not request.all:
        raise ApiError(MISSING_PARAMETER, name="TagKeys or All")
    return _changed(call, request, lambda tags: [tag for tag in tags if gone and tag.tag_key not in gone])


@handles(ops.LIST_TAG_RESOURCES)
def list_tag_resources(call: Call, request: s.ListTagResources) -> s.TagResourcesPage:
    names = _required(call, request.resource_type, request.resource_names or ())
    if not names:
        call.caller.require({"resource": f"{call.account_id}:{request.resource_type}/*"})
    after = _place(request.next_token) if request.next_token else (0, "")
    entries = (each for each in _entries(call, request, names) if each.place > after)
    if names and request.page_size is UNSET:
        return s.TagResourcesPage(tag_resources=[each.shown for each in entries])
    size = request.page_size or _PAGE_SIZE
    found = list(islice(entries, size + 1))
    return s.TagResourcesPage(
        tag_resources=[each.shown for each in found[:size]],
        next_token=_token(found[size - 1].place) if len(found) > size else UNSET,
    )


def _changed(call: Call, request: s.TaggedResources, change: _Change) -> Done:
    for name in _required(call, request.resource_type, request.resource_names):
        _KINDS[request.resource_type].change(call, name, change)
    return Done()


def _required(call: Call, resource_type: s.ResourceType, names: Sequence[str]) -> list[str]:
    """The names, folded and each once, of resources that the caller may do this with.

    Raises:
        Denied: one of them is not allowed.
    """
    wanted = list(dict.fromkeys(map(folded, names)))
    for name in wanted:
        call.caller.require({"resource": f"{call.account_id}:{resource_type}/{name}"})
    return wanted


def _entries(call: Call, request: s.ListTagResources, names: Sequence[str]) -> Iterator[_Entry]:
    wanted = request.tag or ()
    for each in _KINDS[request.resource_type].all(call):
        if (names and folded(each.name) not in names) or not carries(each.tags, wanted):
            continue
        for tag in each.tags:
            if not wanted or any(fits(tag, filtered) for filtered in wanted):
                shown = s.TagResource(
                    resource_type=request.resource_type,
                    resource_name=each.name,
                    tag_key=tag.tag_key,
                    tag_value=tag.tag_value,
                )
                yield _Entry(each.position, shown)


def _token(place: tuple[int, str]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def _place(token: str) -> tuple[int, str]:
    try:
        data = base64.b64decode(token, altchars=b"-_", validate=True)
        return msgspec.json.decode(data, type=tuple[int, str])
    except (binascii.Error, ValueError) as error:  # a ValueError too: text that is not ASCII, and msgspec's own
        raise ApiError(INVALID_PARAMETER, name="NextToken", reason="is not one of an answer") from error
