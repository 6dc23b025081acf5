"""`modelry audit`: who has changed what, and who was not allowed to."""

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelry.cli.folder import opened
from modelry.cli.given import add_place
from modelry.settings import SettingsError

if TYPE_CHECKING:
    from modelry.families.audit.store import Event, Filters
    from modelry.storage.database import Connection

_AT_ONCE = 1000
"""Rows that are read, and that share the widths of a table."""

_MOST = 1_000_000
"""Rows that are held in memory at most, to be shown oldest first."""

_EXAMPLES = """\
examples:
  modelry audit --since 2026-01-01 --user alice
  modelry audit --resource model/model-1 --limit 0
  modelry audit --denied -o json | jq -r .Reason
  modelry audit --request-id 5A14FA81-DD4E-4D73-9C6E-1F0A9C2D8F11 -o json
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command."""
    parser = commands.add_parser(
        "audit",
        help="show who has changed what, and who was not allowed to",
        description="Show the audit of a registry, beside a running server or without; the newest row comes last.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_place(parser)
    parser.add_argument("--since", type=_time_us, metavar="TIME", help="from this time on: ISO 8601, UTC if not said")
    parser.add_argument("--until", type=_time_us, metavar="TIME", help="before this time")
    parser.add_argument("--operation", metavar="NAME", help="CreateModel, or Ram:TagResources with its product")
    parser.add_argument("--user", metavar="NAME_OR_ID", help="who: the name or the id of a user or a role")
    parser.add_argument("--key", metavar="ID", help="the access key that signed")
    parser.add_argument("--resource", metavar="PREFIX", help="how the resource begins: model/model-1, user/")
    parser.add_argument("--denied", action="store_true", help="only what was denied")
    parser.add_argument("--request-id", metavar="ID", help="the RequestId of an answer")
    parser.add_argument(
        "--limit", type=_count, default=100, metavar="N", help="the newest N that fit (default: 100); 0 shows all"
    )
    parser.add_argument(
        "-o", "--output", choices=("table", "json"), help="default: a table on a terminal, otherwise lines of JSON"
    )
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Show what fits."""
    from modelry.storage.database import StorageError
    from modelry.storage.stores import FAULTS

    try:
        with opened(given) as database:
            _show(given, database)
    except (SettingsError, StorageError, *FAULTS) as error:
        print(f"modelry: {error}", file=sys.stderr)
        return 1
    return 0


def _show(given: argparse.Namespace, database: "Connection") -> None:
    from modelry.families.audit.lines import json_line, table
    from modelry.storage.instance import instance

    found = instance(database)
    if found is None:
        raise SettingsError("the registry has never been started")
    as_table = (given.output or ("table" if sys.stdout.isatty() else "json")) == "table"
    for page in _pages(database, found.account_id, _filters(given), given.limit):
        for line in table(page) if as_table else map(json_line, page):
            print(line)
    sys.stdout.flush()


def _filters(given: argparse.Namespace) -> "Filters":
    from modelry.families.audit.store import Filters

    product, _, operation = (given.operation or "").rpartition(":")
    return Filters(
        since_us=given.since,
        until_us=given.until,
        product=product or None,
        operation=operation or None,
        user=given.user,
        access_key_id=given.key,
        resource_prefix=given.resource,
        outcome="Denied" if given.denied else None,
        request_id=given.request_id,
    )


def _pages(database: "Connection", account_id: int, filters: "Filters", limit: int) -> "Iterator[list[Event]]":
    """The newest events that fit, or all of them if `limit` is 0; oldest first."""
    from modelry.families.audit.store import events

    if limit:
        found = events(database, account_id, filters, newest_first=True, limit=limit + 1)
        if len(found) > limit:
            print(f"modelry: the newest {limit} of more; --limit says how many, 0 is all", file=sys.stderr)
        yield found[:limit][::-1]
        return
    after_us = None
    while page := events(database, account_id, filters, newest_first=False, limit=_AT_ONCE, after_us=after_us):
        yield page
        after_us = page[-1].time_us


def _time_us(text: str) -> int:
    from modelry.storage.times import milliseconds

    try:
        return milliseconds(text) * 1000
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time in ISO 8601, such as 2026-01-31T12:00:00Z") from error


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to {_MOST}")
    return int(text)
