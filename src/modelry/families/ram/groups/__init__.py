"""Groups: users that policies are attached to together."""
