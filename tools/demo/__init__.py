"""``make demo``: from a proto to a service that is called, step by step."""
