"""What each operation on versions does. A handler reads: find, decide, store, answer."""

import msgspec

from modelry.access.authority import Caller
from modelry.access.narrowing import narrowed
from modelry.access.predicate import Compare, Contains, Predicate, both
from modelry.errors import (
    APPROVAL_IS_FINAL,
    INVALID_PARAMETER,
    MODEL_NOT_FOUND,
    VERSION_EXISTS,
    VERSION_NOT_FOUND,
    ApiError,
)
from modelry.families.labels.structs import checked, merged, without
from modelry.families.model_versions import numbering, store
from modelry.families.model_versions import operations as ops
from modelry.families.model_versions import structs as s
from modelry.families.model_versions.documents import fits
from modelry.families.models import store as models
from modelry.families.models.documents import Described, labels_of
from modelry.families.models.structs import Done, ModelVersion, VersionFields
from modelry.handling import Call, Document, document, handles, reads
from modelry.storage.database import Conflict, Key, Row
from modelry.storage.documents import given, paged, patched
from modelry.storage.folding import needle
from modelry.storage.paging import page_of
from modelry.storage.times import shown

VERSION_FIELDS = VersionFields.__struct_fields__

_TRANSITIONS = {("Pending", "Approved"), ("Pending", "Rejected")}
"""Changes of approval; to say again what is so is none. Source: the console's guide."""


def _model_key(account_id: int, request: s.CreateModelVersion) -> tuple[Key, ...]:
    """What CreateModelVersion finds first."""
    return (models.model_key(account_id, request.model_id),)


@handles(ops.CREATE_MODEL_VERSION, _model_key)
def create_model_version(call: Call, request: s.CreateModelVersion) -> s.VersionCreated:
    """A new version, by the given or by the next name."""
    model = models.model(call.database, call.account_id, request.model_id)
    status = request.approval_status or "Pending"
    call.caller.require(lambda: _of_new_version(model, status))
    _check_metrics(request)
    name = request.version_name or numbering.following(model.highest_version)
    position = call.transaction.tick()
    new = ModelVersion(
        version_name=name,
        gmt_create_time=shown(position),
        gmt_modified_time=shown(position),
        user_id=call.principal.user_id,
        owner_id=call.principal.owner_id,
        uri=request.uri,
        format_type=request.format_type,
        framework_type=request.framework_type,
        labels=checked(request.labels or [], "Labels"),
        **{name: getattr(request, name) for name in VERSION_FIELDS if name not in {"approval_status", "source_type"}},
        approval_status=status,
        source_type=request.source_type or "Custom",
    )
    highest = numbering.highest(model.highest_version, name)
    try:
        free = not request.version_name
        store.add_version(call.transaction, model, name, position, msgspec.json.encode(new), highest, free=free)
    except Conflict as conflict:
        raise ApiError(VERSION_EXISTS, model_id=request.model_id, version_name=name) from conflict
    return s.VersionCreated(version_name=name)


def version_key(caller: Caller, request: s.VersionAddress) -> tuple[Key, ...]:
    """The rows that GetModelVersion needs."""
    return (store.version_of_model(caller.principal.account_id, request.model_id, request.version_name),)


@reads(ops.GET_MODEL_VERSION, version_key)
def get_model_version(caller: Caller, request: s.VersionAddress, rows: tuple[Row | None, ...]) -> Document:
    """A version."""
    (row,) = rows
    if row is None:
        raise ApiError(MODEL_NOT_FOUND, model_id=request.model_id)
    found, approval_status, *rest, model = row

    def attributes() -> Described:
        of = models.described(caller.principal.account_id, request.model_id, model, *rest)
        return models.of_version(of, request.version_name, approval_status, found or b'{"Labels":[]}')

    caller.require(attributes)
    if found is None:
        raise ApiError(VERSION_NOT_FOUND, model_id=request.model_id, version_name=request.version_name)
    return document(found)


