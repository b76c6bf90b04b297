"""How fast Keepwell reads and scores, beside a query written by hand for the same figures."""
