"""Outside → facts: a company's tables, read as text and cast into fact rows of the lake."""
