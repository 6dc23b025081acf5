"""What is sold: nothing. Clients ask before they go on, so they get an honest answer."""
