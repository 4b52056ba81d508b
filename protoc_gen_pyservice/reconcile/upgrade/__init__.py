"""Upgrade of projects of 0.1 and 0.2: framework code is replaced by the runtime package, and user code is rewritten."""
