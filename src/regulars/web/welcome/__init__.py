"""The first steps of a new shop: three screens that end with an order answered."""
