"""A row for every command, with arguments that work; what they name is made when a row is run."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_ram20150501 import models as ram

from tests.cli.folder_steps import copied, ran
from tests.cli.program import new_name
from tests.registry import Registry

_MEMBER = "{workspace} {member}"
_TINY = "--models 20 --workspaces 2 --seconds 1 --connections 2"

API = {
    "models list": "--limit 2",
    "models show": "{model}",
    "models create": "{name}",
    "models update": "{model} --task t",
    "models delete": "{model} --yes",
    "versions list": "{versioned}",
    "versions show": "{version}",
    "versions create": "{model} --uri oss://b/x",
    "versions update": "{version} --version-description d",
    "versions approve": "{version}",
    "versions reject": "{version}",
    "versions delete": "{version} --yes",
    "versions compare": "{version} {version} --all",
    "labels set": "{model} a=b",
    "labels unset": "{model} a",
    "search": "{model}",
    "workspaces list": "--limit 2",
    "workspaces show": "{workspace}",
    "workspaces create": "{name} --description d --env-types prod",
    "workspaces update": "{workspace} --description e",
    "workspaces delete": "{workspace} --yes",
    "members list": "{workspace}",
    "members add": "{workspace} {user} --role PAI.AlgoDeveloper",
    "members remove": f"{_MEMBER} --yes",
    "members role add": f"{_MEMBER} PAI.AlgoOperator",
    "members role remove": f"{_MEMBER} PAI.AlgoDeveloper",
    "call": "GetModel --model-id {model_id}",
    "keys create": "--user {user}",
    "keys list": "--user {keyed}",
    "keys disable": "{key} --user {keyed}",
    "keys enable": "{key} --user {keyed}",
    "keys delete": "{key} --user {keyed} --yes",
    "keys rotate": "--user {keyed}",
    "users list": "",
    "users show": "{keyed}",
    "users create": "{name}",
    "users delete": "{user} --yes",
    "policies list": "--limit 2",
    "policies show": "AliyunPAIReadOnlyAccess",
    "policies attach": "AliyunPAIReadOnlyAccess --user {user}",
    "policies detach": "AliyunPAIReadOnlyAccess --user {reader}",
    "whoami": "",
    "terraform export": "--model {model}",
}
"""Those that call a server."""

BESIDE = {
    "models mark-provider": "{model_id} pai --data {served}",
    "mark": "{model_id} --provider pai --data {served}",
    "access explain": "--as {reader} --operation ListModels --data {served}",
    "access test": "--as {reader} --operation ListModels --policy {policy} --data {served}",
    "audit": "--limit 2 --data {served}",
    "doctor": "--data {served}",
    "backup": "{file} --data {served}",
    "export": "{workspace} {file} --data {served}",
    "migrate": "--plan --data {served}",
}
"""Those that open the data folder of a running server."""

OFFLINE = {
    "init": "--data {new}",
    "restore": "{backup} --data {new}",
    "move": "--data {stopped} --to {new}",
    "import": "{bundle} --data {stopped}",
    "keys reset-root": "--data {stopped}",
    "keys rewrap": "--data {stopped}",
}
"""Those that change a data folder that no server uses."""

FREE = {
    "tls init": "--host localhost --dir {new}",
    "tls renew": "--dir {authority}",
    "tls show": "--dir {authority}",
    "config show": "--origin",
    "terraform install": "--dir {new}",
    "bench": _TINY,
    "reference": "settings",
    "completion": "bash",
}
"""Those that need no data."""

UNTIL_STOPPED = {"serve": "--port 0 --data {new}"}
"""Those that end by a signal."""

ROWS = {**API, **BESIDE, **OFFLINE, **FREE}
"""Those that end by themselves."""

QUIET = {
    *("models mark-provider", "mark", "labels set", "labels unset"),
    *("members remove", "members role add", "members role remove"),
}
"""Those that say nothing when they are done."""


class Stopped(NamedTuple):
    """What commands without a server are given."""

    folder: Path
    """A data folder of the same account as the server's."""
    backup: Path
    bundle: Path


