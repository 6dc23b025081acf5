"""What the account's settings and their requests look like on the wire."""

from modelry.contract.operation import Shape


class SetAccountAlias(Shape):
    """A new alias."""

    account_alias: str
    """3 to 32 lower-case letters, digits and single hyphens within."""


class Nothing(Shape):
    """A request without fields."""


class AccountAlias(Shape):
    """The alias."""

    account_alias: str
