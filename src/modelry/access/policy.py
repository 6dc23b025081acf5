"""Who may do what: principals, and what an action leaves to be known about the object."""

import msgspec

from modelry.access.predicate import ALWAYS, NEVER, Predicate


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed a request."""

    account_id: int
    """The main account, 16 digits on the wire."""

    user_id: str
    """The caller's own id: the account's for its own key."""

    access_key_id: str

    @property
    def owner_id(self) -> str:
        """The account as the wire shows it."""
        return str(self.account_id)

    @property
    def is_account(self) -> bool:
        """Whether the key is the account's own, which needs neither policy nor workspace role."""
        return self.user_id == self.owner_id


def residual(principal: Principal, action: str) -> Predicate:  # noqa: ARG001  every action is alike until identities have policies
    """What must hold of an object for the principal to perform `action` on it; `NEVER` denies outright.

    The account's own key may do everything. Any other identity may do nothing: no policy is attached to it.
    """
    return ALWAYS if principal.is_account else NEVER
