"""`modelry members`."""

import argparse
from functools import partial
from typing import TYPE_CHECKING, Any

from modelry.cli import remote
from modelry.cli.parsing import Parser, examples, group
from modelry.cli.remote import reporting
from modelry.cli.verbs import Verb, add_command, add_named, ask, must_be_able_to_ask

if TYPE_CHECKING:
    from modelry.contract.operation import AnyOperation

_USER = "the name or the id of a user of the account"
_MEMBER = "the name of a member, or the id of the user or of the member"
_ROLE = "PAI.AlgoDeveloper or another built-in role; the name or the id of a custom one"


def _operation(name: str) -> "AnyOperation":
    from modelry.families.workspaces.members import operations

    operation: AnyOperation = getattr(operations, name)
    return operation


def _title(entry: dict[str, Any]) -> str:
    return str(entry["MemberId"])


_VERBS = (
    Verb(
        "list",
        "list the members of a workspace",
        lambda: _operation("LIST_MEMBERS"),
        ("modelry members list team", "modelry members list team --roles PAI.WorkspaceAdmin -o name"),
        about="workspace",
        columns=("MemberName", "MemberId", "DisplayName", "Roles", "GmtCreateTime"),
        title=_title,
    ),
)


def add_to(commands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The command."""
    add_command(commands, "members", "list, add and remove members of workspaces, and their roles", _VERBS, _add_more)


def _add_more(below: Any) -> None:  # noqa: ANN401  as above
    below.add_parser(
        "add",
        help="make a user a member",
        description="Make a user a member of a workspace.",
        epilog=examples("modelry members add team alice --role PAI.AlgoDeveloper"),
        fill=_fill_add,
    )
    below.add_parser(
        "remove",
        help="remove members",
        description="Remove members from a workspace: all of them or, when one cannot be, none.",
        epilog=examples("modelry members remove team alice bob --yes"),
        fill=_fill_remove,
    )
    roles = group(
        below.add_parser("role", help="give and take roles", description="Give roles to members and take them.")
    )
    _add_role(roles, "add", "give a member a role", "ADD_MEMBER_ROLE")
    _add_role(roles, "remove", "take a role from a member", "REMOVE_MEMBER_ROLE")


def _add_role(roles: Any, name: str, help_: str, operation: str) -> None:  # noqa: ANN401  as above
    roles.add_parser(
        name,
        help=help_,
        description=f"{help_.capitalize()}.",
        epilog=examples(f"modelry members role {name} team alice PAI.AlgoOperator"),
        fill=partial(_fill_role, operation),
    )


def _fill_add(parser: Parser) -> None:
    from modelry.cli import output

    add_named(parser, "workspace")
    parser.add_argument("user", metavar="USER", help=_USER)
    parser.add_argument("--role", action="append", required=True, metavar="ROLE", help=f"{_ROLE}; may be repeated")
    output.add_options(parser)
    remote.add_options(parser)
    parser.set_defaults(run=reporting(add))


def _fill_remove(parser: Parser) -> None:
    add_named(parser, "workspace")
    parser.add_argument("member", nargs="+", metavar="MEMBER", help=_MEMBER)
    parser.add_argument("--yes", action="store_true", help="do not ask; needed where nobody can be asked")
    remote.add_options(parser)
    parser.set_defaults(run=reporting(remove))


def _fill_role(operation: str, parser: Parser) -> None:
    add_named(parser, "workspace")
    parser.add_argument("member", metavar="MEMBER", help=_MEMBER)
    parser.add_argument("role", metavar="ROLE", help=_ROLE)
    remote.add_options(parser)
    parser.set_defaults(run=reporting(partial(change_role, operation)))


def add(given: argparse.Namespace) -> int:
    """Make a user a member."""
    import msgspec

    from modelry.cli import naming, output
    from modelry.families.workspaces.members.structs import CreateMember, NewMember

    with remote.client(given) as client:
        workspace = naming.workspace_id(client, given.named)
        new = NewMember(user_id=naming.user_id(client, workspace, given.user), roles=given.role)
        answer = client.call(_operation("CREATE_MEMBER"), CreateMember(workspace_id=workspace, members=[new]))
    output.show(given, msgspec.json.encode(answer.members[0]), name=_title)
    return 0


def remove(given: argparse.Namespace) -> int:
    """Remove members."""
    from modelry.cli import naming
    from modelry.families.workspaces.members.structs import DeleteMembers

    must_be_able_to_ask(given)
    with remote.client(given) as client:
        workspace = naming.workspace_id(client, given.named)
        ids = [naming.member_id(client, workspace, name) for name in given.member]
        ask(given, f"Remove {', '.join(given.member)} ({', '.join(ids)})?")
        client.call(_operation("DELETE_MEMBERS"), DeleteMembers(workspace_id=workspace, member_ids=ids))
    return 0


def change_role(operation: str, given: argparse.Namespace) -> int:
    """Give or take a role."""
    from modelry.cli import naming
    from modelry.families.workspaces.members.structs import MemberRole

    with remote.client(given) as client:
        workspace = naming.workspace_id(client, given.named)
        member = naming.member_id(client, workspace, given.member)
        request = MemberRole(workspace_id=workspace, member_id=member, role_name=given.role)
        client.call(_operation(operation), request)
    return 0
