"""What denials were about, for administrators."""
