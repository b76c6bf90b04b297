"""What people read before they act, drawn from what is known and decided."""
