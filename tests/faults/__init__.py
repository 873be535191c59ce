"""Things broken on purpose, and what is left of a take then."""
