"""Modelry beside other model registries: the same requests, in the same run."""