def stopped(registry: Registry, place: Path, **environment: str) -> Stopped:
    """Made once, and copied for each command that changes it; `environment` is that of the server."""
    made = Stopped(place / "data", place / "backup.tar", place / "bundle.zip")
    ran("init", "--data", made.folder, "--account-id", registry.account_id)
    ran("backup", made.backup, "--data", made.folder)
    request = m.CreateWorkspaceRequest(workspace_name=new_name(), description="d", env_types=["prod"])
    workspace = registry.sdk().create_workspace(request).body.workspace_id
    ran("export", workspace, made.bundle, "--data", registry.folder, **environment)
    return made


@dataclass
class Things:
    """What the arguments of one run name; each is made when it is named first."""

    registry: Registry
    stopped: Stopped
    place: Path
    _made: dict[str, str] = field(default_factory=dict)

    def arguments(self, command: str, row: str) -> list[str]:
        """The command line."""
        return [*command.split(), *shlex.split(row.format_map(self))]

    def __getitem__(self, name: str) -> str:
        if name not in self._made:
            self._made[name] = _MAKE[name](self)
        return self._made[name]


def nameless(command: str) -> list[str]:
    """The command line of a row of `API`, with names of nothing: no server ever looks for them."""
    things = dict.fromkeys(_MAKE, "named") | {"version": "named@0.1.0"}
    return [*command.split(), *shlex.split(API[command].format_map(things))]


def _model_id(things: Things) -> str:
    return str(things.registry.sdk().create_model(m.CreateModelRequest(model_name=things["model_name"])).body.model_id)


def _model(things: Things) -> str:
    assert things["model_id"]
    return things["model_name"]


def _versioned(things: Things) -> str:
    request = m.CreateModelVersionRequest(uri="oss://b/x", version_name="0.1.0")
    things.registry.sdk().create_model_version(things["model_id"], request)
    return things["model_id"]


def _workspace(things: Things) -> str:
    name = new_name()
    request = m.CreateWorkspaceRequest(workspace_name=name, description="d", env_types=["prod"])
    things.registry.sdk().create_workspace(request)
    return name


def _user(things: Things) -> str:
    name = new_name()
    things.registry.ram_sdk().create_user(ram.CreateUserRequest(user_name=name))
    return name


def _member(things: Things) -> str:
    """With two roles, of which one can be taken."""
    roles = ("--role", "PAI.AlgoDeveloper", "--role", "PAI.LabelManager")
    _api(things, "members", "add", things["workspace"], things["user"], *roles)
    return things["user"]


def _key(things: Things) -> str:
    request = ram.CreateAccessKeyRequest(user_name=things["user"])
    return str(things.registry.ram_sdk().create_access_key(request).body.access_key.access_key_id)


def _keyed(things: Things) -> str:
    assert things["key"]
    return things["user"]


def _reader(things: Things) -> str:
    _api(things, "policies", "attach", "AliyunPAIReadOnlyAccess", "--user", things["user"])
    return things["user"]


def _policy(things: Things) -> str:
    path = things.place / "policy.json"
    path.write_text('{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}')
    return str(path)


def _authority(things: Things) -> str:
    folder = things.place / "authority"
    ran("tls", "init", "--host", "localhost", "--dir", folder)
    return str(folder)


def _api(things: Things, *arguments: str) -> None:
    ran(
        *arguments,
        MODELRY_ENDPOINT=things.registry.url,
        ALIBABA_CLOUD_ACCESS_KEY_ID=things.registry.key_id,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET=things.registry.secret,
    )


_MAKE: dict[str, Callable[[Things], str]] = {
    "name": lambda _: new_name(),
    "model_name": lambda _: new_name(),
    "model_id": _model_id,
    "model": _model,
    "versioned": _versioned,
    "version": lambda things: f"{things['versioned']}@0.1.0",
    "workspace": _workspace,
    "user": _user,
    "member": _member,
    "key": _key,
    "keyed": _keyed,
    "reader": _reader,
    "policy": _policy,
    "authority": _authority,
    "served": lambda things: str(things.registry.folder),
    "stopped": lambda things: str(copied(things.stopped.folder, things.place / "stopped")),
    "backup": lambda things: str(things.stopped.backup),
    "bundle": lambda things: str(things.stopped.bundle),
    "new": lambda things: str(things.place / "new"),
    "file": lambda things: str(things.place / "file"),
}
