"""Base classes and their registry, as they are generated."""
