"""From outcomes and the readings known at the time to a scorecard; the only place that sees outcomes."""
