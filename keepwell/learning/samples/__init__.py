"""What is learned from: examples of accounts with what became of them, and what is wrong with them."""
