"""Modelry: a self-hosted model registry that speaks the API of PAI AIWorkSpace 2021-02-04."""

__version__ = "0.1.0"
