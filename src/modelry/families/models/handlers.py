"""What each operation on models does. A handler reads: find, decide, store, answer."""

import msgspec

from modelry.access.predicate import both
from modelry.access.principal import Principal
from modelry.contract.ids import new_id
from modelry.errors import (
    INVALID_PARAMETER,
    MODEL_NAME_EXISTS,
    MODEL_NOT_FOUND,
    ApiError,
)
from modelry.families.labels.structs import Label, checked, merged, without
from modelry.families.models import filters, store
from modelry.families.models import operations as ops
from modelry.families.models import structs as s
from modelry.families.models.documents import labels_of, model_answer, models_answer
from modelry.families.workspaces import store as workspaces
from modelry.handling import Call, Document, Subject, document, handles, reads
from modelry.storage.database import Conflict, Key, Row
from modelry.storage.documents import given, patched
from modelry.storage.paging import page_of
from modelry.storage.times import shown

MODEL_FIELDS = s.ModelFields.__struct_fields__


@handles(ops.CREATE_MODEL)
def create_model(call: Call, request: s.CreateModel) -> s.ModelCreated:
    """A new model in a workspace of the account."""
    workspace_id = _workspace(call, request)
    labels = _labels_and_tag(request)
    position = call.transaction.tick()
    new = s.Model(
        model_id=new_id("model"),
        model_name=request.model_name,
        gmt_create_time=shown(position),
        gmt_modified_time=shown(position),
        user_id=call.principal.user_id,
        owner_id=call.principal.owner_id,
        workspace_id=workspace_id,
        labels=labels,
        **{name: getattr(request, name) for name in MODEL_FIELDS if name != "accessibility"},
        accessibility=request.accessibility or "PRIVATE",
    )
    row = store.StoredModel(position, call.account_id, new.model_id, workspace_id, None, msgspec.json.encode(new))
    try:
        store.add_model(call.transaction, row, new.user_id)
    except Conflict as conflict:
        raise ApiError(MODEL_NAME_EXISTS, workspace_id=workspace_id, model_name=new.model_name) from conflict
    return s.ModelCreated(model_id=new.model_id)


def model_key(principal: Principal, request: s.ModelAddress) -> tuple[Key, ...]:
    """The rows that GetModel needs."""
    return (store.model_with_latest(principal.account_id, request.model_id),)


@reads(ops.GET_MODEL, model_key)
def get_model(subject: Subject, request: s.ModelAddress, rows: tuple[Row | None, ...]) -> Document:
    """A model and its latest version."""
    (row,) = rows
    if row is None or not subject.may_see(lambda: store.visibility(row[3:])):
        raise ApiError(MODEL_NOT_FOUND, model_id=request.model_id)
    return document(model_answer(*row[:3]))


@handles(ops.LIST_MODELS)
def list_models(call: Call, request: s.ListModels) -> Document:
    """A page of the models that the request asks for and the caller may see."""
    page = page_of(request, store.SORTED_BY[request.sort_by])
    wanted = both(filters.of_models(request), call.reach)
    scope = request.workspace_id or None if not request.provider else None
    return document(models_answer(*store.models(call.database, call.account_id, wanted, page, scope)))


@handles(ops.UPDATE_MODEL)
def update_model(call: Call, request: s.UpdateModel) -> s.Done:
    """Change what the request gives."""
    found = store.model(call.database, call.account_id, request.model_id)
    _change(call, found, given(request, (*MODEL_FIELDS, "model_name")))
    return s.Done()


@handles(ops.DELETE_MODEL)
def delete_model(call: Call, request: s.ModelAddress) -> s.Done:
    """Delete the model and everything below it."""
    store.delete_model(call.transaction, store.model(call.database, call.account_id, request.model_id))
    return s.Done()


@handles(ops.CREATE_MODEL_LABELS)
def create_model_labels(call: Call, request: s.CreateModelLabels) -> s.Done:
    """Write labels over those that are there."""
    found = store.model(call.database, call.account_id, request.model_id)
    changes = checked(request.labels or [], "Labels")
    _change(call, found, {"Labels": merged(labels_of(found.document), changes, "Labels")})
    return s.Done()


@handles(ops.DELETE_MODEL_LABELS)
def delete_model_labels(call: Call, request: s.DeleteModelLabels) -> s.Done:
    """Take labels off."""
    found = store.model(call.database, call.account_id, request.model_id)
    _change(call, found, {"Labels": without(labels_of(found.document), request.label_keys or [])})
    return s.Done()


def _change(call: Call, found: store.StoredModel, changes: dict[str, object]) -> None:
    now = call.transaction.tick()
    changed = patched(found.document, {**changes, "GmtModifiedTime": shown(now)})
    try:
        store.change_model(call.transaction, found, changed, now)
    except Conflict as conflict:
        name = changes.get("ModelName")
        raise ApiError(MODEL_NAME_EXISTS, workspace_id=found.workspace_id, model_name=name) from conflict


def _workspace(call: Call, request: s.CreateModel) -> str:
    """The workspace of a new model: the one that is named, else the account's default one."""
    if not request.workspace_id:
        default = workspaces.default_workspace_id(call.database, call.account_id)
        if default is None:
            raise ApiError(INVALID_PARAMETER, name="WorkspaceId", reason="is required: there is no default workspace")
        return default
    workspaces.require(call.database, call.account_id, request.workspace_id)
    return request.workspace_id


def _labels_and_tag(request: s.CreateModel) -> list[Label]:
    """`Labels` and `Tag` as the one set that they are.

    Raises:
        ApiError: INVALID_PARAMETER: they disagree on the value of a key.
    """
    labels = checked(request.labels or [], "Labels")
    tags = checked(request.tag or [], "Tag")
    values = {label.key: label.value for label in labels}
    for tag in tags:
        if values.get(tag.key, tag.value) != tag.value:
            raise ApiError(INVALID_PARAMETER, name="Tag", reason=f"Labels has another value for {tag.key!r}")
    return merged(labels, tags, "Labels")
