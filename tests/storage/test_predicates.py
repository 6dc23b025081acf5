"""A predicate evaluated on an object and the same predicate in SQL are never of two minds."""

import sqlite3
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelry.access.predicate import (
    ALWAYS,
    NEVER,
    All,
    Compare,
    Contains,
    Has,
    HasMatching,
    IsIn,
    Matches,
    Not,
    Predicate,
    Present,
    Some,
    both,
    holds,
    simplified,
)
from modelry.storage.predicates import Sql, matching, rendered

COLUMNS = {"name": "name", "task": "task", "size": "size"}


class Thing(NamedTuple):
    """An object with attributes that may be absent, and a set."""

    name: str
    task: str | None
    size: int | None
    tags: frozenset[str]
    labels: dict[str, str]


def has_tag(element: tuple[str, ...]) -> Sql:
    return "id IN (SELECT id FROM tags WHERE tag = ?)", element


def has_label(element: tuple[str, ...]) -> Sql:
    return "id IN (SELECT id FROM labels WHERE key = ? AND value = ?)", element


def has_label_like(key: str, pattern: str) -> Sql:
    fits, bound = matching("value", pattern)
    return f"id IN (SELECT id FROM labels WHERE key = ? AND {fits})", (key, *bound)  # noqa: S608  our own constants


TEXTS = st.text(st.sampled_from("aBß\U0001f600中%_'\uffff []^-\\"), max_size=3)
KEYS = st.sampled_from(["k", "K", ""])
PATTERNS = st.text(st.sampled_from("aBß\U0001f600*?%_[]^-\\"), max_size=5)
NUMBERS = st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63)])
THINGS = st.builds(
    Thing,
    TEXTS,
    st.none() | TEXTS,
    st.none() | NUMBERS,
    st.frozensets(TEXTS, max_size=2),
    st.dictionaries(KEYS, TEXTS, max_size=2),
)
SIGNS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
LEAVES = (
    st.builds(Compare, st.sampled_from(["name", "task"]), SIGNS, TEXTS)
    | st.builds(Compare, st.just("size"), SIGNS, NUMBERS)
    | st.builds(IsIn, st.sampled_from(["name", "task"]), st.lists(TEXTS, max_size=3).map(tuple))
    | st.builds(IsIn, st.just("size"), st.lists(NUMBERS, max_size=3).map(tuple))
    | st.builds(Present, st.sampled_from(["name", "task", "size"]))
    | st.builds(Compare, st.just("unheard_of"), SIGNS, TEXTS)
    | st.builds(IsIn, st.just("unheard_of"), st.lists(TEXTS, max_size=3).map(tuple))
    | st.builds(Matches, st.sampled_from(["name", "task", "unheard_of"]), st.lists(PATTERNS, max_size=3).map(tuple))
    | st.builds(HasMatching, st.sampled_from(["labels", "unheard_of"]), KEYS, PATTERNS)
    | st.builds(Has, st.sampled_from(["labels", "unheard_of"]), st.tuples(KEYS, TEXTS))
    | st.builds(Contains, st.sampled_from(["name", "task"]), TEXTS)
    | st.builds(Has, st.just("tags"), TEXTS.map(lambda text: (text,)))
)
PREDICATES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(All, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Some, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Not, inner)
    ),
    max_leaves=8,
)


def found_by_sql(things: list[Thing], predicate: Predicate) -> list[int]:
    raw = sqlite3.connect(":memory:")
    raw.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL, task TEXT, size INTEGER)")
    raw.execute("CREATE TABLE tags (id INTEGER, tag TEXT)")
    raw.execute("CREATE TABLE labels (id INTEGER, key TEXT, value TEXT)")
    for number, thing in enumerate(things):
        raw.execute("INSERT INTO things VALUES (?, ?, ?, ?)", (number, *thing[:3]))
        raw.executemany("INSERT INTO tags VALUES (?, ?)", [(number, tag) for tag in thing.tags])
        raw.executemany("INSERT INTO labels VALUES (?, ?, ?)", [(number, *label) for label in thing.labels.items()])
    sets = {"tags": has_tag, "labels": has_label}
    condition, values = rendered(predicate, COLUMNS, sets, {"labels": has_label_like})
    rows = raw.execute(f"SELECT id, {condition} FROM things ORDER BY id", values).fetchall()  # noqa: S608  the tested text
    raw.close()
    assert {truth for _, truth in rows} <= {0, 1}, "a condition is never NULL"
    return [number for number, truth in rows if truth]


def attributes(thing: Thing) -> dict[str, object]:
    return {**thing._asdict(), "tags": {(tag,) for tag in thing.tags}, "labels": set(thing.labels.items())}


