"""Which workspaces a user works in, and what they may do there."""
