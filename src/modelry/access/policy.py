"""Who may do what: principals, and what an action leaves to be known about the object."""

from modelry.access.predicate import ALWAYS, NEVER, Predicate
from modelry.access.principal import Principal


def residual(principal: Principal, action: str) -> Predicate:  # noqa: ARG001  every action is alike until identities have policies
    """What must hold of an object for the principal to perform `action` on it; `NEVER` denies outright.

    The account's own key may do everything. Any other identity may do nothing: no policy is attached to it.
    """
    return ALWAYS if principal.is_account else NEVER
