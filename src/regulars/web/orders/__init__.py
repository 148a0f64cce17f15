"""Orders: the list, and one with all that belongs to it."""
