"""`modelry users`: RAM's operations on users, with what a user usually starts with."""

import argparse
import sys
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from modelry.cli import output, remote
from modelry.cli.keys_api import created, say_once, show_done
from modelry.cli.parsing import Parser, add_commands, group
from modelry.cli.policies import attach, detach, found_policy
from modelry.cli.remote import reporting
from modelry.cli.verbs import ask, count, must_be_able_to_ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modelry.client import Client

_FIELDS = {
    "display_name": "up to 128 characters",
    "email": "an address",
    "mobile_phone": "86-18888888888",
    "comments": "up to 128 characters",
}


def add_to(commands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The commands."""
    commands.add_parser(
        "users",
        help="list, show, create and delete users",
        description="List, show, create and delete users, through the API.",
        fill=_fill,
    )


def _fill(parser: Parser) -> None:
    rows = (
        ("list", "list users", _fill_list, "list -o name"),
        ("show", "show a user with its policies, groups and access keys", _fill_show, "show alice"),
        ("create", "create a user", _fill_create, "create alice --with-key --policy AliyunPAIReadOnlyAccess"),
        ("delete", "delete a user", _fill_delete, "delete alice --force --yes"),
    )
    add_commands(group(parser), "users", rows)


def _fill_list(parser: Parser) -> None:
    parser.add_argument("--limit", type=count, metavar="N", help="show at most N users (default: all)")
    _add_options(parser, _list)


def _fill_show(parser: Parser) -> None:
    parser.add_argument("user", metavar="NAME")
    _add_options(parser, _show)


def _fill_create(parser: Parser) -> None:
    parser.add_argument("user", metavar="NAME")
    for name, help_ in _FIELDS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", metavar=name.rpartition("_")[2].upper(), help=help_)
    parser.add_argument(
        "--policy", action="append", default=[], metavar="NAME", help="a policy to attach; repeat for several"
    )
    parser.add_argument("--with-key", action="store_true", help="make an access key too, whose secret is shown once")
    _add_options(parser, _create)


def _fill_delete(parser: Parser) -> None:
    parser.add_argument("user", metavar="NAME")
    parser.add_argument(
        "--force", action="store_true", help="first take away its access keys, policies, groups and login profile"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask; needed where nobody can be asked")
    _add_options(parser, _delete)


def _add_options(parser: Parser, run: "Callable[[argparse.Namespace], int]") -> None:
    remote.add_options(parser)
    output.add_options(parser)
    parser.set_defaults(run=reporting(run))


def _list(given: argparse.Namespace) -> int:
    import msgspec

    from modelry.families.ram.users.operations import LIST_USERS
    from modelry.families.ram.users.structs import ListUsers

    with remote.client(given) as client:
        users = list(client.items(LIST_USERS, ListUsers(), limit=given.limit))
    columns = ("UserName", "UserId", "DisplayName", "Comments", "CreateDate")
    output.show(given, msgspec.json.encode(users), columns=columns, name=lambda entry: str(entry["UserName"]))
    return 0


def _show(given: argparse.Namespace) -> int:
    import msgspec

    from modelry.families.ram.users.operations import GET_USER
    from modelry.families.ram.users.structs import UserAddress

    with remote.client(given) as client:
        found = msgspec.to_builtins(client.call(GET_USER, UserAddress(user_name=given.user)).user)
        found |= _surroundings(client, given.user)
    output.show(given, msgspec.json.encode(found), name=lambda entry: str(entry["UserName"]))
    return 0


def _surroundings(client: "Client", user_name: str) -> dict[str, list[str]]:
    """What a user has, by kind; what the caller may not see is left out, with a word about it."""
    from modelry.client import CallError

    found = {}
    for kind, read in (("Policies", _policies), ("Groups", _groups), ("AccessKeys", _keys)):
        try:
            found[kind] = [name for name, _ in read(client, user_name)]
        except CallError as error:
            if not error.code.startswith("NoPermission"):
                raise
            print(f"modelry: {kind} left out: {error}", file=sys.stderr)
    return found


def _policies(client: "Client", user_name: str) -> "Iterator[tuple[str, str]]":
    from modelry.families.ram.attachments.operations import LIST_POLICIES_FOR_USER
    from modelry.families.ram.attachments.structs import UserPolicies

    answer = client.call(LIST_POLICIES_FOR_USER, UserPolicies(user_name=user_name))
    return ((policy.policy_name, policy.policy_type) for policy in answer.policies.policy)


def _groups(client: "Client", user_name: str) -> "Iterator[tuple[str, str]]":
    from modelry.families.ram.groups.operations import LIST_GROUPS_FOR_USER
    from modelry.families.ram.groups.structs import ListGroupsForUser

    answer = client.call(LIST_GROUPS_FOR_USER, ListGroupsForUser(user_name=user_name))
    return ((each.group_name, each.group_id) for each in answer.groups.group)


def _keys(client: "Client", user_name: str) -> "Iterator[tuple[str, str]]":
    from modelry.families.ram.keys.operations import LIST_ACCESS_KEYS
    from modelry.families.ram.keys.structs import KeyOwner

    answer = client.call(LIST_ACCESS_KEYS, KeyOwner(user_name=user_name))
    return ((key.access_key_id, key.status) for key in answer.access_keys.access_key)


def _create(given: argparse.Namespace) -> int:
    """Make the user and all that was asked for, or nothing of it."""
    import msgspec

    from modelry.families.ram.users.operations import CREATE_USER
    from modelry.families.ram.users.structs import CreateUser

    fields = {name: value for name in _FIELDS if (value := getattr(given, name)) is not None}
    with remote.client(given) as client, ExitStack() as undo:
        policies = [found_policy(client, name) for name in given.policy]
        answer = client.call(CREATE_USER, CreateUser(user_name=given.user, **fields))
        shown = msgspec.to_builtins(answer.user)
        undo.callback(_delete_user, client, given.user)
        for policy in policies:
            attach(client, policy, "user", given.user)
            undo.callback(detach, client, policy, "user", given.user)
        if given.policy:
            shown["Policies"] = [policy.policy_name for policy in policies]
        if given.with_key:
            key = created(client, given.user).access_key
            shown |= {"AccessKeyId": key.access_key_id, "AccessKeySecret": key.access_key_secret}
        undo.pop_all()
    output.show(given, msgspec.json.encode(shown), name=lambda entry: str(entry["UserName"]))
    if given.with_key:
        say_once()
    return 0


def _delete(given: argparse.Namespace) -> int:
    must_be_able_to_ask(given)
    also = " and its access keys, policies, groups and login profile" if given.force else ""
    ask(given, f"Delete the user {given.user}{also}?")
    with remote.client(given) as client:
        if given.force:
            for take in _taking_away(client, given.user):
                take()
        _delete_user(client, given.user)
    show_done(given, {"UserName": given.user}, f"{given.user} deleted")
    return 0


def _delete_user(client: "Client", user_name: str) -> None:
    from modelry.families.ram.users.operations import DELETE_USER
    from modelry.families.ram.users.structs import UserAddress

    client.call(DELETE_USER, UserAddress(user_name=user_name))


def _taking_away(client: "Client", user_name: str) -> "Iterator[Callable[[], Any]]":
    """The calls after which a user has nothing: keys first, so that it can do nothing meanwhile."""
    from modelry.families.ram.groups.operations import REMOVE_USER_FROM_GROUP
    from modelry.families.ram.groups.structs import Membership
    from modelry.families.ram.keys.operations import DELETE_ACCESS_KEY
    from modelry.families.ram.keys.structs import KeyAddress
    from modelry.families.ram.policies.structs import TypedPolicyAddress

    for key_id, _ in _keys(client, user_name):
        address = KeyAddress(user_name=user_name, user_access_key_id=key_id)
        yield partial(client.call, DELETE_ACCESS_KEY, address)
    for name, type_ in _policies(client, user_name):
        policy = TypedPolicyAddress(policy_name=name, policy_type=type_)
        yield partial(detach, client, policy, "user", user_name)
    for name, _ in _groups(client, user_name):
        yield partial(client.call, REMOVE_USER_FROM_GROUP, Membership(user_name=user_name, group_name=name))
    yield partial(_delete_login, client, user_name)


def _delete_login(client: "Client", user_name: str) -> None:
    from modelry.client import CallError
    from modelry.families.ram.logins.operations import DELETE_LOGIN_PROFILE
    from modelry.families.ram.users.structs import UserAddress

    try:
        client.call(DELETE_LOGIN_PROFILE, UserAddress(user_name=user_name))
    except CallError as error:
        if error.code != "EntityNotExist.User.LoginProfile":
            raise
