"""The rule that a select stays within one account and one date (SEMANTICS, rules 9 and 10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from keepwell.signals import allowed
from keepwell.signals.fault import Fault, fault_at, own_nodes
from keepwell.signals.relations import ATTRIBUTE_COLUMNS, KEYS, RELATIONS
from keepwell.signals.vocabulary import ties
from keepwell.words.problem import nearest

KEY = ("account_id", "as_of")
RESULT = (*KEY, "value")
READABLE: Mapping[str, frozenset[str]] = {
    **{name: frozenset(columns) for name, columns in RELATIONS.items()},
    "attributes": frozenset({*KEY, *ATTRIBUTE_COLUMNS}),  # one row per account and date
}


@dataclass(frozen=True)
class Source:
    """A relation in a FROM clause: its columns, and whether an outer join may leave it empty."""

    columns: frozenset[str]
    base: str | None = None
    outer: bool = False


@dataclass
class Scope:
    """The sources one select reads, by alias, and the columns merged by USING."""

    sources: dict[str, Source] = field(default_factory=dict)
    merged: set[str] = field(default_factory=set)

    def owners(self, column: exp.Column) -> list[str]:
        """Aliases that a column name could belong to."""
        name, table = column.name.lower(), column.table.lower()
        if table:
            return [table] if table in self.sources and name in self.sources[table].columns else []
        found = [alias for alias, source in self.sources.items() if name in source.columns]
        return found[:1] if name in self.merged else found

    def is_key(self, node: exp.Expr, name: str) -> bool:
        """The plain column `name` of a source that is always there."""
        if not isinstance(node, exp.Column) or node.name.lower() != name:
            return False
        owners = self.owners(node)
        return len(owners) == 1 and not self.sources[owners[0]].outer


class Checker:
    """Walks the selects of one query and collects what breaks the rules."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, node: exp.Expr, what: str, fix: str) -> None:
        """Note a fault at a node."""
        self.faults.append(fault_at(node, what, fix))

    def select(self, tree: exp.Select, readable: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
        """Check one select and what it reads; the names of its columns."""
        readable = self._with(tree, readable)
        scope = self._scope(tree, readable)
        self._columns(tree, scope)
        self._grouping(tree, scope)
        self._windows(tree, scope)
        self.faults.extend(ties(tree))
        return self._outputs(tree, scope)

    def result(self, tree: exp.Select) -> None:
        """The outermost select yields one row per account and date."""
        names = tuple(p.alias_or_name.lower() for p in tree.expressions)
        if sorted(names) != sorted(RESULT):
            self.add(tree, f"the select yields {', '.join(names)}", "it must yield account_id, as_of, value")
        group = tree.args.get("group")
        keys = [g.name.lower() for g in group.expressions] if group else []
        if sorted(keys) != sorted(KEY):
            self.add(tree, "the select may yield several rows per account", "end it with GROUP BY account_id, as_of")

    def _with(self, tree: exp.Select, readable: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
        known = dict(readable)
        for cte in tree.ctes:
            name = cte.alias.lower()
            if name in known or name.startswith("known_"):
                self.add(cte, f"the name '{name}' is taken", "name the part of the query otherwise")
            known[name] = frozenset(self._query(cte.this, known))
        return known

    def _query(self, tree: exp.Expr, readable: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
        """A select, or the union of several that agree on where account and date stand."""
        if isinstance(tree, exp.Subquery):
            return self._query(tree.this, readable)
        if isinstance(tree, exp.Select):
            return self.select(tree, readable)
        if not isinstance(tree, exp.Union):
            self.add(tree, "only a SELECT can be read from", "name a relation or write a SELECT")
            return ()
        first, second = self._query(tree.this, readable), self._query(tree.expression, readable)
        if [_place(first, key) for key in KEY] != [_place(second, key) for key in KEY] or len(first) != len(second):
            self.add(tree, "the selects of a UNION differ", "yield account_id and as_of at the same place in each")
        return first

    def _scope(self, tree: exp.Select, readable: Mapping[str, frozenset[str]]) -> Scope:
        scope = Scope()
        start = tree.args.get("from_")
        if start is None:
            self.add(tree, "a SELECT without FROM", f"read one of: {', '.join(sorted(RELATIONS))}")
            return scope
        self._read(start.this, readable, scope, outer=False)
        for join in tree.args.get("joins") or ():
            earlier = set(scope.sources)
            outer = self._kind_of(join)
            alias = self._read(join.this, readable, scope, outer=outer)
            self._joined(join, alias, earlier, scope)
        return scope

    def _kind_of(self, join: exp.Join) -> bool:
        """Whether a join is outer; only JOIN and LEFT JOIN are known."""
        side, kind = join.side.upper(), join.kind.upper()
        if side not in {"", "LEFT"} or kind not in {"", "INNER", "OUTER"}:
            self.add(join, f"a {side or kind} join", "use JOIN or LEFT JOIN on account_id and as_of")
        return bool(side)

    def _read(self, node: exp.Expr, readable: Mapping[str, frozenset[str]], scope: Scope, *, outer: bool) -> str:
        name = node.name.lower()
        alias = (node.alias or name).lower()
        if isinstance(node, exp.Subquery):
            columns, base = frozenset(self._query(node.this, readable)), None
            alias = alias or f"#{len(scope.sources)}"
        elif isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier) and name in readable:
            columns, base = readable[name], name if name in READABLE else None
        else:
            self.add(node, f"'{node.sql()}' cannot be read", nearest(name, sorted(readable)))
            columns, base = frozenset(KEYS), None
        if alias in scope.sources:
            self.add(node, f"'{alias}' is read twice", "give each its own alias")
        scope.sources[alias] = Source(columns, base, outer)
        return alias

    def _joined(self, join: exp.Join, alias: str, earlier: set[str], scope: Scope) -> None:
        """A join equates account and date of the new source with an earlier one."""
        using = {identifier.name.lower() for identifier in join.args.get("using") or ()}
        scope.merged |= using
        condition = join.args.get("on")
        terms = list(condition.flatten()) if isinstance(condition, exp.And) else [condition]
        for key in KEY:
            if key not in using and not any(_equates(term, key, alias, earlier) for term in terms):
                self.add(join, f"the join does not equate {key}", "join ON account_id and as_of, or USING them")

    def _columns(self, tree: exp.Select, scope: Scope) -> None:
        known = sorted(set().union(*(source.columns for source in scope.sources.values())))
        for column in own_nodes(tree, exp.Column):
            owners = scope.owners(column)
            if not owners:
                self.add(column, f"unknown column '{column.sql()}'", nearest(column.name, known))
            elif len(owners) > 1:
                self.add(column, f"'{column.name}' could be of {' or '.join(owners)}", "say which: alias.column")

    def _grouping(self, tree: exp.Select, scope: Scope) -> None:
        """Aggregates stay within one account and date."""
        group = tree.args.get("group")
        calls = [c for c in own_nodes(tree, *allowed.AGGREGATES) if not _is_windowed(c)]
        if not calls and group is None:
            return
        keys = group.expressions if group else []
        for key in KEY:
            if not any(scope.is_key(node, key) for node in keys):
                self.add(calls[0] if calls else tree, f"the grouping leaves out {key}", "GROUP BY account_id, as_of")
        for node in keys:
            if not isinstance(node, exp.Column):
                self.add(node, f"grouping by '{node.sql()}'", "group by columns; compute them in a select before")

    def _windows(self, tree: exp.Select, scope: Scope) -> None:
        for window in own_nodes(tree, exp.Window):
            keys = window.args.get("partition_by") or []
            for key in KEY:
                if not any(scope.is_key(node, key) for node in keys):
                    self.add(window, f"a window across accounts: it leaves out {key}", "PARTITION BY account_id, as_of")

    def _outputs(self, tree: exp.Select, scope: Scope) -> tuple[str, ...]:
        """Names of the columns; account_id and as_of are passed on as they are."""
        names: list[str] = []
        for projection in tree.expressions:
            name = projection.alias_or_name.lower()
            if not name:
                self.add(projection, f"'{projection.sql()}' has no name", "name it with AS")
            if name in KEY and not scope.is_key(projection.unalias(), name):
                self.add(projection, f"'{name}' is made up", f"pass {name} on as it is")
            if name in names:
                self.add(projection, f"'{name}' is yielded twice", "name each column once")
            names.append(name)
        for key in KEY:
            if key not in names:
                self.add(tree, f"a SELECT does not pass {key} on", f"add {key} to its columns")
        return tuple(names)


def _is_windowed(call: exp.Expr) -> bool:
    holder = call.parent.parent if isinstance(call.parent, exp.Filter) else call.parent
    first = call.parent if isinstance(call.parent, exp.Filter) else call
    return isinstance(holder, exp.Window) and holder.this is first


def _equates(term: exp.Expr | None, key: str, alias: str, earlier: set[str]) -> bool:
    """The term is `new.key = earlier.key`, either way round."""
    if not isinstance(term, exp.EQ):
        return False
    left, right = term.left, term.right
    if not isinstance(left, exp.Column) or not isinstance(right, exp.Column):
        return False
    tables = [left.table.lower(), right.table.lower()]
    names = {left.name.lower(), right.name.lower()}
    return names == {key} and alias in tables and any(table in earlier for table in tables)


def _place(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else -1
