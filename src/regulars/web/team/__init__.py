"""Who works here; one-time links for those who can't log in."""
