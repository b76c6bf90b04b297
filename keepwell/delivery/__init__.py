"""What leaves the house: messages, the outbox, channels."""
