"""Data quality: what contradicts itself, is missing, late or stale in the facts as they are known today."""
