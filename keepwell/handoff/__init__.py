"""Handoffs from sales to customer success: found in the facts of closed days, kept in the state database."""
