"""Workspaces: where models lie, and who works there. The folders inside are families of their own."""
