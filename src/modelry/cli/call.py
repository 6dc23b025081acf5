"""`modelry call`: any operation of the table."""

import argparse
import difflib
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from modelry.cli import remote
from modelry.cli.parsing import Parser, examples
from modelry.cli.remote import WrongUsage, reporting

if TYPE_CHECKING:
    from modelry.client import Client, SignedHttp
    from modelry.contract.operation import AnyOperation

_ABOUT = """\
Call any operation of the API and print its answer as it came. A field of the request is an option; what
is given is sent as it is: ids, not names. OPERATION is GetModel, CreateUser, or Ram:CreateUser with its product."""

_EXAMPLES = (
    "modelry call ListModels --page-size 3 --query 'Models[].ModelName'",
    'modelry call CreateModel --json \'{"ModelName": "resnet"}\' --accessibility PUBLIC',
    "modelry call CreateModelVersion --json @version.json --model-id model-0a1b2c --dry-run",
    "modelry call Ram:CreateUser --user-name alice",
    "modelry call GetModel --help",
)

_SECRETS = re.compile(r"password", re.IGNORECASE)
_SESSION = "x-acs-security-token"
_HIDDEN = "***"


def add_to(commands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The command."""
    parser = commands.add_parser(
        "call",
        help="call any operation of the API",
        description=_ABOUT,
        epilog=examples(*_EXAMPLES),
        fill=_fill,
    )
    parser.shown_below = False


def _fill(parser: Parser) -> None:
    from modelry import families

    below = parser.add_subparsers(required=True, metavar="OPERATION", parser_class=Parser, title="operations")
    operations = list(families.operations())
    names = [operation.name for operation in operations]
    for operation in operations:
        aliases = [operation.full_name] if names.count(operation.name) == 1 else []
        below.add_parser(
            operation.name if aliases else operation.full_name,
            aliases=aliases,
            help=operation.summary.replace("%", "%%"),
            description=operation.summary,
            fill=partial(_fill_one, operation),
        )
    known = tuple(below.choices)
    parser.on_wrong_choice(lambda given: _close(given, known))


def _close(given: str, known: tuple[str, ...]) -> str:
    """What may have been meant by a name that is none."""
    by_fold = {name.casefold(): name for name in known}
    close = [by_fold[fold] for fold in difflib.get_close_matches(given.casefold(), by_fold, n=3)]
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"there is no operation {given!r}{hint}"


def _fill_one(operation: "AnyOperation", parser: Parser) -> None:
    from modelry.cli import output
    from modelry.cli.fields import add_fields, json_text

    parser.add_argument(
        "--json", dest="base", type=json_text, metavar="JSON", help="the request; @FILE, or @- for standard input"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the signed request, and send nothing")
    output.add_options(parser)
    parser.set_defaults(output="json")
    remote.add_options(parser)
    add_fields(parser, operation, all_optional=True)
    parser.set_defaults(run=reporting(partial(run, operation)))


def run(operation: "AnyOperation", given: argparse.Namespace) -> int:
    """Call it, or show what would be sent."""
    from modelry.cli import output
    from modelry.cli.fields import request_of

    request = request_of(operation, given, base=_base(operation, given))
    with remote.client(given) as client:
        if given.dry_run:
            output.write(_shown(client, operation, request))
        else:
            output.show(given, client.answer(operation, request))
    return 0


def _base(operation: "AnyOperation", given: argparse.Namespace) -> "dict[str, Any]":
    """The fields of `--json`; one that the operation does not have is a mistake rather than ignored."""
    import msgspec

    if given.base is None:
        return {}
    try:
        fields = msgspec.json.decode(given.base, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError as error:
        raise WrongUsage("--json: it is no JSON object") from error
    known = [field.encode_name for field in msgspec.structs.fields(operation.request)]
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise WrongUsage(f"--json: {operation.name} has no {', '.join(unknown)}; it has {', '.join(known) or 'none'}")
    return {name: value for name, value in fields.items() if bytes(value) != b"null"}


def _shown(client: "Client", operation: "AnyOperation", request: Any) -> list[str]:  # noqa: ANN401  any request
    """The request as it would be sent, but for passwords and a session's token."""
    import msgspec

    signed = client.signed(operation, request)
    secrets = {
        name: _HIDDEN
        for name in request.__struct_fields__
        if _SECRETS.search(name) and isinstance(getattr(request, name), str)
    }
    shown: SignedHttp = client.signed(operation, msgspec.structs.replace(request, **secrets)) if secrets else signed
    lines = [f"{shown.method} {shown.url}"]
    lines += [f"{name}: {_HIDDEN if name == _SESSION else value}" for name, value in signed.headers.items()]
    return lines + (["", msgspec.json.format(shown.body, indent=2).decode()] if shown.body else [])
