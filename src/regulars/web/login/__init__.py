"""Coming in and going out: password, one-time link, language, shop."""
