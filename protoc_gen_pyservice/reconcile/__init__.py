"""Bring new text and the project as it stands together, without losing a line that a person wrote."""
