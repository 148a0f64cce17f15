"""The feed for shops with no feed of their own: our contract, signed as Standard Webhooks."""
