"""Calls by telephone on the staff's screens."""
