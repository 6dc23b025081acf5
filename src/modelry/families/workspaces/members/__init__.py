"""Members of a workspace: who works there, and in which roles."""
