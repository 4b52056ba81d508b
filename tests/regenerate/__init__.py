"""Regeneration: edits of protos and of everything else, and what has to stay."""
