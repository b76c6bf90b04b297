"""A card in use: whether it still does what it did."""
