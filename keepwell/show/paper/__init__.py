"""A document in each of its forms: Markdown, one page of HTML, PDF, terminal."""
