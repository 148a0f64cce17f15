"""Calls of UIS and CoMagic."""
