"""The cards that come with Keepwell, as files a user can copy."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from keepwell.document import Document, parse
from keepwell.words.problem import KeepwellError, Problem, nearest


def shipped_names() -> tuple[str, ...]:
    """Names of the cards in the package, sorted."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(file.name.removesuffix(".yml") for file in files if file.name.endswith(".yml")))


def shipped(name: str) -> Document:
    """A card of the package; an unknown name suggests the nearest."""
    if name not in shipped_names():
        raise KeepwellError(Problem(f"no scorecard '{name}' comes with Keepwell", fix=nearest(name, shipped_names())))
    text = resources.files(__name__).joinpath(f"{name}.yml").read_text(encoding="utf-8")
    return parse(text, Path(f"keepwell/scorecards/{name}.yml"))
