"""Maps → numbered objects."""
