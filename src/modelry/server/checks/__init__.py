"""The checks of `modelry doctor`, by what they look at."""
