"""Whether a database may become that of a registry."""

from modelry.storage.migrations import Schema, SchemaError

_OWN = ("migrations", "schema_version", "clock", "instance")
"""What every registry has had from its first moment on."""
_SHOWN_MOST = 3

_ENCODING = "SELECT current_setting('server_encoding')"
_SCHEMA = "SELECT current_schema(), current_user"
_MAY_CREATE = "SELECT has_schema_privilege(current_schema(), 'CREATE')"
_TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
AND c.relkind IN ('r', 'p', 'f')
AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY c.relname"""
"""Tables, but for those of extensions."""


def is_registry(schema: Schema) -> bool:
    """Whether the tables that every registry has are there."""
    return all(schema.has_table(name) for name in _OWN)


def check_place(schema: Schema) -> None:
    """Return if there is a registry, or one may be made.

    Raises:
        SchemaError: the database is another program's, or does not let this one make tables.
    """
    if is_registry(schema):
        return
    where, role = schema.execute(_SCHEMA).fetchone()
    if where is None:
        raise SchemaError(f"the search path of the role {role} names no schema that there is: CREATE SCHEMA makes one")
    found = [name for (name,) in schema.execute(_TABLES).fetchall()]
    if found and not is_registry(schema):  # asked again: another server may just have made one
        shown = ", ".join(found[:_SHOWN_MOST]) + (", ..." if len(found) > _SHOWN_MOST else "")
        raise SchemaError(
            f"the schema {where} of the database has tables of another program ({shown}):"
            " give the registry a database of its own"
        )
    (encoding,) = schema.execute(_ENCODING).fetchone()
    if encoding != "UTF8":
        raise SchemaError(f"the database's encoding is {encoding}: make one with ENCODING 'UTF8' TEMPLATE template0")
    (may_create,) = schema.execute(_MAY_CREATE).fetchone()
    if not may_create:
        raise SchemaError(
            f"the role {role} may not make tables: make it the owner of the database, or"
            f' GRANT CREATE ON SCHEMA "{where}" TO "{role}"'
        )
