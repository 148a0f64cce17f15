"""What other systems are told: what waits, what failed, and what to do about it."""
