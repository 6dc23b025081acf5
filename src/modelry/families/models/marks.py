"""What an operator says of a model and no official operation can: its provider and its collections."""

from typing import NamedTuple

from modelry.families.audit.store import record_local
from modelry.families.models import store
from modelry.storage.database import Transaction
from modelry.storage.documents import patched, without_keys
from modelry.storage.instance import instance
from modelry.storage.times import shown


class Marks(NamedTuple):
    """What to set; `None` leaves it as it is."""

    provider: str | None = None
    """Whose public model it becomes; empty takes the provider away."""

    collections: list[str] | None = None


def mark(transaction: Transaction, model_id: str, marks: Marks) -> None:
    """Set a model's marks. A provider's model is public.

    Raises:
        ApiError: MODEL_NOT_FOUND.
    """
    served = instance(transaction)
    found = store.model(transaction, served.account_id if served else 0, model_id)
    if marks.provider is not None:
        now = transaction.tick()
        changes = {"GmtModifiedTime": shown(now)}
        if marks.provider:
            changed = patched(found.document, {**changes, "Provider": marks.provider, "Accessibility": "PUBLIC"})
        else:
            changed = without_keys(patched(found.document, changes), "Provider")
        store.change_model(transaction, found, changed, now)
    if marks.collections is not None:
        store.put_into_collections(transaction, found, marks.collections)
    record_local(transaction, found.account_id, "mark")
