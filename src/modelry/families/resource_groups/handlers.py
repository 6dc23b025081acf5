"""What each operation on resource groups does."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from modelry.errors import INVALID_PARAMETER, MISSING_PARAMETER, ApiError
from modelry.errors import resource_manager as e
from modelry.families.ram.dates import date
from modelry.families.ram.tagging import Tag, Tags, carries, fits, tagged
from modelry.families.resource_groups import operations as ops
from modelry.families.resource_groups import store
from modelry.families.resource_groups import structs as s
from modelry.families.resource_groups.store import FoundGroup
from modelry.handling import Call, handles
from modelry.storage.database import Conflict, Connection
from modelry.storage.folding import folded, needle
from modelry.storage.instance import instance

MAX_GROUPS = 30
"""Besides the default one. Source: Alibaba Cloud's documentation of CreateResourceGroup."""

_ID = re.compile(r"rg-[A-Za-z0-9]{1,61}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_NAME_LENGTHS = (2, 50)
_DISPLAY_NAME_LENGTHS = (1, 50)


@handles(ops.CREATE_RESOURCE_GROUP)
def create_resource_group(call: Call, request: s.CreateResourceGroup) -> s.ResourceGroupAnswer:
    _check_name(request.name)
    _check_display_name("DisplayName", request.display_name)
    if store.group_count(call.database, call.account_id) > MAX_GROUPS:
        raise ApiError(e.LIMIT_EXCEEDED_RESOURCE_GROUP, limit=MAX_GROUPS)
    tags = tagged([], [] if request.tag is msgspec.UNSET else request.tag)
    try:
        new = store.add(
            call.transaction, call.account_id, name=request.name, display_name=request.display_name, tags=tags
        )
    except Conflict as conflict:
        raise ApiError(e.ENTITY_ALREADY_EXISTS_RESOURCE_GROUP, name=request.name) from conflict
    return s.ResourceGroupAnswer(resource_group=_standing(call, new, "OK"))


@handles(ops.GET_RESOURCE_GROUP)
def get_resource_group(call: Call, request: s.GetResourceGroup) -> s.ResourceGroupAnswer:
    found = _group(call, request.resource_group_id)
    shown = _standing(call, found, "OK")
    return s.ResourceGroupAnswer(resource_group=_with_tags(shown, found) if request.include_tags else shown)


@handles(ops.LIST_RESOURCE_GROUPS)
def list_resource_groups(call: Call, request: s.ListResourceGroups) -> s.ResourceGroups:
    fitting = [found for found in store.groups(call.database, call.account_id) if _fits(found, request)]
    start = (request.page_number - 1) * request.page_size
    with_tags = request.include_tags or bool(request.tag)
    page = []
    for found in fitting[start : start + request.page_size]:
        shown = msgspec.structs.replace(_shown(call, found), status="OK")
        page.append(_with_tags(shown, found) if with_tags else shown)
    return s.ResourceGroups(
        resource_groups=s.ResourceGroupList(resource_group=page),
        total_count=len(fitting),
        page_number=request.page_number,
        page_size=request.page_size,
    )


@handles(ops.UPDATE_RESOURCE_GROUP)
def update_resource_group(call: Call, request: s.UpdateResourceGroup) -> s.ResourceGroupAnswer:
    _check_display_name("NewDisplayName", request.new_display_name)
    found = _group(call, request.resource_group_id)
    after = store.set_display_name(call.transaction, call.account_id, found, request.new_display_name)
    return s.ResourceGroupAnswer(resource_group=_shown(call, after))


@handles(ops.DELETE_RESOURCE_GROUP)
def delete_resource_group(call: Call, request: s.GroupAddress) -> s.ResourceGroupAnswer:
    found = _group(call, request.resource_group_id)
    if found.is_default:
        raise ApiError(e.DELETE_CONFLICT_DEFAULT)
    if store.is_in_use(call.database, call.account_id, found.document.id):
        raise ApiError(e.DELETE_CONFLICT_RESOURCE)
    store.delete(call.transaction, call.account_id, found)
    return s.ResourceGroupAnswer(resource_group=_standing(call, found, "PendingDelete"))


@handles(ops.TAG_RESOURCES)
def tag_resources(call: Call, request: s.TagResources) -> s.Done:
    for found in _tagged_groups(call, request):
        tags = tagged(found.document.tags, request.tag)
        store.set_tags(call.transaction, call.account_id, found, tags)
    return s.Done()


@handles(ops.UNTAG_RESOURCES)
def untag_resources(call: Call, request: s.UntagResources) -> s.Done:
    found = _tagged_groups(call, request)
    gone = set(request.tag_key) if request.tag_key else None
    if gone is None and not request.all:
        raise ApiError(MISSING_PARAMETER, name="TagKey or All")
    for each in found:
        left = [tag for tag in each.document.tags if gone is not None and tag.tag_key not in gone]
        store.set_tags(call.transaction, call.account_id, each, left)
    return s.Done()


@handles(ops.LIST_TAG_RESOURCES)
def list_tag_resources(call: Call, request: s.ListTagResources) -> s.TaggedResources:
    _check_type(request.resource_type)
    wanted = None if request.resource_id is msgspec.UNSET else set(request.resource_id)
    for resource_group_id in ["*"] if wanted is None else sorted(wanted):
        _require(call, resource_group_id)
    after = _place(request.next_token) if request.next_token else _BEGINNING
    rest = [
        each for each in _carried(call.database, call.account_id) if each.place > after and _is_wanted(each, request)
    ]
    page = rest[: request.max_results]
    return s.TaggedResources(
        tag_resources=[each.shown for each in page],
        next_token=_token(page[-1].place) if len(page) < len(rest) else "",
    )


class _Place(NamedTuple):
    """Where a tag stands in the list of all."""

    position: int
    """Of the group that carries it."""
    tag_key: str


class _Carried(NamedTuple):
    """A tag in the list of all."""

    place: _Place
    shown: s.TagResource


_BEGINNING = _Place(0, "")


def _carried(database: Connection, account_id: int) -> Iterator[_Carried]:
    for found in store.groups(database, account_id):
        for tag in found.document.tags:
            shown = s.TagResource(
                resource_type="resourcegroup",
                resource_id=found.document.id,
                tag_key=tag.tag_key,
                tag_value=tag.tag_value,
            )
            yield _Carried(_Place(found.position, tag.tag_key), shown)


def _is_wanted(each: _Carried, request: s.ListTagResources) -> bool:
    if request.resource_id is not msgspec.UNSET and each.shown.resource_id not in request.resource_id:
        return False
    tag = Tag(tag_key=each.shown.tag_key, tag_value=each.shown.tag_value)
    return not request.tag or any(fits(tag, wanted) for wanted in request.tag)


def _token(place: _Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def _place(token: str) -> _Place:
    """Where a page begins.

    Raises:
        ApiError: INVALID_PARAMETER: no answer had this token.
    """
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(token), type=_Place)
    except (binascii.Error, ValueError) as error:
        raise ApiError(INVALID_PARAMETER, name="NextToken", reason="was not in any answer") from error


def _group(call: Call, resource_group_id: str) -> FoundGroup:
    """The resource group that a request is about.

    Raises:
        ApiError: INVALID_RESOURCE_GROUP_ID, ENTITY_NOT_EXISTS_RESOURCE_GROUP.
    """
    if not _ID.fullmatch(resource_group_id):
        raise ApiError(e.INVALID_RESOURCE_GROUP_ID)
    return store.group(call.database, call.account_id, resource_group_id)


def _tagged_groups(call: Call, request: s.TagResources | s.UntagResources) -> list[FoundGroup]:
    """The resource groups whose tags a request changes, each once and all of them permitted.

    Raises:
        ApiError: as `_group`, and INVALID_RESOURCE_TYPE.
        Denied: one of them is not for the caller to tag.
    """
    _check_type(request.resource_type)
    ids = list(dict.fromkeys(request.resource_id))
    for resource_group_id in ids:
        _require(call, resource_group_id)
    return [_group(call, resource_group_id) for resource_group_id in ids]


def _require(call: Call, resource_group_id: str) -> None:
    call.caller.require({"resource": f"{call.account_id}:resourcegroup/{resource_group_id}"})


def _check_type(resource_type: str) -> None:
    if resource_type.lower() != "resourcegroup":
        raise ApiError(e.INVALID_RESOURCE_TYPE)


def _check_name(name: str) -> None:
    shortest, longest = _NAME_LENGTHS
    if not shortest <= len(name) <= longest:
        raise ApiError(e.INVALID_NAME_LENGTH, shortest=shortest, longest=longest)
    if not _NAME.fullmatch(name):
        raise ApiError(e.INVALID_NAME_CHARS)


def _check_display_name(parameter: str, display_name: str) -> None:
    shortest, longest = _DISPLAY_NAME_LENGTHS
    if not shortest <= len(display_name) <= longest:
        raise ApiError(e.INVALID_DISPLAY_NAME_LENGTH, name=parameter, shortest=shortest, longest=longest)


def _fits(found: FoundGroup, request: s.ListResourceGroups) -> bool:
    """Whether a resource group is one of those that a list asks for."""
    document = found.document
    ids = request.resource_group_ids or ([request.resource_group_id] if request.resource_group_id else [])
    return (
        (not ids or document.id in ids)
        and (not request.name or needle(request.name) in folded(document.name))
        and (not request.display_name or needle(request.display_name) in folded(document.display_name))
        and request.status in {msgspec.UNSET, "OK"}
        and (not request.tag or carries(document.tags, request.tag))
    )


def _shown(call: Call, found: FoundGroup) -> s.ResourceGroup:
    return s.ResourceGroup(
        id=found.document.id,
        name=found.document.name,
        display_name=found.document.display_name,
        account_id=str(call.account_id),
        create_date=date(found.position),
    )


def _standing(call: Call, found: FoundGroup, status: s.Status) -> s.ResourceGroup:
    """A resource group, and how far it is in the region that is served."""
    served = instance(call.database)
    regions = [] if served is None else [s.RegionStatus(region_id=served.region, status=status)]
    statuses = s.RegionStatuses(region_status=regions)
    return msgspec.structs.replace(_shown(call, found), status=status, region_statuses=statuses)


def _with_tags(shown: s.ResourceGroup, found: FoundGroup) -> s.ResourceGroup:
    return msgspec.structs.replace(shown, tags=Tags(tag=found.document.tags))
