"""How sure the outlines are, and what a person should look at."""