@handles(ops.LIST_MODEL_VERSIONS)
def list_model_versions(call: Call, request: s.ListModelVersions) -> Document:
    """A page of a model's versions that the caller may get."""
    model = models.model(call.database, call.account_id, request.model_id)
    described = model.described
    call.caller.require(described)
    visible = call.caller.reach(ops.GET_MODEL_VERSION.access.action)
    known = {name: described.get(name) for name in ("user_id", "accessibility", "workspace_id", "provider")}
    page = page_of(request, store.SORTED_BY[request.sort_by])
    wanted = both(_wanted(request), narrowed(visible, known))
    documents, total_count = store.versions(call.database, model, wanted, page, call.principal.access_key_id)
    return document(paged(b"Versions", documents, total_count))


@handles(ops.UPDATE_MODEL_VERSION)
def update_model_version(call: Call, request: s.UpdateModelVersion) -> Done:
    """Change what the request gives."""
    model, found = _version(call, request)
    _check_metrics(request)
    before, after = found.approval_status, request.approval_status or found.approval_status
    if before != after and (before, after) not in _TRANSITIONS:
        raise ApiError(APPROVAL_IS_FINAL, version_name=request.version_name, before=before, after=after)
    _change(call, model, found, given(request, VERSION_FIELDS))
    return Done()


@handles(ops.DELETE_MODEL_VERSION)
def delete_model_version(call: Call, request: s.VersionAddress) -> Done:
    """Delete the version."""
    model, found = _version(call, request)
    store.delete_version(call.transaction, model, found)
    return Done()


@handles(ops.CREATE_MODEL_VERSION_LABELS)
def create_model_version_labels(call: Call, request: s.CreateModelVersionLabels) -> Done:
    """Write labels over those that are there."""
    model, found = _version(call, request)
    changes = checked(request.labels or [], "Labels")
    _change(call, model, found, {"Labels": merged(labels_of(found.document), changes, "Labels")})
    return Done()


@handles(ops.DELETE_MODEL_VERSION_LABELS)
def delete_model_version_labels(call: Call, request: s.DeleteModelVersionLabels) -> Done:
    """Take labels off."""
    model, found = _version(call, request)
    _change(call, model, found, {"Labels": without(labels_of(found.document), request.label_keys or [])})
    return Done()


def _of_new_version(model: models.StoredModel, status: str) -> Described:
    """What decides about a version that is to be made: its model, and the approval that it is to have."""
    described = model.described
    described["approval_status"] = status
    return described


def _version(
    call: Call,
    request: s.VersionAddress | s.UpdateModelVersion | s.CreateModelVersionLabels | s.DeleteModelVersionLabels,
) -> tuple[models.StoredModel, store.StoredVersion]:
    """The model and the version that a request is about.

    Raises:
        ApiError: MODEL_NOT_FOUND or VERSION_NOT_FOUND.
        Denied: the caller may not do this to it.
    """
    model = models.model(call.database, call.account_id, request.model_id)
    found = store.version(call.database, model, request.version_name)
    call.caller.require(
        lambda: models.of_version(model.described, found.version_name, found.approval_status, found.document)
    )
    return model, found


def _change(call: Call, model: models.StoredModel, found: store.StoredVersion, changes: dict[str, object]) -> None:
    """Write changes to a version.

    Raises:
        Denied: the caller may not do this to what it becomes, as approving it.
    """
    now = call.transaction.tick()
    changed = patched(found.document, {**changes, "GmtModifiedTime": shown(now)})
    status = str(changes.get("ApprovalStatus") or found.approval_status)
    call.caller.require(lambda: models.of_version(model.described, found.version_name, status, changed))
    store.change_version(call.transaction, model, found, changed, now)


def _check_metrics(request: VersionFields) -> None:
    if not fits(request.metrics):
        reason = f"is larger than {s.METRICS_MAX_BYTES} bytes"
        raise ApiError(INVALID_PARAMETER, name="Metrics", reason=reason)


def _wanted(request: s.ListModelVersions) -> Predicate:
    """The versions that a request asks for, within its model."""
    exact = ("approval_status", "format_type", "framework_type", "source_id", "source_type", "version_name")
    parts: list[Predicate] = [Compare(name, "=", value) for name in exact if (value := getattr(request, name))]
    return both(*parts, *([Contains("folded_labels", needle(request.label))] if request.label else []))