@settings(max_examples=300, deadline=None)
@given(st.lists(THINGS, max_size=6), PREDICATES)
def test_sql_finds_the_objects_that_the_predicate_holds_of(things: list[Thing], predicate: Predicate) -> None:
    held = [number for number, thing in enumerate(things) if holds(predicate, attributes(thing))]
    assert found_by_sql(things, predicate) == held


@settings(max_examples=100, deadline=None)
@given(st.lists(THINGS, max_size=4), st.lists(PREDICATES, max_size=3))
def test_both_is_all_of_them(things: list[Thing], predicates: list[Predicate]) -> None:
    held = [number for number, thing in enumerate(things) if all(holds(p, attributes(thing)) for p in predicates)]
    assert found_by_sql(things, both(*predicates)) == held


@settings(max_examples=300, deadline=None)
@given(THINGS, PREDICATES)
def test_what_is_simplified_is_as_true_as_before(thing: Thing, predicate: Predicate) -> None:
    assert holds(simplified(predicate), attributes(thing)) == holds(predicate, attributes(thing))


@pytest.mark.parametrize(
    ("predicate", "simple"),
    [
        (All((All(()), Not(Some(())))), ALWAYS),
        (Some((Compare("a", "=", "x"), Not(NEVER))), ALWAYS),
        (All((Compare("a", "=", "x"), Some((Some(()), IsIn("a", ()))))), NEVER),
        (Not(All((Present("a"), NEVER))), ALWAYS),
    ],
)
def test_what_depends_on_nothing_is_always_or_never_itself(predicate: Predicate, simple: Predicate) -> None:
    assert simplified(predicate) is simple


def test_many_alternatives_of_one_attribute_are_looked_for_at_once() -> None:
    named = Some(tuple(Compare("a", "=", str(n % 3)) for n in range(6)))
    assert simplified(named) == IsIn("a", ("0", "1", "2"))
    assert simplified(Some((Matches("a", ("x*", "y*")), Matches("a", ("y*",))))) == Matches("a", ("x*", "y*"))


@pytest.mark.parametrize(
    ("name", "pattern", "found"),
    [
        ("[a]", "[a]", True),
        ("a", "[a]", False),
        ("x[", "?[", True),
        ("[^a]b", "[^a]*", True),
        ("bb", "[^a]*", False),
        ("a]", "a]", True),
        ("a", "A", False),
        ("%", "_", False),
        ("\U0001f600", "?", True),
        ("a\n", "a?", True),
        ("", "*", True),
    ],
)
def test_only_a_star_and_a_question_mark_are_wildcards(name: str, pattern: str, found: bool) -> None:
    thing = Thing(name, None, None, frozenset(), {"k": name})
    for predicate in (Matches("name", (pattern,)), HasMatching("labels", "k", pattern)):
        assert holds(predicate, attributes(thing)) is found
        assert bool(found_by_sql([thing], predicate)) is found


@pytest.mark.parametrize("kind", [All, Some])
def test_thousands_of_alternatives_are_still_a_condition(kind: type[All] | type[Some]) -> None:
    many = kind(tuple(Contains("name", f"{n}") for n in range(5000)))
    assert found_by_sql([Thing("4999", None, None, frozenset(), {})], many) == ([0] if kind is Some else [])


def test_thousands_of_wildcard_texts_are_still_a_condition() -> None:
    many = Matches("name", tuple(f"{n}?" for n in range(5000)))
    assert found_by_sql(
        [Thing("4999x", None, None, frozenset(), {}), Thing("x", None, None, frozenset(), {})], many
    ) == [0]


@pytest.mark.parametrize(("predicate", "found"), [(ALWAYS, [0]), (NEVER, []), (Not(NEVER), [0]), (Not(ALWAYS), [])])
def test_of_nothing_all_is_true_and_some_is_false(predicate: Predicate, found: list[int]) -> None:
    assert found_by_sql([Thing("a", None, None, frozenset(), {})], predicate) == found


@pytest.mark.parametrize(
    ("predicate", "found"),
    [
        (Compare("task", "<>", "x"), True),
        (Compare("task", "=", "x"), False),
        (Compare("size", "<", 1), False),
        (Compare("size", ">=", 1), False),
        (IsIn("task", ("x",)), False),
        (Present("task"), False),
        (Contains("task", ""), True),
        (Not(Compare("size", "<", 1)), True),
    ],
)
def test_what_is_absent_differs_from_everything_and_compares_with_nothing(predicate: Predicate, found: bool) -> None:
    thing = Thing("a", None, None, frozenset(), {})
    assert holds(predicate, attributes(thing)) is found
    assert bool(found_by_sql([thing], predicate)) is found
