"""Where it lies: the database and its migrations."""
