"""`modelry doctor`: whether a data folder is well, and what to do where it is not."""

import argparse
import json
from typing import TYPE_CHECKING

from modelry.cli.given import add_place, settings_of, told
from modelry.cli.parsing import examples

if TYPE_CHECKING:
    from modelry.settings import Settings


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command."""
    parser = commands.add_parser(
        "doctor",
        help="check a data folder: files, schema, keys, clock, disk",
        description=(
            "Check a data folder, beside a running server or without; no data is changed. One line a check: ok,\n"
            "warning or failed, with what to do. Exit code 1 if one has failed."
        ),
        epilog=examples("modelry doctor --data /srv/modelry", "modelry doctor --json | jq -r '.Checks[].State'"),
        fill=_fill,
    )
    parser.set_defaults(run=run)


def _fill(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(given: argparse.Namespace) -> int:
    """Check."""
    return told(lambda: _run(given, settings_of(given)))


def _run(given: argparse.Namespace, settings: "Settings") -> int:
    from modelry.server.checkup import findings

    found = []
    for finding in findings(settings):
        found.append(finding)
        if not given.json:
            print(f"{finding.state:7}  {finding.name:11}  {finding.text}")
            if finding.advice:
                print(f"{'':22}{finding.advice}")
    failed = any(finding.state == "failed" for finding in found)
    if given.json:
        checks = [{"Name": f.name, "State": f.state, "Text": f.text, "Advice": f.advice} for f in found]
        print(json.dumps({"State": "failed" if failed else "ok", "Checks": checks}, indent=2, ensure_ascii=False))
    return 1 if failed else 0
