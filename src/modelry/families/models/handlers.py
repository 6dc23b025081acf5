"""What each operation on models does. A handler reads: find, decide, store, answer."""

import msgspec

from modelry.access.authority import Caller
from modelry.access.predicate import ALWAYS, both
from modelry.contract.ids import new_id
from modelry.errors import (
    INVALID_PARAMETER,
    MODEL_NAME_EXISTS,
    MODEL_NOT_FOUND,
    ApiError,
)
from modelry.families.labels.structs import Label, checked, merged, without
from modelry.families.models import filters, listing, store
from modelry.families.models import operations as ops
from modelry.families.models import structs as s
from modelry.families.models.documents import Described, labels_of, model_answer, models_answer
from modelry.families.workspaces import store as workspaces
from modelry.handling import Call, Document, More, document, handles, reads
from modelry.storage.database import Conflict, Key, Row
from modelry.storage.documents import given, patched
from modelry.storage.paging import page_of
from modelry.storage.times import shown

MODEL_FIELDS = s.ModelFields.__struct_fields__
_GET_MODEL = ops.GET_MODEL.access.action
_GET_VERSION = "paimodel:GetModelVersion"
"""The action that the latest version inside a model is shown by."""


def _place(account_id: int, request: s.CreateModel) -> tuple[Key, ...] | None:
    """What CreateModel finds first; in the default workspace it may take a place that others find by its id."""
    workspace_id = request.workspace_id
    return (store.place_key(account_id, workspace_id, request.model_name),) if workspace_id else None


def _named(account_id: int, request: s.CreateModelLabels | s.DeleteModelLabels) -> tuple[Key, ...]:
    """What a change of a model finds first."""
    return (store.model_key(account_id, request.model_id),)


def _unless_renamed(account_id: int, request: s.UpdateModel) -> tuple[Key, ...] | None:
    """What UpdateModel finds first; another name changes what others may find by it."""
    return None if request.model_name else (store.model_key(account_id, request.model_id),)


@handles(ops.CREATE_MODEL, _place)
def create_model(call: Call, request: s.CreateModel) -> s.ModelCreated:
    """A new model in a workspace of the account."""
    workspace_id = request.workspace_id or _default_workspace(call)
    is_taken = store.is_taken(call.database, call.account_id, workspace_id, request.model_name)
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
    row = store.StoredModel(
        *(position, call.account_id, new.model_id, workspace_id, None, msgspec.json.encode(new)),
        *(new.user_id, request.accessibility or "PRIVATE", new.provider or None),
    )
    call.caller.require(lambda: _of_new_model(row))
    if is_taken:  # said to those alone who may make one
        raise ApiError(MODEL_NAME_EXISTS, workspace_id=workspace_id, model_name=new.model_name)
    store.add_model(call.transaction, row)
    return s.ModelCreated(model_id=new.model_id)


def model_key(caller: Caller, request: s.ModelAddress) -> tuple[Key, ...]:
    """The rows that GetModel needs."""
    return (store.model_with_latest(caller.principal.account_id, request.model_id),)


@reads(ops.GET_MODEL, model_key)
def get_model(caller: Caller, request: s.ModelAddress, rows: tuple[Row | None, ...]) -> Document | More:
    """A model and the latest version that the caller may get."""
    (row,) = rows
    if row is None:
        raise ApiError(MODEL_NOT_FOUND, model_id=request.model_id)
    document_, latest, latest_modified, user_id, accessibility, workspace_id, provider, name, approval = row
    account_id = caller.principal.account_id

    def described() -> Described:
        return store.described(account_id, request.model_id, document_, user_id, accessibility, workspace_id, provider)

    caller.require(described)
    if (
        latest is None
        or caller.reach_within(_GET_VERSION, _GET_MODEL) is ALWAYS
        or caller.may(lambda: store.of_version(described(), name, approval, latest), _GET_VERSION)
    ):
        return document(model_answer(document_, latest, latest_modified))
    permitted = store.model_with_latest(account_id, request.model_id, caller.reach(_GET_VERSION))
    return More((permitted,), lambda rows: document(model_answer(*rows[0][:3])) if rows[0] else document(document_))


@handles(ops.LIST_MODELS)
def list_models(call: Call, request: s.ListModels) -> Document:
    """A page of the models that the request asks for and the caller may both list and get."""
    page = page_of(request, listing.SORTED_BY[request.sort_by])
    visible = both(call.caller.reach(), call.caller.reach(_GET_MODEL))
    wanted = both(filters.of_models(request), visible)
    versions = call.caller.reach_within(_GET_VERSION, _GET_MODEL)
    reader = call.principal.access_key_id
    return document(models_answer(*listing.models(call.database, call.account_id, wanted, page, versions, reader)))


@handles(ops.UPDATE_MODEL, _unless_renamed)
def update_model(call: Call, request: s.UpdateModel) -> s.Done:
    """Change what the request gives."""
    found = _model(call, request.model_id)
    _change(call, found, given(request, (*MODEL_FIELDS, "model_name")))
    return s.Done()


@handles(ops.DELETE_MODEL)
def delete_model(call: Call, request: s.ModelAddress) -> s.Done:
    """Delete the model and everything below it."""
    store.delete_model(call.transaction, _model(call, request.model_id))
    return s.Done()


@handles(ops.CREATE_MODEL_LABELS, _named)
def create_model_labels(call: Call, request: s.CreateModelLabels) -> s.Done:
    """Write labels over those that are there."""
    found = _model(call, request.model_id)
    changes = checked(request.labels or [], "Labels")
    _change(call, found, {"Labels": merged(labels_of(found.document), changes, "Labels")})
    return s.Done()


@handles(ops.DELETE_MODEL_LABELS, _named)
def delete_model_labels(call: Call, request: s.DeleteModelLabels) -> s.Done:
    """Take labels off."""
    found = _model(call, request.model_id)
    _change(call, found, {"Labels": without(labels_of(found.document), request.label_keys or [])})
    return s.Done()


def _model(call: Call, model_id: str) -> store.StoredModel:
    """A model that the caller may do this to.

    Raises:
        ApiError: MODEL_NOT_FOUND.
        Denied: they may not.
    """
    found = store.model(call.database, call.account_id, model_id)
    call.caller.require(lambda: found.described)
    return found


def _change(call: Call, found: store.StoredModel, changes: dict[str, object]) -> None:
    """Write changes to a model.

    Raises:
        ApiError: MODEL_NAME_EXISTS.
        Denied: the caller may not do this to what it becomes: else a change could leave what a policy holds together.
    """
    now = call.transaction.tick()
    changed = patched(found.document, {**changes, "GmtModifiedTime": shown(now)})
    after = found._replace(document=changed, accessibility=str(changes.get("Accessibility") or found.accessibility))
    call.caller.require(lambda: after.described)
    try:
        store.change_model(call.transaction, found, changed, now, changes)
    except Conflict as conflict:
        name = changes.get("ModelName")
        raise ApiError(MODEL_NAME_EXISTS, workspace_id=found.workspace_id, model_name=name) from conflict


def _default_workspace(call: Call) -> str:
    """Where a new model goes that names no workspace."""
    default = workspaces.default_workspace_id(call.database, call.account_id)
    if default is None:
        raise ApiError(INVALID_PARAMETER, name="WorkspaceId", reason="is required: there is no default workspace")
    return default


def _of_new_model(row: store.StoredModel) -> Described:
    """What decides about a model that is to be made, which has no id yet that a policy could name."""
    described = row.described
    described["resource"] = f"{row.account_id}:model/*"
    return described


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
