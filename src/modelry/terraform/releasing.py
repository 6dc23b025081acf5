"""What is taken away before a deletion that is forced, so that nothing stands in its way."""

from modelry.client import CallError
from modelry.contract.resource_type import Release, ResourceType
from modelry.terraform.calling import Call, operation
from modelry.terraform.reading import says_gone
from modelry.terraform.requests import Fields, within


def release(kind: ResourceType, whose: Fields, call: Call) -> None:
    """Take it away; what is gone already is no fault.

    Raises:
        ClientError: something could not be taken away.
    """
    for each in kind.released:
        take = operation(each.take)
        for taken in _found(each, whose, call):
            try:
                call(take, whose | taken)
            except CallError as failure:
                if not says_gone(kind, failure, take):
                    raise


def _found(each: Release, whose: Fields, call: Call) -> list[Fields]:
    """What a taking request says beside whose it is."""
    if not each.listing:
        return [{}]
    listing = operation(each.listing)
    if hasattr(listing.request, "marker"):
        entries = list(call.entries(listing, whose))
    else:
        entries = within(call(listing, whose), each.entries) or []
    return [{field: getattr(entry, source) for field, source in each.fields.items()} for entry in entries]
