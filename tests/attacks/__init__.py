"""What strangers try on a running generated server, and a long run of callers who behave badly."""
