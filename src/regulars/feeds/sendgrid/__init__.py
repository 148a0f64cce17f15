"""Mails that SendGrid receives for the shop."""
