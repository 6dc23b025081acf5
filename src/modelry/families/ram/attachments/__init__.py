"""Which policies are attached to which users, groups and roles."""
