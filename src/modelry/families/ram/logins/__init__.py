"""Login profiles: passwords with which users sign in to pages, and the second factor, which nobody has bound here."""
