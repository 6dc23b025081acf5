"""A workspace through the API: of a Modelry server or of the cloud, by reads alone.

The service may be used meanwhile. Each model is seen in one state, together with those of its versions that a whole
walk over their pages found; a model that was changed since an earlier attempt is fetched again.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from modelry.bundle import documents
from modelry.bundle.format import BundleError, Entry, Kind, NoWorkspaceError, Origin
from modelry.bundle.spool import Spool
from modelry.client import CallError, Client
from modelry.contract.operation import AnyOperation, Shape
from modelry.families.model_versions.operations import LIST_MODEL_VERSIONS
from modelry.families.model_versions.structs import ListModelVersions
from modelry.families.models.operations import GET_MODEL, LIST_MODELS
from modelry.families.models.structs import ListModels, ModelAddress
from modelry.families.workspaces.configs.operations import LIST_CONFIGS
from modelry.families.workspaces.configs.structs import ListConfigs
from modelry.families.workspaces.members.operations import LIST_MEMBERS
from modelry.families.workspaces.members.structs import ListMembers
from modelry.families.workspaces.operations import GET_WORKSPACE, LIST_WORKSPACES
from modelry.families.workspaces.roles.operations import LIST_WORKSPACE_ROLES
from modelry.families.workspaces.roles.structs import ListWorkspaceRoles
from modelry.families.workspaces.structs import GetWorkspace, ListWorkspaces

PAGE_SIZE = 100
_WALKS = 5
"""Over the pages of a list that changes meanwhile."""

_NOT_FOUND = 404


T = TypeVar("T")


class _Listed(Shape):
    """What is read of a model in a list."""

    model_id: str
    owner_id: str | None = None


_listed = msgspec.json.Decoder(_Listed)
_entries = msgspec.json.Decoder(list[msgspec.Raw])


class Service:
    """A workspace of a service."""

    def __init__(self, client: Client, endpoint: str, workspace_id: str, without: frozenset[Kind]) -> None:
        """Fetch through `client`; `without` some kinds, whose operations are not called."""
        self._client = client
        self._endpoint = endpoint
        self._workspace_id = workspace_id
        self._without = without
        self._account_id: str | UnsetType = UNSET
        self._head: list[Entry] = []
        self._model_ids: list[str] = []

    @property
    def spooled_as(self) -> str:
        """What a spool of it is for."""
        return f"workspace {self._workspace_id} at {self._endpoint}"

    @property
    def origin(self) -> Origin:
        """Where it is; known once it has been begun, whose it is once it has been fetched."""
        name = documents.members_of(self._head[0].document)["WorkspaceName"]
        return Origin(
            source="service",
            endpoint=self._endpoint,
            account_id=self._account_id,
            workspace_id=self._workspace_id,
            workspace_name=msgspec.json.decode(name, type=str),
        )

    @property
    def workspace(self) -> Entry:
        """The workspace alone, once it has been begun."""
        return self._head[0]

    def begin(self) -> None:
        """Fetch the workspace, and what it has besides models; raises as `fetch` does."""
        self._head = list(self._surroundings())

    def fetch(self, spool: Spool, progress: Callable[[int, int], None]) -> None:
        """Fetch the models that `spool` does not have.

        Raises:
            CallError: the service refused; what was fetched before stays in the spool.
            Unreachable: it did not answer; likewise.
            BundleError: its lists change too fast to be read.
        """
        listed = self._listed()
        gone = set()
        for done, (model_id, fingerprint) in enumerate(listed.items()):
            progress(done, len(listed))
            if not spool.has(model_id, fingerprint) and not self._fetched(spool, model_id, fingerprint):
                gone.add(model_id)
        progress(len(listed), len(listed))
        self._model_ids = [model_id for model_id in listed if model_id not in gone]

    def entries(self, spool: Spool) -> Iterator[Entry]:
        """Everything, as in a bundle, once it has been fetched."""
        yield from self._head
        for model_id in self._model_ids:
            yield from spool.entries(model_id)

    def _surroundings(self) -> Iterator[Entry]:
        """The workspace, and what it has besides models."""
        where = self._workspace_id
        answer = self._client.answer(GET_WORKSPACE, GetWorkspace(workspace_id=where))
        yield Entry(kind="Workspace", document=_document(answer))
        lists: tuple[tuple[Kind, AnyOperation, str, Any], ...] = (
            (
                "Role",
                LIST_WORKSPACE_ROLES,
                "Roles",
                ListWorkspaceRoles(workspace_id=where, page_size=PAGE_SIZE, verbose_fields=["ModulePermissions"]),
            ),
            ("Member", LIST_MEMBERS, "Members", ListMembers(workspace_id=where, page_size=PAGE_SIZE)),
            ("Config", LIST_CONFIGS, "Configs", ListConfigs(workspace_id=where, verbose=True)),
        )
        for kind, operation, key, request in lists:
            if kind not in self._without:
                for found in _walked(self._client, operation, request, key, _document):
                    yield Entry(kind=kind, document=found)

    def _listed(self) -> dict[str, str]:
        """The fingerprint of every model by its id, in the order in which they were made."""
        request = ListModels(workspace_id=self._workspace_id, sort_by="GmtCreateTime", order="ASC", page_size=PAGE_SIZE)
        return dict(_walked(self._client, LIST_MODELS, request, "Models", self._seen))

    def _seen(self, listed: msgspec.Raw) -> tuple[str, str]:
        """Id and fingerprint of a model in a list."""
        found = _listed.decode(listed)
        self._account_id = found.owner_id or UNSET
        return found.model_id, hashlib.sha256(listed).hexdigest()

    def _fetched(self, spool: Spool, model_id: str, fingerprint: str) -> bool:
        """Fetch a model into the spool; whether it is still there."""
        try:
            spool.add(model_id, fingerprint, self._model(model_id))
        except CallError as error:
            if error.status != _NOT_FOUND:
                raise
            return False
        return True

    def _model(self, model_id: str) -> Iterator[Entry]:
        answer = self._client.answer(GET_MODEL, ModelAddress(model_id=model_id))
        yield Entry(kind="Model", document=_document(answer, documents.ADDED_TO_MODELS))
        request = ListModelVersions(model_id=model_id, sort_by="GmtCreateTime", order="ASC", page_size=PAGE_SIZE)
        for found in _walked(self._client, LIST_MODEL_VERSIONS, request, "Versions", _document):
            yield Entry(kind="Version", document=found)


def workspace_id_of(client: Client, id_or_name: str) -> str:
    """The id of the workspace with an id or a name; no name begins with a digit.

    Raises:
        NoWorkspaceError: there is none of that name.
        CallError: the service refused.
    """
    if id_or_name[:1].isdigit():
        return id_or_name
    found = client.call(LIST_WORKSPACES, ListWorkspaces(workspace_name=f'"{id_or_name}"'))
    if not found.workspaces:
        raise NoWorkspaceError(id_or_name)
    return found.workspaces[0].workspace_id


def _walked(
    client: Client,
    operation: AnyOperation,
    request: Any,  # noqa: ANN401  any request
    key: str,
    keep: Callable[[msgspec.Raw], T],
) -> list[T]:
    """What is kept of every entry of a list, once its pages fit together.

    Raises:
        BundleError: they never did.
    """
    for _ in range(_WALKS):
        kept, totals = _walk(client, operation, request, key, keep)
        if totals <= {len(kept)}:
            return kept
    raise BundleError(f"the answers of {operation.name} change faster than they can be read: try again later")


def _walk(
    client: Client,
    operation: AnyOperation,
    request: Any,  # noqa: ANN401  any request
    key: str,
    keep: Callable[[msgspec.Raw], T],
) -> tuple[list[T], set[int]]:
    """What is kept of the pages, and how many entries they say that there are; one that goes shifts the others."""
    kept: list[T] = []
    totals: set[int] = set()
    while True:
        members = documents.members_of(client.answer(operation, request))
        page = _entries.decode(members.get(key, b"[]"))
        kept += map(keep, page)
        if "TotalCount" in members:
            totals.add(msgspec.json.decode(members["TotalCount"], type=int))
        if not page or len(kept) >= max(totals, default=0) or not hasattr(request, "page_number"):
            return kept, totals
        request = msgspec.structs.replace(request, page_number=request.page_number + 1)


def _document(answer: bytes | msgspec.Raw, without: tuple[str, ...] = documents.ANSWERED) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(documents.members_of(answer, without)))
