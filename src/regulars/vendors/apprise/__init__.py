"""Services that apprise reaches: which addresses are taken, and a message to one of them from a process of its own."""
