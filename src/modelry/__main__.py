"""`python -m modelry`."""

from modelry.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
