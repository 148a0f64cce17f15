"""People: finding one, his history, and why he got or didn't get a message."""
