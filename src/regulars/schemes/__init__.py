"""Ready schemes as YAML, delivered as package data."""
