"""Commands that are one operation each: what is named first, the request's fields as options, the answer shown."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from modelry.cli import completion, remote
from modelry.cli.parsing import Parser, examples, group
from modelry.cli.remote import WrongUsage, reporting

if TYPE_CHECKING:
    from modelry.client import Client
    from modelry.contract.operation import AnyOperation

PAGE_SIZE = 100
"""Entries that are asked for at once."""

_PAGING = ("page_number", "page_size")


class Verb(NamedTuple):
    """A command that carries out one operation."""

    name: str
    help: str
    operation: Callable[[], "AnyOperation"]
    examples: tuple[str, ...]
    about: str = ""
    """What the first argument names: a key of `ABOUT`."""
    first: str = ""
    """The field that the next argument is."""
    without: tuple[str, ...] = ()
    """Fields that are no options."""
    fixed: Mapping[str, object] = {}
    """Fields that the command itself says."""
    columns: tuple[str, ...] = ()
    title: Callable[[dict[str, Any]], str] | None = None
    """What `-o name` prints of an entry; the fields of what is named first are part of it."""
    done: str = ""
    """What has happened, where the answer says nothing."""


class About(NamedTuple):
    """Something that can be named."""

    metavar: str
    help: str
    fields: tuple[str, ...]
    resolve: "Callable[[Client, str], dict[str, str]]"
    """The values of `fields`."""
    complete: Callable[..., list[str]]


def _model(client: "Client", text: str) -> dict[str, str]:
    from modelry.cli import naming

    return {"model_id": naming.model_id(client, text)}


def _version(client: "Client", text: str) -> dict[str, str]:
    from modelry.cli import naming

    return naming.version(client, text)._asdict()


def _workspace(client: "Client", text: str) -> dict[str, str]:
    from modelry.cli import naming

    return {"workspace_id": naming.workspace_id(client, text)}


ABOUT = {
    "model": About("MODEL", "NAME, WORKSPACE/NAME or an id", ("model_id",), _model, completion.models),
    "version": About(
        "VERSION",
        "MODEL@0.2.0, MODEL@latest or MODEL@approved",
        ("model_id", "version_name"),
        _version,
        completion.versions,
    ),
    "workspace": About("WORKSPACE", "name or id", ("workspace_id",), _workspace, completion.workspaces),
}


def add_command(commands: Any, name: str, help_: str, verbs: tuple[Verb, ...], more: Any = None) -> None:  # noqa: ANN401
    """A command with its verbs, which are made when it runs; `more` adds others that are no single operation."""

    def fill(parser: Parser) -> None:
        below = group(parser)
        for verb in verbs:
            _add_verb(below, verb)
        if more is not None:
            more(below)

    commands.add_parser(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.", fill=fill)


def add_named(
    parser: argparse.ArgumentParser, about: str, dest: str = "named", *, metavar: str = "", help_: str = ""
) -> None:
    """The argument that names something."""
    of = ABOUT[about]
    action = parser.add_argument(dest, metavar=metavar or of.metavar, help=help_ or of.help)
    action.completer = of.complete  # type: ignore[attr-defined]  # where argcomplete looks


def add_workspace(parser: argparse.ArgumentParser) -> None:
    """`--workspace`."""
    action = parser.add_argument("--workspace", metavar="WORKSPACE", help="its name or id")
    action.completer = completion.workspaces  # type: ignore[attr-defined]  # as above


def _add_verb(below: Any, verb: Verb) -> None:  # noqa: ANN401  argparse's type has no public name
    below.add_parser(
        verb.name,
        help=verb.help,
        description=f"{verb.help[0].upper()}{verb.help[1:]}.",
        epilog=examples(*verb.examples),
        fill=partial(_fill, verb),
    )


def _fill(verb: Verb, parser: Parser) -> None:
    from modelry.cli import output
    from modelry.cli.fields import add_fields

    operation = verb.operation()
    if verb.about:
        add_named(parser, verb.about)
    output.add_options(parser)
    has_workspace = "workspace_id" in operation.request.__struct_fields__ and verb.about != "workspace"
    if has_workspace:
        add_workspace(parser)
    if operation.access.level == "list":
        parser.add_argument("--limit", type=count, metavar="N", help="show at most N entries (default: all)")
    if operation.access.level == "delete":
        parser.add_argument("--yes", action="store_true", help="do not ask; needed where nobody can be asked")
    without = (*_fields_of(verb), *verb.without, *verb.fixed, *_PAGING, *(("workspace_id",) if has_workspace else ()))
    add_fields(parser, operation, first=verb.first, without=without)
    remote.add_options(parser)
    parser.set_defaults(run=reporting(partial(_run, verb)))


def count(text: str) -> int:
    """A number of entries."""
    if not text.isdecimal() or not 0 < int(text) <= 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of entries")
    return int(text)


def _run(verb: Verb, given: argparse.Namespace) -> int:
    from modelry.cli.fields import request_of

    operation = verb.operation()
    deletes = operation.access.level == "delete"
    if deletes:
        must_be_able_to_ask(given)
    request_of(
        operation, given, dict(verb.fixed) | dict.fromkeys(_fields_of(verb), "x")
    )  # what is wrong is said before any call
    with remote.client(given) as client:
        fixed: dict[str, object] = dict(verb.fixed)
        named = ABOUT[verb.about].resolve(client, given.named) if verb.about else {}
        if getattr(given, "workspace", None) is not None:
            fixed |= _workspace(client, given.workspace)
        request = request_of(operation, given, fixed | named)
        if deletes:
            ask(given, f"Delete {_told(given.named, named)}?")
        _carry_out(verb, given, client, request, named)
    return 0


def _fields_of(verb: Verb) -> tuple[str, ...]:
    """The fields that the first argument fills."""
    return ABOUT[verb.about].fields if verb.about else ()


def _carry_out(
    verb: Verb,
    given: argparse.Namespace,
    client: "Client",
    request: Any,  # noqa: ANN401  any request
    named: dict[str, str],
) -> None:
    import msgspec

    from modelry.cli import output

    operation = verb.operation()
    known = _on_the_wire(operation, named)
    title = None if verb.title is None else lambda entry: verb.title({**known, **entry})  # type: ignore[misc]
    if operation.access.level == "list":
        output.show(given, listed(client, operation, request, given.limit), columns=verb.columns, name=title)
        return
    answer = msgspec.json.decode(client.answer(operation, request), type=dict[str, msgspec.Raw])
    for key in operation.request_id_keys:
        answer.pop(key, None)
    if verb.done and given.output == "table" and given.jmespath is None:
        output.write([f"{'@'.join(named.values())} {verb.done}"])
        return
    if verb.done or operation.access.level == "create":
        answer = {**{key: msgspec.Raw(msgspec.json.encode(value)) for key, value in known.items()}, **answer}
    output.show(given, msgspec.json.encode(answer), name=title)


def _on_the_wire(operation: "AnyOperation", named: Mapping[str, str]) -> dict[str, str]:
    import msgspec

    names = {field.name: field.encode_name for field in msgspec.structs.fields(operation.request)}
    return {names[name]: value for name, value in named.items()}


def listed(client: "Client", operation: "AnyOperation", request: Any, limit: int | None) -> bytes:  # noqa: ANN401
    """The entries of all pages as JSON, at most `limit` of them."""
    import msgspec

    from modelry.cli.fancy import Waiting

    size = min(PAGE_SIZE, limit or PAGE_SIZE)
    if hasattr(request, "page_size"):
        request = msgspec.structs.replace(request, page_size=size)
    with Waiting("Listing") as waiting:
        return msgspec.json.encode(list(_counted(client.items(operation, request, limit=limit), waiting.advance)))


def _counted(entries: Iterator[Any], advance: Callable[[], None]) -> Iterator[Any]:
    for entry in entries:
        advance()
        yield entry


def must_be_able_to_ask(given: argparse.Namespace) -> None:
    """Refuse to destroy something where nobody can be asked and `--yes` was not given.

    Raises:
        WrongUsage: so it is.
    """
    if not given.yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise WrongUsage("say --yes: there is no terminal on which you could be asked whether you mean it")


def ask(given: argparse.Namespace, question: str) -> None:
    """Ask on the terminal, unless `--yes` answers.

    Raises:
        Declined: the answer was not yes.
    """
    if given.yes:
        return
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise remote.Declined("nothing was changed")


def _told(text: str, named: Mapping[str, str]) -> str:
    """What was named, and what it is."""
    from modelry.contract.text import printable

    id_ = "@".join(named.values())
    return printable(text if text == id_ else f"{text} ({id_})")
