"""Tests of a generated server while it runs, as a process of its own."""
