"""What a score may change: pure rules; who reads and writes is `keepwell/use_cases/actions.py`."""
