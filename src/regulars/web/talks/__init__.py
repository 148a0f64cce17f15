"""Talks: what buyers write and what we answer."""
