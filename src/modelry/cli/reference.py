"""`modelry reference`: the pages that are derived from the declarations."""

import argparse
import re
import sys
from pathlib import Path

from modelry.cli.parsing import examples

PAGES = ("operations", "ram", "coverage", "settings", "commands")
"""Each is a file of `docs/`."""

BLOCKS = ("offered",)
"""What stands within another page."""

_BLOCK = re.compile(r"(?P<start><!-- modelry reference (?P<page>[a-z]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
"""Where another page holds a generated one."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command."""
    parser = commands.add_parser(
        "reference",
        help="print the reference: operations, RAM actions, coverage, settings, commands",
        description="Print a page of the reference, or write all of them.",
        epilog=examples("modelry reference operations", "modelry reference --write docs"),
    )
    parser.add_argument("page", nargs="?", choices=(*PAGES, *BLOCKS), metavar="PAGE", help=", ".join((*PAGES, *BLOCKS)))
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write every page into this folder")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Print one page, or write all."""
    if given.write is None and given.page is None:
        print(f"modelry: name a page ({', '.join((*PAGES, *BLOCKS))}) or a folder with --write", file=sys.stderr)
        return 2
    if given.page is not None:
        print(page(given.page), end="")
    if given.write is not None:
        for path, text in written(given.write).items():
            path.write_text(text)
    return 0


def page(name: str) -> str:
    """A page or a block as it is generated now."""
    from modelry import families
    from modelry.contract import reference
    from modelry.contract.catalogue import Catalogue
    from modelry.settings import ENV_PREFIX, FLAGS, Settings

    if name == "commands":
        from modelry.cli import program
        from modelry.cli.manual import commands_page

        return commands_page(program())
    catalogue = Catalogue(families.operations())
    match name:
        case "operations":
            return reference.operations_page(catalogue)
        case "ram":
            return reference.ram_page(catalogue)
        case "coverage":
            return reference.coverage_page(catalogue)
        case "settings":
            return reference.settings_page(Settings, FLAGS, ENV_PREFIX)
        case "offered":
            return reference.offered_sentence(catalogue)
    raise KeyError(name)


def written(folder: Path) -> dict[Path, str]:
    """What `--write` makes of a folder: its generated pages, and the generated blocks of the README above it."""
    files = {folder / f"{name}.md": page(name) for name in PAGES}
    readme = folder.parent / "README.md"
    if readme.exists():
        text = readme.read_text()
        files[readme] = _BLOCK.sub(lambda found: found["start"] + page(found["page"]) + found["end"], text)
    return files
