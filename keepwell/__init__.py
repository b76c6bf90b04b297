"""Customer health scores with the evidence behind every point."""
