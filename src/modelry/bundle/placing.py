"""Where what comes from elsewhere stands in the order of creation.

A position is a time in microseconds that is unique in its table, and the clock gives out only times that are later
than all before (`Transaction.tick`). What was made in the past takes a free microsecond of its own time, so lists show
it in the order of before, between what was there already. What claims to come from the future, because the clocks of
two machines differ, is placed now: the clock would give its time out again.
"""

from typing import Literal, TypeAlias

from modelry.storage.database import Transaction

Table: TypeAlias = Literal[
    "workspaces", "workspace_roles", "workspace_members", "workspace_member_roles", "workspace_configs", "models",
    "model_versions",
]  # fmt: skip

_TAKEN: dict[Table, str] = {
    "workspaces": "SELECT 1 FROM workspaces WHERE position = ?",
    "workspace_roles": "SELECT 1 FROM workspace_roles WHERE position = ?",
    "workspace_members": "SELECT 1 FROM workspace_members WHERE position = ?",
    "workspace_member_roles": "SELECT 1 FROM workspace_member_roles WHERE position = ?",
    "workspace_configs": "SELECT 1 FROM workspace_configs WHERE position = ?",
    "models": "SELECT 1 FROM models WHERE position = ?",
    "model_versions": "SELECT 1 FROM model_versions WHERE position = ?",
}


class Places:
    """Gives out positions within one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        """Give out places before now."""
        self._transaction = transaction
        self._now_us = transaction.tick()
        self._following: dict[tuple[Table, int], int] = {}
        """Where to look for a free place, by where one was wanted before: many things share a millisecond."""

    def place(self, table: Table, wanted_us: int, after_us: int = 0) -> int:
        """A free position at a time or as soon as possible after it, and after `after_us`."""
        wanted = max(wanted_us, after_us + 1)
        position = self._following.get((table, wanted), wanted)
        while position <= self._now_us and self._transaction.one(_TAKEN[table], position) is not None:
            position += 1
        if position > self._now_us:
            return self._transaction.tick()
        self._following[table, wanted] = position + 1
        return position

    def past(self, us: int) -> int:
        """A time of change, which need not be unique; now, if it is said to be later."""
        return min(us, self._now_us)
