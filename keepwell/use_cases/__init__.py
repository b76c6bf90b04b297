"""What people and schedulers ask of Keepwell: each fetches, lets the stages work, and stores (start with runs.py)."""
