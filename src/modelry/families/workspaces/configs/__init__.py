"""Configuration of a workspace: values by category and key."""
