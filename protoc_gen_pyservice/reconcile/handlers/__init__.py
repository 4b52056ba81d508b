"""Edits of handler files and their tests."""
