"""The policy that ships with Keepwell."""
