"""Tags of roles and policies."""
