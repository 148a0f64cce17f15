"""What the owner sets: the shop, hours, messages, teams, keys, feeds, channels."""
