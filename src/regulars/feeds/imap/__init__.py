"""Mails that our own reader fetched from the shop's mailbox."""
