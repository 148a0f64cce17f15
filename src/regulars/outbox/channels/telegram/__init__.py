"""Telegram: handing a stored call over (`hand`), and the threads that do so (`hands`)."""
