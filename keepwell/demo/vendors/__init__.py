"""How each outside system of the simulated company exports: its own names, ids, formats and mess."""
