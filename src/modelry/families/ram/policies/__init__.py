"""Policies: documents with versions, the account's own and the cloud's."""
