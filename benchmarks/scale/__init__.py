"""One request at a time against registries of many models, on SQLite and on PostgreSQL."""
