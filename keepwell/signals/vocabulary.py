"""Words of a project's SQL that the allow-list does not hold."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from keepwell.signals import allowed
from keepwell.signals.fault import Fault, fault_at, own_nodes
from keepwell.words.problem import nearest

# columns that tell two facts of a relation apart
UNIQUE = (frozenset({"external_id"}), frozenset({"day", "person"}), frozenset({"bit"}))


def unknown_words(tree: exp.Expr) -> Iterator[Fault]:
    """Words outside the allow-list, outermost first."""
    refused: set[int] = set()
    for node in tree.walk(prune=lambda n: id(n) in refused):
        fault = _word(node)
        if fault is not None:
            refused.add(id(node))
            yield fault


def _word(node: exp.Expr) -> Fault | None:
    kind = type(node)
    if kind not in allowed.NODES:
        return fault_at(node, f"'{_short(node)}' is not allowed", allowed.ADVICE.get(kind.__name__, "leave it out"))
    if kind in allowed.SHAPES:
        for part in sorted(set(_filled(node)) - allowed.SHAPES[kind]):
            return fault_at(node, f"'{part.rstrip('_')}' is not allowed", allowed.ADVICE.get(part, "leave it out"))
    return _detail(node)


def _detail(node: exp.Expr) -> Fault | None:
    """Words that are allowed in some forms only."""
    match node:
        case exp.Anonymous() if node.name.lower() not in allowed.NAMED_FUNCTIONS:
            name = node.name.lower()
            advice = allowed.ADVICE.get(name) or nearest(name, sorted(allowed.NAMED_FUNCTIONS))
            return fault_at(node, f"the function '{name}' is not allowed", advice)
        case exp.Anonymous() if len(node.expressions) != allowed.MACRO_ARGUMENTS.get(
            node.name.lower(), len(node.expressions)
        ):
            count = allowed.MACRO_ARGUMENTS[node.name.lower()]
            return fault_at(node, f"{node.name.lower()} takes {count} values", "correct the call")
        case exp.Star() if not isinstance(node.parent, exp.Count):
            return fault_at(node, "'*' is not allowed", "name the columns")
        case exp.Literal() if not node.is_string and not node.name.isdigit() and not _is_fraction_of_quantile(node):
            return fault_at(node, f"the number {node.name} is no integer", allowed.FRACTION)
        case exp.Cast() if getattr(node.to.this, "name", "") not in allowed.TYPES:
            return fault_at(node, f"a cast to {node.to.sql()}", "cast to BIGINT, VARCHAR, DATE or BOOLEAN")
        case exp.Extract() if node.name.upper() not in allowed.EXTRACTED:
            return fault_at(node, f"extract {node.name}", f"one of {', '.join(sorted(allowed.EXTRACTED))}")
        case exp.In() if node.args.get("query") is not None or node.args.get("unnest") is not None:
            return fault_at(node, "IN over a query", "join the relation on account_id and as_of")
        case exp.Subquery() | exp.Select() | exp.Union() if not _may_be_read(node):
            return fault_at(node, "a query inside an expression", "join it on account_id and as_of")
        case exp.Distinct() if node.args.get("on") is not None:
            return fault_at(node, "DISTINCT ON", "use arg_max(x, row(day, external_id)) and GROUP BY")
    return None


def ties(tree: exp.Expr) -> Iterator[Fault]:
    """Choices by order name what decides between equals."""
    for call in own_nodes(tree, exp.ArgMax, exp.ArgMin):
        if not _decides(call.expression):
            yield fault_at(call, f"ties in {call.key}", "order by row(day, external_id)")
    for window in own_nodes(tree, exp.Window):
        spec = window.args.get("spec")
        by_rows = spec is not None and str(spec.args.get("kind") or "").upper() == "ROWS"
        order = window.args.get("order")
        if (isinstance(window.this, allowed.ORDERED_WINDOWS) or by_rows) and not (order and _decides(order)):
            yield fault_at(window, "ties in a window's order", "ORDER BY day, external_id")
    for text in own_nodes(tree, exp.GroupConcat):
        order = text.this if isinstance(text.this, exp.Order) else None
        if order is None or not (_decides(order) or order.this in [o.this for o in order.expressions]):
            yield fault_at(text, "string_agg without an order", "string_agg(x, ', ' ORDER BY x)")


def _decides(order: exp.Expr) -> bool:
    names = {column.name.lower() for column in order.find_all(exp.Column)}
    return any(unique <= names for unique in UNIQUE)


def _may_be_read(node: exp.Expr) -> bool:
    parent = node.parent
    return parent is None or isinstance(parent, (exp.From, exp.Join, exp.CTE, exp.Subquery, exp.Union))


def _is_fraction_of_quantile(node: exp.Literal) -> bool:
    return isinstance(node.parent, exp.PercentileDisc) and node.parent.expression is node


def _filled(node: exp.Expr) -> Iterator[str]:
    return (key for key, value in node.args.items() if value not in (None, [], False, ""))


def _short(node: exp.Expr) -> str:
    text = node.sql(dialect="duckdb")
    return text if len(text) <= 40 else text[:37] + "..."
