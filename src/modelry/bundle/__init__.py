"""A workspace as one file: written from a data folder or through the API, and taken into a data folder."""
