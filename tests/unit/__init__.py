"""Tests of one stage each, in this process."""
