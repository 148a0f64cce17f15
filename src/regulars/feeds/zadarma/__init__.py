"""Zadarma's calls."""
