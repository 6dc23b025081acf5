"""`modelry export`: a workspace as one file."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from modelry.cli import output, remote
from modelry.cli.bundling import counting, fetching, is_remote, reporting
from modelry.cli.given import add_place
from modelry.cli.parsing import Parser, examples
from modelry.cli.remote import WrongUsage

if TYPE_CHECKING:
    from modelry.bundle.format import Manifest

_DESCRIPTION = """\
Write a workspace with its roles, members, configurations, models and versions into one file.

It is read from a data folder, in one state, beside a running server or without; or through the API of a server or of
the cloud if --endpoint, --region or --profile says which. A data folder also tells what the API does not: see
docs/bundles.md."""

_EXAMPLES = examples(
    "modelry export team team.zip",
    "modelry export 100001 team.zip --data /var/lib/modelry",
    "modelry export 100001 team.zip --region cn-hangzhou --profile research",
)


def add_to(commands: "argparse._SubParsersAction[Parser]") -> None:
    """The command."""
    commands.add_parser(
        "export", help="write a workspace into a file", description=_DESCRIPTION, epilog=_EXAMPLES, fill=_fill
    )


def _fill(parser: Parser) -> None:
    parser.add_argument("workspace", metavar="WORKSPACE", help="id or name")
    parser.add_argument("file", metavar="FILE", type=Path)
    add_place(parser)
    parser.add_argument("--force", action="store_true", help="replace FILE if it is there")
    remote.add_options(parser)
    output.add_options(parser)
    parser.set_defaults(run=reporting(run))


def run(given: argparse.Namespace) -> int:
    """Write the file."""
    import msgspec

    if (given.data or given.database) and is_remote(given):
        raise WrongUsage(
            "--data and --database are one source, --endpoint, --region and --profile are another: give one"
        )
    if given.file.exists() and not given.force:
        raise ValueError(f"{given.file} is there already: --force replaces it")
    manifest = _of_service(given) if is_remote(given) else _of_folder(given)
    origin = manifest.origin
    answer = {"File": str(given.file), "WorkspaceId": origin.workspace_id, "Entries": manifest.counts}
    output.show(given, msgspec.json.encode(answer))
    return 0


def _of_folder(given: argparse.Namespace) -> "Manifest":
    from modelry.bundle.folder import Folder
    from modelry.bundle.format import write
    from modelry.cli.folder import opened

    with opened(given) as database, counting("Exporting models") as tell:
        folder = Folder(database, given.workspace)
        return write(given.file, folder.origin, folder.entries(lambda done, _: tell(done)))


def _of_service(given: argparse.Namespace) -> "Manifest":
    from modelry.bundle.format import write

    def spool(_workspace_id: str) -> Path:
        return Path(f"{given.file}.partial")

    with fetching(given, given.workspace, spool) as fetch, fetch.entries() as entries:
        return write(given.file, fetch.service.origin, entries)
