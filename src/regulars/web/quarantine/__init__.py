"""What came and could not be understood: mend it, take it in again, or leave it."""
