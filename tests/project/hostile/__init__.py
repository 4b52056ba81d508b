"""Repositories that somebody prepared, and runs that were cut off: the engine trusts neither."""
