"""Roles: identities that others assume."""
