"""What the requests and answers of STS look like."""

from typing import Literal

from msgspec import UNSET, UnsetType

from modelry.contract.operation import Int64, Shape


class AssumeRole(Shape):
    """Who wants to act as which role, for how long, and with how much of what the role may do."""

    role_arn: str
    """`acs:ram::ACCOUNT:role/NAME`; the name counts without regard to case."""
    role_session_name: str
    """2 to 64 letters, digits and `.@-_`."""
    duration_seconds: Int64 | UnsetType = UNSET
    """From 900 to what the role allows, 3600 if absent; a session that assumes another role gets 3600 at most."""
    policy: str | UnsetType = UNSET
    """What the session may do at most, 1 to 2048 bytes; without it, all that the role may."""
    external_id: str | UnsetType = UNSET
    """What the trust policy may ask for, 2 to 1224 characters."""
    source_identity: str | UnsetType = UNSET
    """Who is behind the session, 2 to 64 characters."""


class AssumedRoleUser(Shape):
    """The session."""

    arn: str
    """`acs:ram::ACCOUNT:role/NAME/SESSION`; GetCallerIdentity writes `assumed-role` instead of `role`."""
    assumed_role_id: str
    """`ROLEID:SESSION`."""


class Credentials(Shape):
    """A temporary key: all of it is needed to sign."""

    access_key_id: str
    access_key_secret: str
    security_token: str
    expiration: str
    """`2015-04-09T11:52:19Z`."""


class RoleAssumed(Shape):
    """A session and the key that it signs with."""

    assumed_role_user: AssumedRoleUser
    credentials: Credentials
    source_identity: str | UnsetType = UNSET


class GetCallerIdentity(Shape):
    """Who am I."""


class CallerIdentity(Shape):
    """Whose key signed the request."""

    identity_type: Literal["Account", "RAMUser", "AssumedRoleUser"]
    account_id: str
    arn: str
    principal_id: str
    """The id of the account or the user; `ROLEID:SESSION` of a session."""
    user_id: str | UnsetType = UNSET
    """Of the account or the user."""
    role_id: str | UnsetType = UNSET
    """Of a session's role."""
