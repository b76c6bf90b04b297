"""A document as PDF, set by typst. It is handed over as data: no text in it is read as markup."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from keepwell.words.inert import clean
from keepwell.words.paper import Paper


def pdf(paper: Paper) -> bytes:
    """The whole document; the same paper gives the same pages."""
    return typeset(paper, "pdf")[0]


def typeset(paper: Paper, form: Literal["pdf", "png"]) -> list[bytes]:
    """The files of the form that hold it: one PDF, or an image of each page, as somebody sees it."""
    import typst  # noqa: PLC0415  no other command sets a page

    blocks = [{**asdict(section), "blocks": [_block(block) for block in section.blocks]} for section in paper.sections]
    told = json.dumps(_clean({**asdict(paper), "sections": blocks}))
    made: Any = typst.compile(_page(), format=form, ppi=110, sys_inputs={"paper": told})
    return made if isinstance(made, list) else [made]


@cache
def _page() -> bytes:
    return (files(__package__) / "page.typ").read_bytes()


def _block(block: Any) -> dict[str, Any]:
    return {"kind": type(block).__name__.lower(), **asdict(block)}


def _clean(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _clean(value) for name, value in part.items()}
    if isinstance(part, (list, tuple)):
        return [_clean(value) for value in part]
    return clean(part) if isinstance(part, str) else part
