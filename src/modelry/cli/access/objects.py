"""What an operation is asked about, read from the data: one object, several, or whichever there are."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from modelry.access.authority import Attributes
from modelry.access.principal import Principal
from modelry.contract.operation import AnyOperation
from modelry.families.model_versions import store as versions
from modelry.families.models import store as models
from modelry.families.ram.policies.system import system_policy
from modelry.families.ram.roles.store import StoredRole, role
from modelry.families.workspaces import locating
from modelry.families.workspaces import store as workspaces
from modelry.storage.database import Connection
from modelry.storage.folding import folded

_CREATE_MODEL = "paimodel:CreateModel"
_LIST_MODELS = "paimodel:ListModels"
_ASSUME_ROLE = "sts:AssumeRole"
_ABOUT: Mapping[str, str] = {"paimodel": "model/ID", "paiworkspace": "workspace/ID"}
"""What the operations of the services are about whose objects lie in workspaces."""

_FOLDED = ("user", "group", "role", "policy")
"""The kinds of things whose names are compared without regard to case."""

_SHOWS: Mapping[str, str] = {
    _LIST_MODELS: "paimodel:GetModel",
    "paimodel:ListModelVersions": "paimodel:GetModelVersion",
}
"""A list shows nothing that this action is denied for."""


class Step(NamedTuple):
    """One decision."""

    action: str
    attributes: Attributes
    """All that is known of the object; of every object, where there are many."""

    role: StoredRole | None = None
    """The role to be assumed, whose own policy decides too."""


class Objects(NamedTuple):
    """What an operation is asked about."""

    steps: tuple[Step, ...]
    """All of them must be allowed; none: the operation needs no permission."""

    many: bool = False
    """Whether the question is which objects there are, not whether these are allowed."""


class Place(NamedTuple):
    """Where objects are looked for, and for whom."""

    database: Connection
    principal: Principal
    operation: AnyOperation
    given: Attributes
    """What is said of the object, whatever the data says."""

    def objects(self, resources: Sequence[str]) -> Objects:
        """The objects that some texts name.

        Raises:
            ValueError: the operation is not about such things.
            ApiError: there is no such object.
        """
        access = self.operation.access
        if access.action == "sts:GetCallerIdentity":
            return Objects(())
        if access.resources:
            return Objects(tuple(self._templated(resources)))
        tails = tuple(map(self._tail, resources))
        if tails in {(), ("*",)}:
            return self._any(asked=bool(tails))
        if len(tails) > 1:
            raise ValueError(f"{self.operation.name} is about one thing: give --resource once")
        return self._one(tails[0])

    def _any(self, *, asked: bool) -> Objects:
        if self.operation.access.level != "list" and not asked:
            raise ValueError(f"{self.operation.name} is about one thing: say which with --resource, or * for any")
        return self._many(self.given)

    def _many(self, known: Attributes) -> Objects:
        return Objects(tuple(Step(action, known) for action in self._actions()), many=True)

    def _actions(self) -> tuple[str, ...]:
        action = self.operation.access.action
        return (action, _SHOWS[action]) if action in _SHOWS else (action,)

    def _one(self, tail: str) -> Objects:
        action = self.operation.access.action
        if action == _CREATE_MODEL:
            return Objects((Step(action, self._new_model(tail)),))
        if action == _LIST_MODELS and tail.startswith("workspace/"):
            described = self._described(tail)
            return self._many({"workspace_id": described["workspace_id"], **self.given})
        self._check_kind(tail)
        attributes = self._described(tail)
        if action == _LIST_MODELS:
            return Objects(tuple(Step(each, attributes) for each in self._actions()))
        return Objects((Step(action, attributes, self._assumed(tail)),))

    def _assumed(self, tail: str) -> StoredRole | None:
        """The role that is to be assumed."""
        if self.operation.access.action != _ASSUME_ROLE or "*" in tail:
            return None
        return role(self.database, self.principal.account_id, tail.removeprefix("role/"))

    def _check_kind(self, tail: str) -> None:
        """See that the operation is about such things.

        Raises:
            ValueError: it is not.
        """
        about = "role/NAME" if self.operation.access.action == _ASSUME_ROLE else _ABOUT.get(self._service())
        if about is None:
            return
        of_version = "VersionName" in self.operation.style.path_fields
        if of_version:
            about = "model/ID/modelVersion/NAME"
        kind = about.partition("/")[0]
        if not tail.startswith(f"{kind}/") or ("*" not in tail and ("/modelVersion/" in tail) is not of_version):
            raise ValueError(f"{self.operation.name} is about {about}, and {tail!r} is none")

    def _templated(self, resources: Sequence[str]) -> list[Step]:
        """What the operation's own row says that it is about, filled with what is given."""
        steps, left = [], list(map(self._tail, resources))
        for template in self.operation.access.resources:
            kind, _, name = template.partition("/")
            tail = template
            if "{" in name:
                found = next((each for each in left if each.startswith(f"{kind}/")), None)
                if found is None:
                    raise ValueError(f"{self.operation.name} is about {template}: say which with --resource")
                left.remove(found)
                tail = found
            elif template in left:
                left.remove(template)
            steps.append(Step(self.operation.access.action, self._of_ram(tail)))
        if left:
            raise ValueError(f"{self.operation.name} is not about {left[0]}: it is about {self._about()}")
        return steps

    def _about(self) -> str:
        return " and ".join(self.operation.access.resources)

    def _tail(self, text: str) -> str:
        """The end of the ARN that a text means: `model/model-1` of `model-1`."""
        if text.startswith("acs:"):
            text = text.split(":", 4)[-1]
        if text.startswith("model-") and "/" not in text:
            return f"model/{text}"
        return f"workspace/{text}" if text.isdecimal() else text

    def _described(self, tail: str) -> Attributes:
        """What decides about the object at the end of an ARN."""
        kind, _, rest = tail.partition("/")
        if kind in _IN_DATA and "*" not in rest and self._service() in _ABOUT:
            found = _IN_DATA[kind](self.database, self.principal.account_id, rest)
            return {**found, "labels": found.get("labels", set()), **self.given}
        return self._of_ram(tail)

    def _new_model(self, tail: str) -> Attributes:
        """What decides about a model that is to be made in a workspace."""
        workspace = {} if tail == "model/*" else self._described(tail)
        if workspace and not tail.startswith("workspace/"):
            raise ValueError("CreateModel is about the workspace that the model is to lie in: --resource workspace/ID")
        return {
            "resource": f"{self.principal.account_id}:model/*",
            "workspace_id": workspace.get("workspace_id"),
            "user_id": self.principal.user_id,
            "accessibility": "PRIVATE",
            **self.given,
        }

    def _of_ram(self, tail: str) -> Attributes:
        """What decides about a thing that is known by its name alone."""
        kind, _, name = tail.partition("/")
        account = self.principal.owner_id
        if kind == "policy" and self._has("PolicyType") and system_policy(name):
            account = "system"
        return {"resource": f"{account}:{folded(tail) if kind in _FOLDED else tail}", **self.given}

    def _has(self, field: str) -> bool:
        return any(each.encode_name == field for each in msgspec.structs.fields(self.operation.request))

    def _service(self) -> str:
        return self.operation.access.action.partition(":")[0]


def _model(database: Connection, account_id: int, rest: str) -> Mapping[str, Any]:
    model_id, _, below = rest.partition("/")
    model = models.model(database, account_id, model_id)
    if not below:
        return model.described
    kind, _, version_name = below.partition("/")
    if kind != "modelVersion":
        raise ValueError(f"model/{rest} is neither model/ID nor model/ID/modelVersion/NAME")
    found = versions.version(database, model, version_name)
    return models.of_version(model.described, found.version_name, found.approval_status, found.document)


def _workspace(database: Connection, account_id: int, workspace_id: str) -> Mapping[str, Any]:
    workspaces.require(database, account_id, workspace_id)
    return locating.described(account_id, workspace_id)


_IN_DATA = {"model": _model, "workspace": _workspace}
"""Kinds of things whose attributes decide about them."""
