"""Key/value labels of any resource."""
