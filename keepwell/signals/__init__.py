"""Facts to readings: the catalogue of signals, a project's own, and their compilation to SQL."""
