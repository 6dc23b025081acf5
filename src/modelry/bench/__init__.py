"""`modelry bench`: a registry of some size on this machine, measured under a load of signed requests."""
