"""Mails that Postmark receives for the shop."""
