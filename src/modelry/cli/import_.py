"""`modelry import`: a workspace into a data folder, out of a file or from a service."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from modelry.cli import output, remote
from modelry.cli.bundling import counting, fetching, is_remote, reporting
from modelry.cli.given import add_place, settings_of
from modelry.cli.parsing import Parser, examples
from modelry.cli.remote import WrongUsage

if TYPE_CHECKING:
    from modelry.bundle.arrival import Choices
    from modelry.bundle.format import Entry, Kind

_DESCRIPTION = """\
Take a workspace into a data folder: everything or, when something cannot be taken in, nothing. Ids, version names,
times, labels and the order of everything stay; what does not stay is in docs/bundles.md.

It works beside a running server, whose writes wait meanwhile, or without. With `--from cloud` the workspace is read
through the API of the cloud or of another Modelry, by reads alone; what was fetched is kept, so the same command goes
on where an earlier one was interrupted."""

_EXAMPLES = examples(
    "modelry import team.zip",
    "modelry import team.zip --into 100002 --without members --without roles",
    "modelry import team.zip --check",
    "modelry import --from cloud --workspace 100001 --region cn-hangzhou --profile research",
)

_KINDS: "dict[str, Kind]" = {"members": "Member", "roles": "Role", "configs": "Config"}


def add_to(commands: "argparse._SubParsersAction[Parser]") -> None:
    """The command."""
    commands.add_parser(
        "import",
        help="take a workspace in, from a file or from the cloud",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        fill=_fill,
    )


def _fill(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", help="what `modelry export` has written")
    parser.add_argument("--from", dest="source", choices=("cloud",), help="read from a service in place of a file")
    parser.add_argument("--workspace", metavar="ID", help="id or name of the service's workspace")
    add_place(parser)
    parser.add_argument(
        "--into", metavar="WORKSPACE", help="id or name of a workspace that is there, in place of a new one"
    )
    parser.add_argument("--skip-existing", action="store_true", help="leave what is there already as it is")
    parser.add_argument(
        "--without", action="append", default=[], choices=tuple(_KINDS), help="what to leave out; repeat for several"
    )
    parser.add_argument("--check", action="store_true", help="only see whether FILE is whole, and what it holds")
    remote.add_options(parser)
    output.add_options(parser)
    parser.set_defaults(run=reporting(run))


def run(given: argparse.Namespace) -> int:
    """Take it in."""
    if bool(given.file) == bool(given.source):
        raise WrongUsage("give a FILE, or `--from cloud`")
    if given.source:
        if not given.workspace:
            raise WrongUsage("--from cloud needs --workspace")
        if given.check:
            raise WrongUsage("--check is about a FILE")
        return _from_service(given)
    if given.workspace or is_remote(given):
        raise WrongUsage("--workspace, --endpoint, --region and --profile are about `--from cloud`")
    return _from_file(given)


def _from_file(given: argparse.Namespace) -> int:
    import msgspec

    from modelry.bundle.format import opened

    with opened(given.file) as bundle:
        bundle.check()
        if not given.check:
            return _take_in(given, bundle.entries())
        output.show(given, msgspec.json.encode(bundle.manifest))
    return 0


def _from_service(given: argparse.Namespace) -> int:
    from modelry.bundle.arrival import foresee
    from modelry.cli.folder import opened

    folder = settings_of(given).folder

    def spool(workspace_id: str) -> Path:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # where the data is elsewhere there may be none
        return folder / f"import-{workspace_id}.partial"

    choices = _choices(given)
    with fetching(given, given.workspace, spool, choices.without) as fetch:
        with opened(given) as database:
            foresee(database, fetch.service.workspace, choices)
        with fetch.entries() as entries:
            return _take_in(given, entries)


def _take_in(given: argparse.Namespace, entries: "Iterable[Entry]") -> int:
    import msgspec

    from modelry.bundle.arrival import take_in
    from modelry.cli.folder import found

    store = found(settings_of(given))
    with counting("Importing models") as tell:
        outcome = store.write_alone(lambda transaction: take_in(transaction, entries, _choices(given), tell))
    answer = {"WorkspaceId": outcome.workspace_id, "Added": outcome.added, "Skipped": outcome.skipped}
    output.show(given, msgspec.json.encode(answer))
    return 0


def _choices(given: argparse.Namespace) -> "Choices":
    from modelry.bundle.arrival import Choices

    without = frozenset(_KINDS[name] for name in given.without)
    return Choices(into=given.into, skip_existing=given.skip_existing, without=without)
