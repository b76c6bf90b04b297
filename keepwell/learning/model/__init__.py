"""The learner: from examples to a table of points, as a scorecard."""
