"""The book of accounts as the lake keeps it: read and scored as of a day, by recipe, with what it lacks."""
