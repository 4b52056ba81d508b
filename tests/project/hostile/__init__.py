"""Malicious repositories and interrupted runs: the engine trusts neither."""
