"""The model that templates render."""
