"""The tables of a PostgreSQL database."""

from modelry.storage.database import Connection
from modelry.storage.tables import Table

_COLUMNS = """
SELECT c.relname, a.attname FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND c.relkind IN ('r', 'p')
AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"""
_REFERENCES = """
SELECT a.relname, b.relname FROM pg_constraint k JOIN pg_class a ON a.oid = k.conrelid
JOIN pg_class b ON b.oid = k.confrelid
WHERE k.contype = 'f' AND a.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"""


def tables(database: Connection) -> dict[str, Table]:
    """All tables of the schema, but for those of extensions; a column that is computed is none."""
    columns: dict[str, list[str]] = {}
    for table, column in database.all(_COLUMNS):
        columns.setdefault(table, []).append(column)
    others: dict[str, set[str]] = {}
    for table, other in database.all(_REFERENCES):
        others.setdefault(table, set()).add(other)
    return {name: Table(name, tuple(sorted(found)), frozenset(others.get(name, ()))) for name, found in columns.items()}
