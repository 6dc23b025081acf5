"""RAM users: who works with the account besides the account itself."""
