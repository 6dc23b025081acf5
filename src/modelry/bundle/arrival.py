"""Taking a workspace into a data folder, in one transaction: ids, names, times, labels and their order stay.

What does not stay is in docs/bundles.md. Every model is a row of the audit, with its versions.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from modelry.bundle import documents, store
from modelry.bundle.format import BundleError, Entry, Kind, NoWorkspaceError
from modelry.bundle.placing import Places, Table
from modelry.families.audit.store import record_local
from modelry.families.model_versions import numbering
from modelry.families.model_versions import store as versions
from modelry.families.models import store as models
from modelry.families.resource_groups import store as resource_groups
from modelry.families.workspaces.configs.store import add_config
from modelry.families.workspaces.members.store import is_member
from modelry.families.workspaces.roles.store import add_role
from modelry.families.workspaces.structs import StoredWorkspace
from modelry.storage.database import Conflict, Connection, Transaction
from modelry.storage.instance import instance
from modelry.storage.times import milliseconds

_OPERATION = "import"
"""What the audit calls it."""


class Choices(NamedTuple):
    """What to take in, and what to do about what is there."""

    into: str | None = None
    """Id or name of a workspace that is there; `None`: the one that the entries describe, which is made."""

    skip_existing: bool = False
    """Leave what is there as it is, rather than taking in nothing."""

    without: frozenset[Kind] = frozenset()


class Outcome(NamedTuple):
    """What was taken in."""

    workspace_id: str
    added: Counter[Kind]
    skipped: Counter[Kind]
    """There already, and left as it was."""


def take_in(
    transaction: Transaction, entries: Iterable[Entry], choices: Choices, progress: Callable[[int], None]
) -> Outcome:
    """Take in a workspace, `entries` of which come as in a bundle; `progress` is told how many models are done.

    Raises:
        BundleError: something is there already, or an entry is not what it has to be; nothing may be kept then.
    """
    served = instance(transaction)
    if served is None:
        raise BundleError("the registry has never been started")
    arrival = _Arrival(transaction, served.account_id, choices)
    for entry in entries:
        if entry.kind in choices.without:
            continue
        arrival.take(entry)
        if entry.kind == "Model":
            progress(arrival.added["Model"] + arrival.skipped["Model"])
    arrival.record()
    return Outcome(arrival.workspace_id, arrival.added, arrival.skipped)


def foresee(database: Connection, workspace: Entry, choices: Choices) -> None:
    """See whether a workspace could be taken in, as far as it alone tells; before much is fetched of it.

    Raises:
        BundleError: it could not.
    """
    served = instance(database)
    if served is None:
        raise BundleError("the registry has never been started")
    _there(database, served.account_id, documents.workspace(workspace, str).of, choices)


def _there(database: Connection, account_id: int, new: StoredWorkspace, choices: Choices) -> str | None:
    """The id of the workspace that everything goes into; `None` where it is to be made.

    Raises:
        BundleError: what is to be made is there.
    """
    if choices.into is not None:
        found = store.workspace_id_of(database, account_id, choices.into)
        if found is None:
            raise NoWorkspaceError(choices.into)
        return found
    there = {store.workspace_id_of(database, account_id, each) for each in (new.workspace_id, new.workspace_name)}
    if there == {None}:
        return None
    if there == {new.workspace_id}:
        if choices.skip_existing:
            return new.workspace_id
        raise BundleError(
            f"there is a workspace {new.workspace_id} already: --skip-existing adds what it has not, "
            "--into takes everything but the workspace itself into another one"
        )
    raise BundleError(
        f"there is another workspace with the id {new.workspace_id} or the name {new.workspace_name}: "
        "--into takes everything but the workspace itself into one that is there"
    )


class _Arrival:
    """One import under way."""

    def __init__(self, transaction: Transaction, account_id: int, choices: Choices) -> None:
        self.added: Counter[Kind] = Counter()
        self.skipped: Counter[Kind] = Counter()
        self.workspace_id = ""
        self._transaction = transaction
        self._account_id = account_id
        self._choices = choices
        self._places = Places(transaction)
        self._last: dict[Table, int] = {}
        """The position given out last, by table: what comes later was made later."""
        self._model: models.StoredModel | None = None
        """Whose versions come; `None` while a model is skipped."""
        self._take: dict[Kind, Callable[[Entry], bool]] = {
            "Workspace": self._workspace,
            "Role": self._role,
            "Member": self._member,
            "Config": self._config,
            "Model": self._taken_model,
            "Version": self._version,
        }

    def take(self, entry: Entry) -> None:
        """Take one thing in, or skip it."""
        if (entry.kind == "Workspace") == bool(self.workspace_id):
            raise BundleError("a workspace comes first, and only one")
        if entry.kind != "Version":
            self.record()
        try:
            taken = self._take[entry.kind](entry)
        except (msgspec.ValidationError, ValueError) as error:
            raise BundleError(f"{_named(entry)} cannot be taken in: {error}") from error
        (self.added if taken else self.skipped)[entry.kind] += 1

    def record(self) -> None:
        """Keep account of what has been changed since the last time."""
        if self._transaction.changes:
            record_local(self._transaction, self._account_id, _OPERATION)
            self._transaction.changes = []

    def _is_skipped(self, what: str, found: str) -> bool:
        """Whether something is to be left as it is.

        Raises:
            BundleError: it must not be there.
        """
        if self._choices.skip_existing:
            return True
        raise BundleError(f"{what} cannot be taken in: {found} (--skip-existing leaves it as it is)")

    def _place(self, table: Table, entry: Entry, created: str) -> int:
        wanted = milliseconds(created) * 1000 if entry.created_us is UNSET else entry.created_us
        position = self._places.place(table, wanted, self._last.get(table, 0))
        self._last[table] = position
        return position

    def _modified(self, entry: Entry, modified: str) -> int:
        return self._places.past(milliseconds(modified) * 1000 if entry.modified_us is UNSET else entry.modified_us)

    def _workspace(self, entry: Entry) -> bool:
        wanted = documents.workspace(entry, self._resource_group_id)
        found = _there(self._transaction, self._account_id, wanted.of, self._choices)
        self.workspace_id = found or wanted.of.workspace_id
        if found:
            return False
        stored = store.Stored(
            self._place("workspaces", entry, wanted.of.gmt_create_time),
            self._modified(entry, wanted.of.gmt_modified_time),
            wanted.document,
        )
        store.add_workspace(self._transaction, self._account_id, stored, wanted.of)
        return True

    def _resource_group_id(self, wanted: str) -> str:
        """The group that is meant, if it is there; else the default one."""
        if any(each.document.id == wanted for each in resource_groups.groups(self._transaction, self._account_id)):
            return wanted
        return resource_groups.first_start(self._transaction, self._account_id)

    def _role(self, entry: Entry) -> bool:
        role = documents.role(entry)
        found = store.role_in_the_way(
            self._transaction, self._account_id, self.workspace_id, role.role_id, role.role_name
        )
        if found is not None:
            return not self._is_skipped(f"the role {role.role_name} ({role.role_id})", f"there is {found}")
        position = self._place("workspace_roles", entry, role.gmt_create_time)
        add_role(self._transaction, self._account_id, self.workspace_id, role, position)
        store.set_role_modified(self._transaction, position, self._modified(entry, role.gmt_modified_time))
        return True

    def _member(self, entry: Entry) -> bool:
        member = documents.member(entry)
        place = (self._transaction, self._account_id, self.workspace_id, member.user_id)
        if is_member(*place):
            return not self._is_skipped(f"the member {member.user_id}", "the user is one already")
        position = self._place("workspace_members", entry, member.gmt_create_time)
        store.add_member(*place, position)
        at = 0
        for role in member.roles:
            at = self._places.place("workspace_member_roles", position, at)
            store.give_role(*place, role, at)
        store.note_roles(self._transaction, self.workspace_id, member.user_id, member.roles)
        return True

    def _config(self, entry: Entry) -> bool:
        config = documents.config(entry, self.workspace_id)
        key = (config.category_name or "", config.config_key)
        if store.config_exists(self._transaction, self._account_id, self.workspace_id, *key):
            return not self._is_skipped(f"the configuration {config.config_key}", "it is there")
        add_config(
            self._transaction,
            self._account_id,
            config,
            self._place("workspace_configs", entry, config.gmt_create_time),
        )
        return True

    def _taken_model(self, entry: Entry) -> bool:
        self._model = None
        model, document = documents.model(entry, self.workspace_id, self._account_id)
        found = store.model_in_the_way(
            self._transaction, self._account_id, self.workspace_id, model.model_id, model.model_name
        )
        if found is not None:
            return not self._is_skipped(f"the model {model.model_name} ({model.model_id})", f"there is {found}")
        new = models.StoredModel(
            self._place("models", entry, model.gmt_create_time),
            self._account_id,
            model.model_id,
            self.workspace_id,
            entry.highest_version or None,
            document,
            model.user_id,
            model.accessibility or "PRIVATE",
            model.provider or None,
        )
        models.add_model(self._transaction, new)
        store.set_model_modified(self._transaction, new.position, self._modified(entry, model.gmt_modified_time))
        if new.highest_version is not None:
            numbering.following(new.highest_version)
            models.set_latest_version(self._transaction, new, None, new.highest_version)
        if entry.collections:
            models.put_into_collections(self._transaction, new, entry.collections)
        self._model = new
        self._last.pop("model_versions", None)
        return True

    def _version(self, entry: Entry) -> bool:
        if self._model is None:
            return False
        version, document = documents.version(entry, self._account_id)
        name = version.version_name
        highest = numbering.highest(self._model.highest_version, name)
        position = self._place("model_versions", entry, version.gmt_create_time)
        try:
            versions.add_version(self._transaction, self._model, name, position, document, highest)
        except Conflict as conflict:
            raise BundleError(f"the model {self._model.model_id} has two versions {name}") from conflict
        store.set_version_modified(self._transaction, position, self._modified(entry, version.gmt_modified_time))
        self._model = self._model._replace(highest_version=highest)
        return True


def _named(entry: Entry) -> str:
    """What an error calls an entry."""
    found = msgspec.json.decode(entry.document, type=documents.Named)
    name = next((each for each in (found.model_id, found.version_name, found.role_name, found.user_id) if each), "")
    return f"the {entry.kind.lower()} {name}".rstrip()
