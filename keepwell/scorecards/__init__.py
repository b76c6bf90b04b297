"""The cards that come with Keepwell, as files a user can copy."""
