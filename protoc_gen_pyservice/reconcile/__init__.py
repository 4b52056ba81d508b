"""Merge the rendered files into the existing project, without losing a line that the user wrote."""
