"""`modelry policies`: which there are, what they say, and whom they are attached to."""

import argparse
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from modelry.cli import output, remote
from modelry.cli.keys_api import show_done
from modelry.cli.parsing import Parser, add_commands, group
from modelry.cli.remote import Missing, reporting
from modelry.cli.verbs import count

if TYPE_CHECKING:
    from modelry.client import Client
    from modelry.families.ram.policies.structs import TypedPolicyAddress

Entity = Literal["user", "group", "role"]

_TYPES = ("Custom", "System")
_NO_POLICY = "EntityNotExist.Policy"


def add_to(commands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The commands."""
    commands.add_parser(
        "policies",
        help="list, show, attach and detach policies",
        description="List, show, attach and detach policies, through the API.",
        fill=_fill,
    )


def _fill(parser: Parser) -> None:
    rows = (
        ("list", "list policies", _fill_list, "list --type Custom"),
        ("show", "show a policy and what it says", _fill_show, "show AliyunPAIFullAccess --query Document"),
        ("attach", "attach a policy to a user, a group or a role", _fill_attach, "attach P --user alice"),
        ("detach", "detach a policy", _fill_detach, "detach P --group team"),
    )
    add_commands(group(parser), "policies", rows)


def _fill_list(parser: Parser) -> None:
    parser.add_argument("--type", dest="policy_type", choices=_TYPES, help="only these")
    parser.add_argument("--limit", type=count, metavar="N", help="show at most N policies (default: all)")
    _add_options(parser)
    parser.set_defaults(run=reporting(_list))


def _fill_show(parser: Parser) -> None:
    parser.add_argument("policy", metavar="NAME")
    _add_options(parser)
    parser.set_defaults(run=reporting(_show))


def _fill_attach(parser: Parser) -> None:
    _fill_change("attached", parser)


def _fill_detach(parser: Parser) -> None:
    _fill_change("detached", parser)


def _fill_change(done: Literal["attached", "detached"], parser: Parser) -> None:
    parser.add_argument("policy", metavar="NAME")
    whom = parser.add_mutually_exclusive_group(required=True)
    for entity in _OPERATIONS:
        whom.add_argument(f"--{entity}", metavar="NAME")
    _add_options(parser)
    parser.set_defaults(run=reporting(partial(_change, done)))


def _add_options(parser: Parser) -> None:
    remote.add_options(parser)
    output.add_options(parser)


def _list(given: argparse.Namespace) -> int:
    import msgspec

    from modelry.families.ram.policies.operations import LIST_POLICIES
    from modelry.families.ram.policies.structs import ListPolicies

    request = ListPolicies(policy_type=given.policy_type or msgspec.UNSET)
    with remote.client(given) as client:
        policies = list(client.items(LIST_POLICIES, request, limit=given.limit))
    columns = ("PolicyName", "PolicyType", "AttachmentCount", "DefaultVersion", "Description")
    output.show(given, msgspec.json.encode(policies), columns=columns)
    return 0


def _show(given: argparse.Namespace) -> int:
    import msgspec

    from modelry.families.ram.policies.operations import GET_POLICY

    with remote.client(given) as client:
        answer = client.call(GET_POLICY, found_policy(client, given.policy))
    found = msgspec.to_builtins(answer.policy)
    found["Document"] = msgspec.Raw(answer.default_policy_version.policy_document.encode())
    output.show(given, msgspec.json.encode(found))
    return 0


def _change(done: Literal["attached", "detached"], given: argparse.Namespace) -> int:
    entity = next(each for each in _OPERATIONS if getattr(given, each) is not None)
    name = getattr(given, entity)
    with remote.client(given) as client:
        policy = found_policy(client, given.policy)
        {"attached": attach, "detached": detach}[done](client, policy, entity, name)
    answer = {"PolicyName": policy.policy_name, "PolicyType": policy.policy_type, f"{entity.title()}Name": name}
    preposition = "to" if done == "attached" else "from"
    show_done(given, answer, f"{policy.policy_name} {done} {preposition} the {entity} {name}")
    return 0


def found_policy(client: "Client", name: str) -> "TypedPolicyAddress":
    """The policy of a name: a custom one, else one of the system.

    Raises:
        Missing: there is neither.
    """
    from modelry.client import CallError
    from modelry.families.ram.policies.operations import GET_POLICY
    from modelry.families.ram.policies.structs import TypedPolicyAddress

    for type_ in _TYPES:
        address = TypedPolicyAddress(policy_name=name, policy_type=type_)
        try:
            client.call(GET_POLICY, address)
        except CallError as error:
            if not error.code.startswith(_NO_POLICY):
                raise
        else:
            return address
    raise Missing(f"there is no policy {name}")


_OPERATIONS: dict[Entity, tuple[str, str, str]] = {
    "user": ("ATTACH_POLICY_TO_USER", "DETACH_POLICY_FROM_USER", "UserAttachment"),
    "group": ("ATTACH_POLICY_TO_GROUP", "DETACH_POLICY_FROM_GROUP", "GroupAttachment"),
    "role": ("ATTACH_POLICY_TO_ROLE", "DETACH_POLICY_FROM_ROLE", "RoleAttachment"),
}
"""By what a policy is attached to: the operations and their request."""


def attach(client: "Client", policy: "TypedPolicyAddress", entity: Entity, name: str) -> None:
    """Attach a policy."""
    _call(client, policy, entity, name, 0)


def detach(client: "Client", policy: "TypedPolicyAddress", entity: Entity, name: str) -> None:
    """Detach a policy."""
    _call(client, policy, entity, name, 1)


def _call(client: "Client", policy: "TypedPolicyAddress", entity: Entity, name: str, which: Literal[0, 1]) -> None:
    from modelry.families.ram.attachments import operations, structs

    request = getattr(structs, _OPERATIONS[entity][2])
    address = {"policy_name": policy.policy_name, "policy_type": policy.policy_type, f"{entity}_name": name}
    client.call(getattr(operations, _OPERATIONS[entity][which]), request(**address))
