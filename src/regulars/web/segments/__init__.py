"""Segments: the list, writing one with a live count, and who is in."""
