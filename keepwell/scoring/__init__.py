"""Readings in, a score with its evidence out: the scorecard language and its SQL."""
