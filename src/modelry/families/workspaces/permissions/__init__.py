"""What the caller may do in a workspace."""
