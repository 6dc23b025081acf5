"""A workspace out of a data folder: as the API answers it, with what the API does not show beside it."""

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from modelry.access.predicate import ALWAYS
from modelry.bundle import store
from modelry.bundle.format import Entry, NoWorkspaceError, Origin
from modelry.families.workspaces.documents import workspace_answer
from modelry.families.workspaces.members import store as members
from modelry.families.workspaces.members.documents import member
from modelry.families.workspaces.store import FoundWorkspace, workspace
from modelry.storage.database import Connection
from modelry.storage.instance import instance
from modelry.storage.paging import Page

_MEMBERS_AT_ONCE = 1000

Progress = Callable[[int, int], None]
"""Told how many models are done, of how many."""


class Folder:
    """A workspace in a data folder, seen in one state."""

    def __init__(self, database: Connection, id_or_name: str) -> None:
        """Find it.

        Raises:
            NoWorkspaceError: there is none.
        """
        served = instance(database)
        found = None if served is None else store.workspace_id_of(database, served.account_id, id_or_name)
        if served is None or found is None:
            raise NoWorkspaceError(id_or_name)
        self._database = database
        self._account_id = served.account_id
        self._workspace_id = found
        self._region = served.region

    @property
    def origin(self) -> Origin:
        """Where it is."""
        name = msgspec.json.decode(self._workspace(), type=dict[str, msgspec.Raw])["WorkspaceName"]
        return Origin(
            source="data folder",
            account_id=str(self._account_id),
            region=self._region,
            workspace_id=self._workspace_id,
            workspace_name=msgspec.json.decode(name, type=str),
        )

    def entries(self, progress: Progress) -> Iterator[Entry]:
        """Everything in it."""
        created, modified = store.workspace_times(self._database, self._account_id, self._workspace_id)
        yield Entry(kind="Workspace", document=msgspec.Raw(self._workspace()), created_us=created, modified_us=modified)
        for role in store.roles(self._database, self._account_id, self._workspace_id):
            yield _entry("Role", role)
        yield from self._members()
        for position, document in store.configs(self._database, self._account_id, self._workspace_id):
            yield Entry(kind="Config", document=msgspec.Raw(document), created_us=position)
        yield from self._models(progress)

    def _workspace(self) -> bytes:
        row = self._database.find(workspace(self._account_id, self._workspace_id))
        if row is None:
            raise NoWorkspaceError(self._workspace_id)
        return workspace_answer(self._account_id, FoundWorkspace(*row), verbose=False)

    def _members(self) -> Iterator[Entry]:
        number, total = 1, 1
        while (number - 1) * _MEMBERS_AT_ONCE < total:
            page = Page(column=members.TIE, tie=members.TIE, order="ASC", number=number, size=_MEMBERS_AT_ONCE)
            found, total = members.members(self._database, self._account_id, self._workspace_id, ALWAYS, page)
            for each in found:
                document = msgspec.Raw(msgspec.json.encode(member(self._account_id, self._workspace_id, each)))
                yield Entry(kind="Member", document=document, created_us=each.position)
            number += 1

    def _models(self, progress: Progress) -> Iterator[Entry]:
        total = store.counted(self._database, self._account_id, self._workspace_id)
        for done, model in enumerate(store.models(self._database, self._account_id, self._workspace_id)):
            progress(done, total)
            yield Entry(
                kind="Model",
                document=msgspec.Raw(model.document),
                created_us=model.position,
                modified_us=model.modified_us,
                highest_version=model.highest_version or msgspec.UNSET,
                collections=store.collections(self._database, model.position) or msgspec.UNSET,
            )
            for version in store.versions(self._database, model.position):
                yield _entry("Version", version)
        progress(total, total)


def _entry(kind: Literal["Role", "Version"], stored: store.Stored) -> Entry:
    return Entry(
        kind=kind,
        document=msgspec.Raw(stored.document),
        created_us=stored.position,
        modified_us=stored.modified_us,
    )
