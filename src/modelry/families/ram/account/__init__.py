"""The account's own settings: its alias."""
