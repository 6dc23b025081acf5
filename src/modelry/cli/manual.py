"""The help of every command as one page."""

from collections.abc import Iterator

from modelry.cli.parsing import Parser

_WIDTH = 100

_HEAD = """\
# Commands

<!-- Generated: `modelry reference --write docs` writes this page anew. -->

What `--help` says of every command. [The command line](cli.md) says what they have in common: names, output, exit
codes. The operations below `modelry call` have help of their own, as in `modelry call GetModel --help`; their fields
are those of [the operations](operations.md)."""


def commands_page(program: Parser) -> str:
    """The page."""
    return "\n\n".join((_HEAD, *_sections(program))) + "\n"


def _sections(parser: Parser) -> Iterator[str]:
    """A command and those below it, as deep as they go."""
    parser.filled().width = _WIDTH
    if parser.shown_below:
        below = [command for _, command in parser.below().values()]
        help_ = parser.format_help()
    else:
        below, help_ = [], _without_list(parser)
    yield f"## {parser.prog}\n\n```text\n{help_.rstrip()}\n```"
    for command in below:
        yield from _sections(command)


def _without_list(parser: Parser) -> str:
    """The help without the list of what is below, which other pages have."""
    blocks = parser.format_help().split("\n\n")
    return "\n\n".join(block for block in blocks if not block.startswith("operations:\n"))
