"""Who has changed what, and who was not allowed to. Written with the change itself, read on the server's machine."""
