"""The field's words as frozen types; standard library only."""
