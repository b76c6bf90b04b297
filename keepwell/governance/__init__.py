"""Whether scores may act: the agreement checked against the book, the levels of authority, and what came of it all."""
