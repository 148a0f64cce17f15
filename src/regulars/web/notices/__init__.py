"""What one of the staff is told: the bubbles on every page, the page of them, and how he wants to be told."""
