"""How many models of its own a workspace has, and an account, and when anything that lists filter by last changed.

Every write keeps them in its transaction. The account's own row has an empty workspace id.
"""

from typing import Any

from modelry.storage.database import Gathering, Transaction

OF_ACCOUNT = ""


def move(transaction: Transaction, account_id: int, workspace_id: str, more: int = 0) -> None:
    """Say that the models of a workspace have changed, and by how many they have become more."""
    now = transaction.tick()
    transaction.gather(_TALLIES, account_id, workspace_id, more, now)
    transaction.gather(_TALLIES, account_id, OF_ACCOUNT, more, now)


def _summed(rows: list[Any]) -> list[Any]:
    """One row for each tally."""
    sums: dict[tuple[int, str], tuple[int, int]] = {}
    for account_id, workspace_id, more, now in rows:
        before, _ = sums.get((account_id, workspace_id), (0, 0))
        sums[account_id, workspace_id] = (before + more, now)
    return [(*of, *tally) for of, tally in sums.items()]


_TALLIES = Gathering(
    "model_tallies",
    ("account_id", "workspace_id", "models", "moved"),
    ending=(
        "ON CONFLICT (account_id, workspace_id)"
        " DO UPDATE SET models = model_tallies.models + excluded.models, moved = excluded.moved"
    ),
    fold=_summed,
)
