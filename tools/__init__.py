"""Programs for those who work on this repository: each is run as ``python -m tools.NAME``."""
