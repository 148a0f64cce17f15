"""The desk: the queue of tasks, and the card of one."""
