"""How many models of its own a workspace has, and an account, and when anything that lists filter by last changed.

Every write keeps them in its transaction. The account's own row has an empty workspace id.
"""

from modelry.storage.database import Transaction

OF_ACCOUNT = ""


def move(transaction: Transaction, account_id: int, workspace_id: str, more: int = 0) -> None:
    """Say that the models of a workspace have changed, and by how many they have become more."""
    now = transaction.tick()
    transaction.later(
        "INSERT INTO model_tallies (account_id, workspace_id, models, moved) VALUES (?, ?, ?, ?), (?, ?, ?, ?)"
        " ON CONFLICT (account_id, workspace_id)"
        " DO UPDATE SET models = model_tallies.models + excluded.models, moved = excluded.moved",
        *(account_id, workspace_id, more, now),
        *(account_id, OF_ACCOUNT, more, now),
    )
