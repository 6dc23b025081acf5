"""What a registry holds as a configuration, with the blocks that import it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from modelry import families
from modelry.access.roles import OWNER
from modelry.client import Client
from modelry.contract.resource_type import ResourceType, Same
from modelry.families.model_versions.operations import LIST_MODEL_VERSIONS
from modelry.families.model_versions.structs import ListModelVersions
from modelry.families.models.operations import GET_MODEL, LIST_MODELS
from modelry.families.models.structs import ListModels, ModelAddress
from modelry.families.workspaces.members.operations import LIST_MEMBERS
from modelry.families.workspaces.members.structs import ListMembers
from modelry.families.workspaces.operations import LIST_WORKSPACES
from modelry.families.workspaces.structs import ListWorkspaces
from modelry.families.workspaces.user_configs.operations import LIST_USER_CONFIGS
from modelry.families.workspaces.user_configs.structs import ListUserConfigs
from modelry.terraform.attributes import COMPANION, Attribute, attributes
from modelry.terraform.requests import seen
from modelry.terraform.values import Kind, State, as_json, same

_WORKSPACE, _MEMBER, _MODEL, _VERSION, _CONFIG = (
    f"alicloud_pai_workspace_{name}" for name in ("workspace", "member", "model", "model_version", "user_config")
)
_PAGE_SIZE = 100

BEYOND = frozenset({"parameter_size", "compression_spec", "distillation_spec", "evaluation_spec"})
"""Attributes that the official provider does not have."""

_NO_NAME = re.compile(r"[^A-Za-z0-9_]+")


class Entry(NamedTuple):
    """A resource to write down."""

    type: str
    label: str
    """What its name is made of."""
    parts: tuple[str, ...]
    """Of its id."""
    found: Any
    """What the server shows of it."""


def configuration(client: Client, *, workspace_id: str | None = None, model_id: str | None = None) -> Iterator[str]:
    """The text of everything, of a workspace, or of one model, a resource at a time.

    Raises:
        ClientError: the server refused, or did not answer.
    """
    names: dict[str, str] = {}
    for entry in _entries(client, workspace_id, model_id):
        yield _written(entry, names)


def _entries(client: Client, workspace_id: str | None, model_id: str | None) -> Iterator[Entry]:
    if model_id is not None:
        yield from _model(client, client.call(GET_MODEL, ModelAddress(model_id=model_id)))
        return
    wanted = ListWorkspaces(page_size=_PAGE_SIZE, workspace_ids=UNSET if workspace_id is None else [workspace_id])
    for workspace in client.items(LIST_WORKSPACES, wanted):
        yield Entry(_WORKSPACE, workspace.workspace_name, (workspace.workspace_id,), workspace)
        address = workspace.workspace_id
        for member in client.items(LIST_MEMBERS, ListMembers(workspace_id=address, page_size=_PAGE_SIZE)):
            if OWNER not in member.roles:  # comes with the workspace, and cannot be given
                label = f"{workspace.workspace_name}_{member.member_name or member.user_id}"
                yield Entry(_MEMBER, label, (address, member.member_id), member)
        for model in client.items(LIST_MODELS, ListModels(workspace_id=address, page_size=_PAGE_SIZE)):
            yield from _model(client, model)
    if workspace_id is None:
        yield from _configurations(client)


def _model(client: Client, model: Any) -> Iterator[Entry]:  # noqa: ANN401  a model, listed or not
    yield Entry(_MODEL, model.model_name, (model.model_id,), model)
    wanted = ListModelVersions(model_id=model.model_id, page_size=_PAGE_SIZE)
    for version in client.items(LIST_MODEL_VERSIONS, wanted):
        label = f"{model.model_name}_{version.version_name}"
        yield Entry(_VERSION, label, (model.model_id, version.version_name), version)


def _configurations(client: Client) -> Iterator[Entry]:
    """The first of each category and key: their ids have no scope."""
    first: dict[tuple[str, str], Any] = {}
    for config in client.call(LIST_USER_CONFIGS, ListUserConfigs()).configs:
        first.setdefault((config.category_name, config.config_key), config)
    yield from (Entry(_CONFIG, config.config_key, parts, config) for parts, config in first.items())


# Text.


def _written(entry: Entry, names: dict[str, str]) -> str:
    """One resource and its import; `names` are the addresses by id, to which this one is added."""
    (kind,) = (kind for kind in families.resource_types() if kind.name == entry.type)
    address = _unused(f"{entry.type}.{_name(entry.label)}", names.values())
    identity = ":".join(entry.parts)
    names[f"{entry.type}:{identity}"] = address
    blank: State = {a.name: [] if a.kind is Kind.LABELS else None for a in attributes(kind)}
    parents = dict(zip(kind.identity, entry.parts, strict=True))
    state = seen(kind, blank | {n: v for n, v in parents.items() if n in blank}, entry.found)
    body = "\n".join(_body(kind, state, names))
    label = address.partition(".")[2]
    return (
        f"import {{\n  to = {address}\n  id = {_quoted(identity)}\n}}\n\n"
        f'resource "{entry.type}" "{label}" {{\n{body}\n}}\n'
    )


def _body(kind: ResourceType, state: State, names: Mapping[str, str]) -> Iterator[str]:
    """The lines of a resource; one group of single lines, then what takes several."""
    plain: list[tuple[str, str]] = []
    larger: list[str] = []
    for attribute in attributes(kind):
        value = state[attribute.name]
        if value is None or value == [] or not attribute.given or _is_default(attribute, state):
            continue
        if attribute.kind is Kind.LABELS:
            larger += [_block(attribute.name, label) for label in value]
        elif attribute.kind is Kind.MAP:
            larger.append(_object(attribute.name, value, state[f"{attribute.name}{COMPANION}"]))
        elif not attribute.is_companion:
            text = _reference(attribute.name, value, names) or _literal(value)
            remark = " # the official provider has it not" if attribute.name in BEYOND else ""
            plain.append((attribute.name, f"{text}{remark}"))
    yield from _aligned(plain, "  ")
    for lines in larger:
        yield f"\n{lines}" if plain else lines


def _is_default(attribute: Attribute, state: State) -> bool:
    if isinstance(attribute.default, Same):
        return bool(state[attribute.name] == state[attribute.default.attribute])
    return attribute.default is not UNSET and same(attribute.kind, state[attribute.name], attribute.default)


def _reference(attribute: str, value: object, names: Mapping[str, str]) -> str | None:
    """The resource that an attribute names, where it is written down too."""
    type_ = {"workspace_id": _WORKSPACE, "model_id": _MODEL}.get(attribute)
    address = names.get(f"{type_}:{value}")
    return f"{address}.id" if address else None


def _object(name: str, values: Mapping[str, str], text: str) -> str:
    """A JSON object, as a map where it is one."""
    beyond = name in BEYOND
    if same(Kind.JSON, as_json(values), text):
        inside = "\n".join(_aligned([(_quoted(key), _quoted(value)) for key, value in values.items()], "    "))
        remark = "  # The official provider has it not.\n" if beyond else ""
        return f"{remark}  {name} = {{\n{inside}\n  }}"
    remark = "it not" if beyond else f"no {name}{COMPANION}: it can neither write nor see what is no text"
    return f"  # The official provider has {remark}.\n  {name}{COMPANION} = {_quoted(text)}"


def _block(name: str, label: Mapping[str, str]) -> str:
    inside = "\n".join(_aligned([(key, _quoted(label[key])) for key in ("key", "value")], "    "))
    return f"  {name} {{\n{inside}\n  }}"


def _aligned(pairs: Iterable[tuple[str, str]], indent: str) -> list[str]:
    pairs = list(pairs)
    width = max((len(name) for name, _ in pairs), default=0)
    return [f"{indent}{name:{width}} = {value}" for name, value in pairs]


def _literal(value: Any) -> str:  # noqa: ANN401  any value
    if isinstance(value, list):
        return f"[{', '.join(map(_quoted, value))}]"
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    """A text in HCL, which is JSON's but for two escapes, and for what begins a template."""
    written = msgspec.json.encode(text).decode()
    written = re.sub(r"\\(.)", lambda escape: {"b": "\\u0008", "f": "\\u000c"}.get(escape[1], escape[0]), written)
    return re.sub(r"(\$+|%+)\{", lambda begun: _literally(begun[1]) + "{", written)


def _literally(signs: str) -> str:
    """Signs that would begin a template, doubled; several by their numbers, as doubling means something else there."""
    return signs * 2 if len(signs) == 1 else "".join(f"\\u{ord(sign):04x}" for sign in signs)


def _name(label: str) -> str:
    """A name that Terraform takes."""
    name = _NO_NAME.sub("_", label).strip("_")
    return name if name[:1].isalpha() else f"it_{name}".rstrip("_")


def _unused(address: str, taken: Iterable[str]) -> str:
    """The address, with a number where it is taken."""
    used, number, free = set(taken), 2, address
    while free in used:
        free, number = f"{address}_{number}", number + 1
    return free
