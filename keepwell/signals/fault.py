"""One thing wrong in an SQL text, with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from sqlglot import exp

Node = TypeVar("Node", bound=exp.Expr)


@dataclass(frozen=True)
class Fault:
    """One thing wrong in an SQL text, at a line and column of it (from 1)."""

    what: str
    fix: str
    line: int = 1
    column: int = 1


def fault_at(node: exp.Expr, what: str, fix: str) -> Fault:
    """A fault at the first word of a node that knows its place."""
    for found in (*node.walk(bfs=False), *_ancestors(node)):
        meta = found.meta
        if "line" in meta:
            return Fault(what, fix, meta["line"], max(1, meta["col"] - (meta["end"] - meta["start"])))
    return Fault(what, fix)


def _ancestors(node: exp.Expr) -> Iterator[exp.Expr]:
    while node.parent is not None:
        node = node.parent
        yield node


def own_nodes(tree: exp.Expr, *kinds: type[Node]) -> Iterator[Node]:
    """Nodes of a select that are not of a select inside it."""
    for node in tree.walk(prune=lambda n: n is not tree and isinstance(n, exp.Query)):
        if isinstance(node, kinds):
            yield node
