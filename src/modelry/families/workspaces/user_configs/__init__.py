"""Configuration of the account and of its users, outside of any workspace."""
