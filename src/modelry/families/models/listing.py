"""A page of models, and how many there are in all, without a scan or a sort of many where it can be helped.

First a survey tells, in one statement, what has changed last, how many models there are, and how many carry a label
that is asked for. Then the rows come from where there are fewest of them:

- few: the candidates of a label, a collection, or the search index. They are sorted, and counted on the way;
- a stream: the entries of a label, which are in the order of creation;
- a walk along the index of the sort, which soon fills a page with what is common.

A search looks at a sample first: what is common fills a page of a walk soon, and what is rare its index knows.

A total count is kept (`tallies`), or remembered for as long as nothing has changed that it depends on.
"""
# ruff: noqa: S608  SQL is text, put together from our own constants; values travel as question marks alone

import functools
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from msgspec import structs

from modelry.access.predicate import ALWAYS, Has, Predicate
from modelry.families.labels import store as labels
from modelry.families.models import search
from modelry.families.models.scope import Scope, scope_of
from modelry.families.models.store import RESOURCE_TYPE, latest_of
from modelry.families.models.tallies import OF_ACCOUNT
from modelry.storage.database import Connection, Row
from modelry.storage.memory import End
from modelry.storage.paging import Page, Walk
from modelry.storage.predicates import Sql, Value

SORTED_BY = {
    "GmtCreateTime": "position",
    "GmtModifiedTime": "gmt_modified",
    "ModelName": "model_name",
    "OrderNumber": "order_place",
    "ParameterSize": "size_place",
}
"""Column of each `SortBy`."""

_FEW = 5_000
"""Candidates that are read and sorted rather than looked for on a walk."""

_RARE = 500
"""Entries of a label that are counted to find the rarest, where none of them has to be sorted."""

_FEW_FOUND = 50_000
"""Likewise of what the search index knows."""

_SCANNED = 6_000
"""Models whose texts are looked at one by one sooner than the search index is asked: about a millisecond."""

_SAMPLE = 400
"""Models at the beginning of a list that tell how common a text is: the index is slow to say so of a short one."""

_A_CANDIDATE = 8
"""What reading a candidate costs, by its position, in models that a walk looks at."""

_PLANNED = frozenset({10, 20, 50, 100})
"""Sizes of pages that stand in the statement itself: PostgreSQL plans it once for all if it knows how few rows come."""

_Bound: TypeAlias = tuple[Value, ...]
_NOTHING: _Bound = ()

Listed = tuple[bytes, bytes | None, int | None]
"""A model's document, its latest version's, and when that was changed."""


class _Source(NamedTuple):
    """Where rows `m` of `models` come from, in the order of the list or a few in any order."""

    tables: str
    values: _Bound = ()
    condition: str = "1 = 1"
    bound: _Bound = ()
    few: bool = False
    table: str = "m"
    """Whose `position` is in order, and leads to its labels."""
    carried: tuple[str, ...] | None = None
    """A label that all of them carry."""


class _Driver(NamedTuple):
    """Something that not many models may have."""

    positions: Sql
    """A select of their `position`."""
    label: tuple[str, ...] | None = None


class _Survey(NamedTuple):
    """What is known before any model is read."""

    models: int
    """Of the scope, whatever else it asks."""
    moved: int
    """When anything that counts depend on last changed; the same only while nothing has."""
    started: int
    """The generation of what decides about callers: walks end with it."""
    candidates: tuple[int, ...]
    """Of each driver, but no more than it takes to know that there are many."""


def models(
    database: Connection,
    account_id: int,
    wanted: Predicate,
    page: Page,
    versions: Predicate = ALWAYS,
    reader: str = "",
) -> tuple[list[Listed], int]:
    """A page of models with their latest versions, and how many there are in all.

    The latest version of each is the newest of those that fulfil `versions`. `reader` is whose walk it is.
    """
    return _Listing(database, scope_of(account_id, wanted), page, versions, reader).answer()


