"""The search index of models, as what follows from them: where a registry is copied, it is made anew."""

from modelry.families.models import search
from modelry.storage.database import Transaction

TABLES = frozenset({"model_grams", "model_grams_pending"})


def rebuild(transaction: Transaction) -> None:
    """Fill the index of the transaction's database from the models."""
    search.of(transaction).anew(transaction)
