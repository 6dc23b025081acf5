"""`modelry config show`: every setting as it counts, and where it comes from."""

import argparse
import json
import os
from typing import TYPE_CHECKING, Any

from modelry.cli.given import add_flags, flags_of, told
from modelry.cli.parsing import examples, group

if TYPE_CHECKING:
    from modelry.settings import Setting

_HIDDEN = "(hidden)"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The commands."""
    commands.add_parser("config", help="show the settings", description="Show the settings of a server.", fill=_fill)


def _fill(parser: argparse.ArgumentParser) -> None:
    show = group(parser).add_parser(
        "show",
        help="show every setting with its value",
        description=(
            "Show every setting as `modelry serve` with the same arguments and environment would have it.\n"
            "Nothing is opened; secrets are not shown."
        ),
        epilog=examples(
            "modelry config show --origin",
            "modelry config show --origin --config modelry.toml --port 9000",
            "modelry config show --json | jq -r .port.Value",
        ),
        fill=_fill_show,
    )
    show.set_defaults(run=run)


def _fill_show(show: argparse.ArgumentParser) -> None:
    show.add_argument("--origin", action="store_true", help="show where each comes from: flag, variable, file, default")
    show.add_argument("--json", action="store_true", help="one JSON object, with the origins")
    add_flags(show)


def run(given: argparse.Namespace) -> int:
    """Show them."""
    return told(lambda: _run(given))


def _run(given: argparse.Namespace) -> int:
    from modelry.settings import origins

    found = origins(flags_of(given), os.environ, given.config)
    if given.json:
        listed = {name: {"Value": _value(each), "Origin": each.origin} for name, each in found.items()}
        print(json.dumps(listed, indent=2, ensure_ascii=False))
        return 0
    rows = [(name, _text(_value(each)), each.origin if given.origin else "") for name, each in found.items()]
    name_width, value_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, value, origin in rows:
        print(f"{name:{name_width}}  {value:{value_width}}  {origin}".rstrip())
    return 0


def _value(setting: "Setting") -> Any:  # noqa: ANN401  settings are of several types
    return _HIDDEN if setting.secret and setting.value is not None else setting.value


def _text(value: Any) -> str:  # noqa: ANN401  as above
    if value is None:
        return "-"
    if isinstance(value, tuple):
        return ",".join(value) or "-"
    return str(value).lower() if isinstance(value, bool) else str(value)
