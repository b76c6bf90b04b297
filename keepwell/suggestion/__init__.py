"""A first scorecard: what a company's data, or a person's own words, ask for."""
