"""Every test; a package, so that its parts can import each other."""
