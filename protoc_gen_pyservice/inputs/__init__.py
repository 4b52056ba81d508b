"""The input of a run."""
