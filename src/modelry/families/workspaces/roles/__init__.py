"""Custom roles of a workspace."""
