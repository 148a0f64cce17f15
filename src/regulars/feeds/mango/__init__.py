"""Mango Office's calls."""
