"""Mails that Mailgun receives for the shop."""