class _Listing:
    """One list while it is answered."""

    def __init__(self, database: Connection, scope: Scope, page: Page, versions: Predicate, reader: str) -> None:
        self._database = database
        self._scope = scope
        self._page = page = _settled(page, scope)
        self._latest = None if versions is ALWAYS else latest_of(scope.account_id, versions)
        self._drivers = list(_drivers(scope))
        self._few = _RARE if scope.tags and page.column == "position" else _FEW
        self._survey = survey = _survey(database, scope, self._drivers, self._few)
        self._known_as = known_as = scope.condition()
        self._walk = Walk(database.memory, lambda: (reader, survey().started, *known_as), page)
        self._total = None if scope.entire else self._known_total()

    def answer(self) -> tuple[list[Listed], int]:
        """The page and the total."""
        if self._scope.entire:
            return self._rows(self._walked(), count=False), self._survey().models
        source = self._chosen()
        rows = self._rows(source, count=self._total is None and (source.few or source.table == "t"))
        if self._total is None:
            self._count(source)
        return rows, self._total or 0

    def _known_total(self) -> int | None:
        memory = self._database.memory
        return None if memory is None else memory.lengths.get((self._survey().moved, *self._known_as))

    def _learn(self, total: int) -> None:
        self._total = total
        if self._database.memory is not None:
            self._database.memory.lengths.put((self._survey().moved, *self._known_as), total)

    def _chosen(self) -> _Source:
        """Where the rows come from."""
        rarest = self._rarest
        if rarest is not None and rarest.label and self._page.column == "position":
            return self._stream(rarest.label)
        if rarest is not None and min(self._survey().candidates) <= self._few:
            return _few(rarest.positions)
        if self._scope.needles and self._survey().models > _SCANNED and not self._is_common():
            return self._looked_up()
        return self._walked()

    def _is_common(self) -> bool:
        """Whether a walk finds them sooner than their candidates are read."""
        if self._total is None:
            return self._sampled() * _A_CANDIDATE > _SAMPLE
        wanted = self._walk.skipped + self._page.size
        return self._total**2 * _A_CANDIDATE > wanted * self._survey().models

    def _sampled(self) -> int:
        """How many of a sample are in the list."""
        whose, values = self._scope.whose()
        condition, bound = self._scope.condition()
        first = f"SELECT m.* FROM {self._walked().tables} WHERE {whose} {self._page.sorted_by('m.')} LIMIT {_SAMPLE}"
        return self._database.count(f"FROM ({first}) AS m WHERE {condition}", *values, *bound)

    @property
    def _rarest(self) -> _Driver | None:
        candidates = self._survey().candidates
        return self._drivers[candidates.index(min(candidates))] if candidates else None

    def _looked_up(self) -> _Source:
        """What the search index knows, unless it is too much."""
        most = min(self._survey().models // _A_CANDIDATE, _FEW_FOUND)
        positions = search.of(self._database).few(self._database, self._scope.needles, most)
        return self._walked() if positions is None else _few(positions)

    def _walked(self) -> _Source:
        """All models of the scope, in the order of the list."""
        return _Source(f"models AS m {self._by(self._scope.index_to_walk(self._page.column))}")

    def _rows(self, source: _Source, *, count: bool) -> list[Listed]:
        """The page out of a source, and the total with it if a row can bring it."""
        page, walk = self._page, self._walk
        condition, values = self._scope.condition(source.table, source.carried)
        rest, bound = walk.after(f"{source.table}.")
        columns = [f"m.{page.column} AS place", "m.position AS position"]
        total, counted = "NULL", _NOTHING
        if count and source.few and walk.end is None:
            columns.append("count(*) OVER () AS total")
            total = "page.total"
        elif count:
            total, counted = self._counting(source)
        # A short page of everything takes the pointer along; others look at the model again, for those that are shown.
        at_once = self._scope.entire and self._latest is None and not walk.skipped
        latest, of_latest = self._latest or ("page.latest" if at_once else "m.latest_position", ())
        again = "" if at_once else " JOIN models AS m ON m.position = page.position"
        if at_once:
            columns.append("m.latest_position AS latest")
        part, cut, ask = self._part(source)
        rows = ask(
            f"SELECT d.document, v.document, v.gmt_modified, page.place, page.position, {total}"
            f" FROM (SELECT {', '.join(columns)} FROM {source.tables}"
            f" WHERE {source.condition} AND {condition} AND {rest}"
            f" {page.sorted_by(f'{source.table}.')} {part}) AS page{again}"
            " JOIN model_documents AS d ON d.position = page.position"
            f" LEFT JOIN model_versions AS v ON v.position = {latest}"
            f" ORDER BY page.place {page.order}, page.position {page.order}",
            *(*counted, *source.values, *source.bound, *values, *bound, *cut, *of_latest),
        )
        walk.ended(End(*rows[-1][3:5]) if rows else None, len(rows))
        if self._total is None and len(rows) < page.size and walk.end is None and (rows or not walk.skipped):
            self._learn(walk.skipped + len(rows))
        if rows and rows[0][5] is not None:
            self._learn(rows[0][5])
        return [row[:3] for row in rows]

    def _part(self, source: _Source) -> tuple[str, _Bound, Callable[..., list[Row]]]:
        """Which of the rows are the page's, and how to ask for them: some statements have one plan for all values."""
        size, skipped = self._page.size, self._walk.skipped
        if skipped or size not in _PLANNED or not (self._scope.entire or source.table == "t"):
            return "LIMIT ? OFFSET ?", (size, skipped), self._database.all
        return f"LIMIT {size}", (), self._database.last if self._scope.entire else self._database.all

    def _counting(self, source: _Source) -> Sql:
        """How many models there are in all, as an expression."""
        if self._scope.own and self._scope.tags and all(isinstance(part, Has) for part in self._scope.parts):
            return _counted_by_labels(self._scope)
        if not source.few:
            rarest = self._rarest
            source = self._stream(rarest.label) if rarest and rarest.label else self._counted_in()
        condition, values = self._scope.condition(source.table, source.carried)
        sql = f"(SELECT count(*) FROM {source.tables} WHERE {source.condition} AND {condition})"
        return sql, (*source.values, *source.bound, *values)

    def _counted_in(self) -> _Source:
        """All models of the scope, where they are told apart fastest."""
        return _Source(f"models AS m {self._by(self._scope.index_to_count)}")

    def _stream(self, label: tuple[str, ...]) -> _Source:
        """The models with a label, in the order of their creation."""
        scope = self._scope
        entry, values = labels.entries(scope.account_id, RESOURCE_TYPE, scope.workspace_id, label, "t.")
        # Within a workspace the key of the table is in this order itself.
        by = "" if scope.workspace_id else search.of(self._database).by(labels.BY_POSITION)
        tables = f"labels AS t {by} CROSS JOIN models AS m"
        return _Source(tables, (), f"{entry} AND m.position = t.position", values, table="t", carried=label)

    def _by(self, index: str | None) -> str:
        """The index to read `models` by; a provider's models are in none of them."""
        return str(search.of(self._database).by(index)) if self._scope.own else ""

    def _count(self, source: _Source) -> None:
        total, values = self._counting(source)
        row = self._database.one(f"SELECT {total}", *values)
        self._learn(row[0] if row else 0)


def _settled(page: Page, scope: Scope) -> Page:
    """The page by the least that makes its order total: within a workspace no two models have one name."""
    within = scope.workspace_id is not None and page.column == "model_name"
    return structs.replace(page, tie=page.column) if within else page


def _few(positions: Sql) -> _Source:
    sql, values = positions
    return _Source(f"({sql}) AS few CROSS JOIN models AS m", values, "m.position = few.position", few=True)


def _drivers(scope: Scope) -> Iterator[_Driver]:
    for label in scope.tags:
        entry, values = labels.entries(scope.account_id, RESOURCE_TYPE, scope.workspace_id, label)
        yield _Driver((f"SELECT position FROM labels WHERE {entry}", values), label)
    if scope.collections:
        marks = ", ".join("?" * len(scope.collections))
        sql = f"SELECT DISTINCT position FROM model_collections WHERE account_id = ? AND collection IN ({marks})"
        yield _Driver((sql, (scope.account_id, *scope.collections)))
    if scope.workspaces and scope.own and scope.workspace_id is None:
        marks = ", ".join("?" * len(scope.workspaces))
        sql = f"SELECT position FROM models WHERE account_id = ? AND workspace_id IN ({marks}) AND provider IS NULL"
        yield _Driver((sql, (scope.account_id, *scope.workspaces)))


def _survey(database: Connection, scope: Scope, drivers: list[_Driver], most: int) -> Callable[[], _Survey]:
    """Ask at once for what is known of a list; what is answered waits for it, the first time."""
    of = (scope.account_id, OF_ACCOUNT if scope.workspace_id is None or not scope.own else scope.workspace_id)
    counts = [f"(SELECT count(*) FROM ({d.positions[0]} LIMIT ?) AS found)" for d in drivers]
    asked = database.ahead(
        "SELECT (SELECT models FROM model_tallies WHERE account_id = ? AND workspace_id = ?),"
        " (SELECT moved FROM model_tallies WHERE account_id = ? AND workspace_id = ?),"
        f" (SELECT value FROM access_generation)"
        f"{''.join(f', {count}' for count in counts)}",
        *(*of, *of, *(value for d in drivers for value in (*d.positions[1], most + 1))),
    )

    @functools.cache
    def survey() -> _Survey:
        models, moved, started, *candidates = asked() or (0, 0, 0)
        return _Survey(models or 0, moved or 0, started or 0, tuple(candidates))

    return survey


def _counted_by_labels(scope: Scope) -> Sql:
    """How many models carry all of the labels: the entries of the index, less the models of providers among them."""
    first, *others = scope.tags
    entry, values = labels.entries(scope.account_id, RESOURCE_TYPE, scope.workspace_id, first, "t.")
    carried = [labels.carries(scope.account_id, RESOURCE_TYPE, label, "t") for label in others]
    provided = [labels.carries(scope.account_id, RESOURCE_TYPE, label, "p") for label in scope.tags]
    where, within = ("", ()) if scope.workspace_id is None else (" AND p.workspace_id = ?", (scope.workspace_id,))
    sql = (
        f"((SELECT count(*) FROM labels AS t WHERE {' AND '.join([entry, *(sql for sql, _ in carried)])})"
        " - (SELECT count(*) FROM models AS p WHERE p.account_id = ? AND p.provider IS NOT NULL"
        f"{where} AND {' AND '.join(sql for sql, _ in provided)}))"
    )
    bound = (
        *values,
        *(v for _, vs in carried for v in vs),
        scope.account_id,
        *within,
        *(v for _, vs in provided for v in vs),
    )
    return sql, bound
