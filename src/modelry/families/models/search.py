"""The search index of models: which of them may contain a text, and what else databases do differently to find models.

`search_sqlite` and `search_postgresql` offer the same functions: `added`, `changing` and `removing` are told of every
model that is written, `few` answers a search, `by` names the index that a walk goes along.
"""

from types import ModuleType

from modelry.families.models import search_postgresql, search_sqlite
from modelry.storage.database import Connection, Dialect

_OF: dict[Dialect, ModuleType] = {"sqlite": search_sqlite, "postgresql": search_postgresql}


def of(database: Connection) -> ModuleType:
    """The index of a database."""
    return _OF[database.dialect]
