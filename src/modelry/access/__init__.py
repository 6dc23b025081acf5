"""Who may: pure functions over data."""
