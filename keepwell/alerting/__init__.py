"""From a decided day to people: who is told what, what waits for a question, what is in hand already."""
