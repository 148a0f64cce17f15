"""E-mail over SMTP.

Where the server is (`server`), what its answers mean (`outcome`), handing a letter over (`smtp`).
"""
