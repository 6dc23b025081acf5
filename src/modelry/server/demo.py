"""A few realistic models for a registry that has none, each made as a client would make it.

`demo.json` holds the bodies of the requests; they go through the binding and the handlers of their operations, so what
comes out is exactly what the API makes. It all is made up, but for the numbers of the documented `ExtraInfo`.
"""

from pathlib import Path

import msgspec

from modelry.access.predicate import ALWAYS, Compare
from modelry.access.sealing import Sealer
from modelry.contract.binding import binding
from modelry.contract.operation import Res
from modelry.families.model_versions.handlers import create_model_version, update_model_version
from modelry.families.model_versions.operations import CREATE_MODEL_VERSION, UPDATE_MODEL_VERSION
from modelry.families.models import listing
from modelry.families.models.handlers import create_model
from modelry.families.models.marks import Marks, mark
from modelry.families.models.operations import CREATE_MODEL
from modelry.families.workspaces import store as workspaces
from modelry.families.workspaces.handlers import create_workspace
from modelry.families.workspaces.members.handlers import create_member
from modelry.families.workspaces.members.operations import CREATE_MEMBER
from modelry.families.workspaces.operations import CREATE_WORKSPACE
from modelry.families.workspaces.structs import CreateWorkspace, StoredWorkspace
from modelry.handling import Call, by_account
from modelry.storage.database import Transaction
from modelry.storage.folding import folded
from modelry.storage.instance import Instance
from modelry.storage.paging import Page
from modelry.storage.store import Store

_FILE = Path(__file__).with_name("demo.json")


class _Workspace(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    create: msgspec.Raw
    members: msgspec.Raw


class _Version(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    create: msgspec.Raw
    update: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Model(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    create: msgspec.Raw
    versions: list[_Version]
    workspace: str | None = None
    """Its name; without one the model goes to the default workspace."""
    provider: str | None = None
    collections: list[str] | None = None


class _Demo(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    """What `demo.json` holds: bodies of requests."""

    workspaces: list[_Workspace]
    models: list[_Model]


def fill(store: Store, instance: Instance, root_key_id: str, sealer: Sealer) -> None:
    """Put the example models into a registry that has no model; all of them or none."""
    demo = msgspec.json.decode(_FILE.read_bytes(), type=_Demo)

    def work(transaction: Transaction) -> None:
        call = by_account(instance.account_id, root_key_id, transaction, sealer)
        _, count = listing.models(transaction, instance.account_id, ALWAYS, _first("position"))
        if not count:
            _add(call, demo)

    store.write_alone(work)


def _add(call: Call, demo: _Demo) -> None:
    workspace_ids = dict(_made(call, workspace) for workspace in demo.workspaces)
    for model in demo.models:
        create = binding(CREATE_MODEL).decode([], [], bytes(model.create))
        if model.workspace:
            create = msgspec.structs.replace(create, workspace_id=workspace_ids[model.workspace])
        model_id = _answer(create_model.run(call, create)).model_id
        for version in model.versions:
            _add_version(call, model_id, version)
        mark(call.transaction, model_id, Marks(provider=model.provider, collections=model.collections))


def _add_version(call: Call, model_id: str, version: _Version) -> None:
    create = binding(CREATE_MODEL_VERSION).decode([model_id.encode()], [], bytes(version.create))
    name = _answer(create_model_version.run(call, create)).version_name
    if version.update is not msgspec.UNSET:
        segments = (model_id.encode(), name.encode())
        update_model_version.run(call, binding(UPDATE_MODEL_VERSION).decode(segments, [], bytes(version.update)))


def _made(call: Call, workspace: _Workspace) -> tuple[str, str]:
    """The name and the id of a workspace, which an earlier start may have made."""
    create = binding(CREATE_WORKSPACE).decode([], [], bytes(workspace.create))
    workspace_id = _known(call, create)
    if workspace_id is None:
        workspace_id = _answer(create_workspace.run(call, create)).workspace_id
        create_member.run(call, binding(CREATE_MEMBER).decode([workspace_id.encode()], [], bytes(workspace.members)))
    return create.workspace_name, workspace_id


def _known(call: Call, create: CreateWorkspace) -> str | None:
    named = Compare("folded_name", "=", folded(create.workspace_name))
    found, _ = workspaces.workspaces(call.database, call.account_id, named, _first(workspaces.TIE))
    return msgspec.json.decode(found[0].document, type=StoredWorkspace).workspace_id if found else None


def _first(column: str) -> Page:
    return Page(column=column, tie=column, order="ASC", number=1, size=1)


def _answer(answer: Res | msgspec.Raw) -> Res:
    if isinstance(answer, msgspec.Raw):
        message = "an answer that is a document has no fields"
        raise TypeError(message)
    return answer
