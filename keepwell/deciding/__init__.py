"""A day of a scored book decided: standings, transitions with their reasons, exceptions, and what is kept of them."""
