"""Telegram: what people write to the shop's bot."""
