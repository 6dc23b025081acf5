"""Who acts."""

from typing import Literal

import msgspec

IdentityType = Literal["Account", "RAMUser", "AssumedRoleUser"]
"""As GetCallerIdentity calls them."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed a request."""

    account_id: int
    """The main account, 16 digits on the wire."""

    user_id: str
    """The caller's own id: the account's for its own key, the user's, or the role's for a role session."""

    access_key_id: str

    name: str = ""
    """The name of the user or of the role; empty for the account."""

    session_name: str = ""
    """What the caller of AssumeRole called the session; empty for whoever is none."""

    @property
    def owner_id(self) -> str:
        """The account as the wire shows it."""
        return str(self.account_id)

    @property
    def is_account(self) -> bool:
        """Whether the key is the account's own, which needs neither policy nor workspace role."""
        return self.user_id == self.owner_id

    @property
    def identity_type(self) -> IdentityType:
        """What kind of identity acts."""
        if self.is_account:
            return "Account"
        return "AssumedRoleUser" if self.session_name else "RAMUser"
