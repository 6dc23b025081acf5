"""`modelry keys create`, `list`, `disable`, `enable`, `delete` and `rotate`: RAM's operations on access keys."""

import argparse
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from modelry.cli import output, remote
from modelry.cli.parsing import Parser, add_commands
from modelry.cli.remote import WrongUsage, reporting
from modelry.cli.verbs import ask, must_be_able_to_ask

if TYPE_CHECKING:
    from msgspec import UnsetType

    from modelry.client import Client
    from modelry.families.ram.keys.structs import CreatedAccessKey

_COLUMNS = ("AccessKeyId", "Status", "CreateDate")
_LAST_USED = "LastUsedDate"


def add_to(subcommands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The commands."""
    rows = (
        ("create", "make an access key, whose secret is shown this once", _fill_create, "create --user alice"),
        ("list", "list access keys", _fill_list, "list --user alice --last-used"),
        ("disable", "have a key sign nothing from now on", partial(_fill_status, "Inactive"), "disable LTAI5t..."),
        ("enable", "have a key sign again", partial(_fill_status, "Active"), "enable LTAI5t... --user alice"),
        ("delete", "delete an access key", _fill_delete, "delete LTAI5t... --user alice --yes"),
        ("rotate", "make a key in place of another, which goes on until it is disabled", _fill_rotate, "rotate"),
    )
    add_commands(subcommands, "keys", rows, " It is done through the API.")


def _fill_create(parser: Parser) -> None:
    _add_options(parser)
    parser.set_defaults(run=reporting(_create))


def _fill_list(parser: Parser) -> None:
    parser.add_argument("--last-used", action="store_true", help="ask for each key when it was last used")
    _add_options(parser)
    parser.set_defaults(run=reporting(_list))


def _fill_status(status: Literal["Active", "Inactive"], parser: Parser) -> None:
    _add_key(parser)
    _add_options(parser)
    parser.set_defaults(run=reporting(partial(_set_status, status)))


def _fill_delete(parser: Parser) -> None:
    _add_key(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask; needed where nobody can be asked")
    _add_options(parser)
    parser.set_defaults(run=reporting(_delete))


def _fill_rotate(parser: Parser) -> None:
    _add_options(parser)
    parser.set_defaults(run=reporting(_rotate))


def _add_key(parser: Parser) -> None:
    parser.add_argument("key_id", metavar="KEY_ID", help="the id of an access key")


def _add_options(parser: Parser) -> None:
    parser.add_argument("--user", metavar="NAME", help="whose key; without it the caller's own")
    remote.add_options(parser)
    output.add_options(parser)


def _owner(given: argparse.Namespace) -> "str | UnsetType":
    from msgspec import UNSET

    return given.user or UNSET


def _create(given: argparse.Namespace) -> int:
    with remote.client(given) as client:
        show_new(given, created(client, _owner(given)))
    return 0


def created(client: "Client", user_name: "str | UnsetType") -> "CreatedAccessKey":
    """A new key of a user, with its secret."""
    from modelry.families.ram.keys.operations import CREATE_ACCESS_KEY
    from modelry.families.ram.keys.structs import KeyOwner

    return client.call(CREATE_ACCESS_KEY, KeyOwner(user_name=user_name))


def show_new(given: argparse.Namespace, new: "CreatedAccessKey") -> None:
    """Print a key with its secret."""
    import msgspec

    output.show(given, msgspec.json.encode(new.access_key))
    say_once()


def say_once() -> None:
    """Remind whoever reads it that a secret cannot be had again."""
    sys.stdout.flush()
    print("modelry: the secret is shown this once: keep it now", file=sys.stderr)


def _keys(client: "Client", user_name: "str | UnsetType") -> list[dict[str, str]]:
    import msgspec

    from modelry.families.ram.keys.operations import LIST_ACCESS_KEYS
    from modelry.families.ram.keys.structs import KeyOwner

    answer = client.call(LIST_ACCESS_KEYS, KeyOwner(user_name=user_name))
    found: list[dict[str, str]] = msgspec.to_builtins(answer.access_keys.access_key)
    return found


def _list(given: argparse.Namespace) -> int:
    import msgspec

    columns: tuple[str, ...] = _COLUMNS
    with remote.client(given) as client:
        keys = _keys(client, _owner(given))
        if given.last_used:
            columns = (*_COLUMNS, _LAST_USED)
            keys = [{**key, **_last_use(client, given, key["AccessKeyId"])} for key in keys]
    output.show(given, msgspec.json.encode(keys), columns=columns)
    return 0


def _last_use(client: "Client", given: argparse.Namespace, key_id: str) -> dict[str, str]:
    import msgspec

    from modelry.families.ram.keys.operations import GET_ACCESS_KEY_LAST_USED
    from modelry.families.ram.keys.structs import KeyAddress

    answer = client.call(GET_ACCESS_KEY_LAST_USED, KeyAddress(user_name=_owner(given), user_access_key_id=key_id))
    found: dict[str, str] = msgspec.to_builtins(answer.access_key_last_used)
    return found


def _set_status(status: Literal["Active", "Inactive"], given: argparse.Namespace) -> int:
    from modelry.families.ram.keys.operations import UPDATE_ACCESS_KEY
    from modelry.families.ram.keys.structs import UpdateAccessKey

    request = UpdateAccessKey(user_name=_owner(given), user_access_key_id=given.key_id, status=status)
    with remote.client(given) as client:
        client.call(UPDATE_ACCESS_KEY, request)
    show_done(given, {"AccessKeyId": given.key_id, "Status": status}, f"{given.key_id} is {status} now")
    return 0


def _delete(given: argparse.Namespace) -> int:
    from modelry.families.ram.keys.operations import DELETE_ACCESS_KEY
    from modelry.families.ram.keys.structs import KeyAddress

    must_be_able_to_ask(given)
    ask(given, f"Delete the access key {given.key_id}? What signs with it will be refused.")
    with remote.client(given) as client:
        client.call(DELETE_ACCESS_KEY, KeyAddress(user_name=_owner(given), user_access_key_id=given.key_id))
    show_done(given, {"AccessKeyId": given.key_id}, f"{given.key_id} deleted")
    return 0


def _rotate(given: argparse.Namespace) -> int:
    from modelry.client import CallError

    whose = f" --user {given.user}" if given.user else ""
    with remote.client(given) as client:
        before = _keys(client, _owner(given))
        try:
            new = created(client, _owner(given))
        except CallError as error:
            if not error.code.startswith("LimitExceeded"):
                raise
            raise WrongUsage(_too_many(before, whose)) from error
    show_new(given, new)
    for key in before:
        if key["Status"] == "Active":
            command = f"modelry keys disable {key['AccessKeyId']}{whose}"
            print(f"Once everything signs with the new key: {command}", file=sys.stderr)
    return 0


def _too_many(keys: list[dict[str, str]], whose: str) -> str:
    said = " and ".join(f"{key['AccessKeyId']} ({key['Status']})" for key in keys)
    idle = next((key for key in keys if key["Status"] == "Inactive"), keys[0])
    return (
        f"there are {said}, and no room for another key: delete the one that nothing signs with, "
        f"such as `modelry keys delete {idle['AccessKeyId']}{whose}`"
    )


def show_done(given: argparse.Namespace, answer: dict[str, str], sentence: str) -> None:
    """Say what has happened: a sentence for people, an object where a form was asked for."""
    import msgspec

    if given.output == "table" and given.jmespath is None:
        output.write([sentence])
    else:
        output.show(given, msgspec.json.encode(answer))
