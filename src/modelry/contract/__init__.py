"""What the API is: declarations and what is derived from them; no storage, no web framework."""
