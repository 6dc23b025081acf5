"""Where PostgreSQL looks for a page of models: in the index of the sort, whatever workspace it is of.

It plans such a statement once for all values, so the plan must suit a workspace of most models and one of a few.
"""
# ruff: noqa: S608  constants alone

import re
from collections.abc import Iterator
from typing import Any

import pytest

from modelry import families
from modelry.access.sealing import Sealer
from modelry.families.models.handlers import list_models
from modelry.families.models.structs import ListModels
from modelry.handling import by_account
from modelry.storage import migrations
from modelry.storage.memory import Memory
from modelry.storage.postgresql.session import Options, Session
from modelry.storage.postgresql.store import PostgresqlStore
from modelry.storage.postgresql.transaction import PostgresqlConnection
from tests import databases
from tests.families.models.scenes import ACCOUNT

_BIG, _SMALL = "w0", "w1"
_MODELS = f"""
INSERT INTO models
  (account_id, position, model_id, workspace_id, model_name, user_id, accessibility, gmt_modified, order_place,
   size_place, folded_text)
  SELECT {ACCOUNT}, n, 'm' || n, 'w%s', 'm' || n, 'u', 'PUBLIC', n, n %% 7, n %% 9, 'm'
  FROM generate_series(%s, %s) AS n"""
_FILL = (
    f"INSERT INTO workspaces SELECT n, {ACCOUNT}, 'w' || n, 'w' || n, '', '', n, 1, '' FROM generate_series(0, 1) AS n",
    _MODELS % (0, 1, 20_000),
    "VACUUM ANALYZE models",
    _MODELS % (1, 20_001, 20_001),
    "INSERT INTO model_documents SELECT position, 1, '{\"Labels\":[]}' FROM models",
    "ANALYZE model_documents",
)
_SORTS = {
    "GmtCreateTime": ("models_by_position", "models_by_workspace"),
    "GmtModifiedTime": ("models_by_modified", "models_by_workspace_modified"),
    "ModelName": ("models_by_model_name", "models_by_name"),
    "OrderNumber": ("models_by_order", "models_by_workspace_order"),
    "ParameterSize": ("models_by_size", "models_by_workspace_size"),
}


@pytest.fixture(scope="module", params=[True, False], ids=["filled", "empty"])
def url(request: pytest.FixtureRequest) -> str:
    """Of a registry without models, or one of whose workspaces has nearly all; the planner has not heard of the other.

    Plans that are made for few rows are still in use when there are many.
    """
    store = PostgresqlStore(databases.shared().url(databases.shared().new_database()), prepared=True, timeout_s=30)
    with store.schema() as schema:
        migrations.apply(schema, families.migrations("postgresql"))
        for statement in _FILL if request.param else ("VACUUM ANALYZE",):
            schema.execute(statement)
    return store.options.conninfo


@pytest.fixture
def session(url: str) -> Iterator[Session]:
    """One that has asked for nothing yet."""
    made = Session(Options(url, prepared=True, timeout_s=30))
    yield made
    made.close()


def listed(session: Session, memory: Memory, **fields: Any) -> None:  # noqa: ANN401  of the request
    """Ask for a page."""
    database = PostgresqlConnection(session)
    database.memory = memory
    with database.snapshot():
        list_models.run(by_account(ACCOUNT, "k", database, Sealer(bytes(32))), ListModels(page_size=20, **fields))


def pages(session: Session) -> dict[str, tuple[str, int, int]]:
    """The prepared statements that read pages, each with how often it was planned once for all, and anew."""
    found = session.execute("SELECT name, statement, generic_plans, custom_plans FROM pg_prepared_statements")
    return {name: (sql, once, anew) for name, sql, once, anew in found.fetchall() if " AS page" in sql}


def source(session: Session, name: str, sql: str) -> str:
    """What LIMIT cuts, when a statement is planned for all values."""
    values = ", ".join(["NULL"] * len(set(re.findall(r"\$\d+", sql))))
    session.begin("BEGIN")
    session.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    plan = [line for (line,) in session.execute(f"EXPLAIN EXECUTE {name}({values})").fetchall()]
    session.end("ROLLBACK")
    (limit,) = (number for number, line in enumerate(plan) if "Limit " in line)
    return str(plan[limit + 1])


@pytest.mark.parametrize("within", [False, True], ids=["account", "workspace"])
@pytest.mark.parametrize("sort_by", _SORTS)
def test_a_page_of_any_workspace_comes_out_of_the_index_of_its_sort(
    session: Session, sort_by: str, *, within: bool
) -> None:
    if within and sort_by == "ModelName" and session.execute("SELECT count(*) FROM models").fetchone() == (0,):
        pytest.skip("two indexes of an empty table are alike until it is analysed")
    for workspace_id in (_BIG, _SMALL) if within else (None,):
        memory = Memory()
        for number in (1, 2):
            scope = {"workspace_id": workspace_id} if workspace_id else {}
            listed(session, memory, page_number=number, sort_by=sort_by, **scope)
    found = {name: sql for name, (sql, _, _) in pages(session).items() if "OFFSET" not in sql}
    assert found
    for name, sql in found.items():
        assert re.match(rf" *-> +Index (Only )?Scan using {_SORTS[sort_by][within]} on", source(session, name, sql))


def test_a_page_is_planned_once_for_all_workspaces(session: Session) -> None:
    for number in range(12):
        listed(session, Memory(), workspace_id=_BIG if number % 2 else _SMALL)
    ((_, once, anew),) = pages(session).values()
    assert (once, anew) == (12, 0)
