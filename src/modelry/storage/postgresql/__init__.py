"""PostgreSQL: one database for any number of servers. Needs the extra `modelry[postgres]`."""
