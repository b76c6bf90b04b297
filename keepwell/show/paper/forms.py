"""A document as a file."""

from __future__ import annotations

from keepwell.show.paper.html import html
from keepwell.show.paper.markdown import markdown
from keepwell.show.paper.pdf import pdf
from keepwell.words.paper import Paper


def written(paper: Paper, form: str) -> bytes:
    """A document in a form: `pdf`, `html`, else Markdown."""
    if form == "pdf":
        return pdf(paper)
    return (html(paper) if form == "html" else markdown(paper)).encode("utf-8")
