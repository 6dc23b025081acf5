"""Which workspaces a user works in, and what they may do there."""

from modelry.families.workspaces.membership.store import memberships

__all__ = ["memberships"]
