"""The parser of every command: options that are made only when their command runs, errors in one line."""

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

WRONG_USAGE = 2
"""Exit code: the arguments do not say what to do."""


class Parser(argparse.ArgumentParser):
    """A parser whose options may be added late: `fill` when it is used, `explain` before its help is shown.

    Options cannot be abbreviated: a new one would make an old script ambiguous.
    """

    width: int | None = None
    """Of the help, in columns; `None`: the terminal's."""

    shown_below = True
    """Whether the page of all commands shows the commands below this one too."""

    def __init__(
        self,
        *given: Any,  # noqa: ANN401  what argparse takes
        fill: "Callable[[Parser], None] | None" = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(*given, **options)
        self._fill = fill
        self._explain: list[Callable[[], None]] = []
        self._say_wrong: Callable[[str], str] | None = None

    def filled(self) -> "Parser":
        """Itself, with all of its options."""
        if self._fill is not None:
            fill, self._fill = self._fill, None
            fill(self)
        return self

    def on_help(self, explain: Callable[[], None]) -> None:
        """Have texts that cost something to find found before the help is shown."""
        self._explain.append(explain)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401  as argparse
        """What argparse does, once the options are there; the command itself says what it does not know."""
        self.filled()
        given, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return given, unknown

    def on_wrong_choice(self, say: Callable[[str], str]) -> None:
        """Have `say` tell what is wrong with a command below this one that there is not, in place of a long list."""
        self._say_wrong = say

    def _check_value(self, action: argparse.Action, value: Any) -> None:  # noqa: ANN401  as argparse
        is_command = isinstance(action, argparse._SubParsersAction)
        if is_command and self._say_wrong is not None and value not in (action.choices or ()):
            self.error(self._say_wrong(value))
        super()._check_value(action, value)

    def format_help(self) -> str:
        """The help, with everything that there is to say."""
        self.filled()
        while self._explain:
            self._explain.pop()()
        return super().format_help()

    def below(self) -> "dict[str, tuple[str, Parser]]":
        """The commands below this one, each with its line of help."""
        found: dict[str, tuple[str, Parser]] = {}
        for action in self.filled()._actions:
            if isinstance(action, argparse._SubParsersAction):
                lines = {choice.dest: choice.help or "" for choice in action._choices_actions}
                found |= {name: (lines[name], parser) for name, parser in action.choices.items() if name in lines}
        return found

    def error(self, message: str) -> NoReturn:
        """One line that says what is wrong and where to look; not the whole usage."""
        print(f"modelry: {message} (see {self.prog} --help)", file=sys.stderr)
        sys.exit(WRONG_USAGE)

    def _get_formatter(self) -> argparse.HelpFormatter:
        if self.width is None:
            return super()._get_formatter()
        return self.formatter_class(prog=self.prog, width=self.width)  # type: ignore[call-arg]  # all of them take it


def group(parser: argparse.ArgumentParser) -> Any:  # noqa: ANN401  the type has no public name
    """Where the commands below `parser` are added."""
    return parser.add_subparsers(required=True, metavar="COMMAND")


def add_commands(
    subcommands: Any,  # noqa: ANN401  as above
    of: str,
    rows: "Iterable[tuple[str, str, Callable[[Parser], None], str]]",
    more: str = "",
) -> None:
    """Add the commands below `modelry OF`: each with its help, what fills it, and an example of its arguments."""
    for name, help_, fill, example in rows:
        subcommands.add_parser(
            name,
            help=help_,
            description=f"{help_[0].upper()}{help_[1:]}.{more}",
            epilog=examples(f"modelry {of} {example}"),
            fill=fill,
        )


def examples(*lines: str) -> str:
    """The end of a help text."""
    return "\n".join(("examples:", *(f"  {line}" for line in lines)))
