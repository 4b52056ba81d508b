"""The handlers; tests put theirs in here."""
