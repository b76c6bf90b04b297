"""A card's tree as SQL: values upward by means, sums and extremes, points downward by largest remainder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from keepwell.scoring.plan import Leaf, Node, Plan
from keepwell.scoring.query import Query
from keepwell.scoring.shape import MICRO, WIDE_ZERO, divide, is_wide, widened


class Tree:
    """Adds a plan's tree to a query. Column names carry the node's number."""

    def __init__(self, plan: Plan, query: Query) -> None:
        self.plan, self.query = plan, query
        self.numbers = {id(node): i for i, node in enumerate(plan.root.nodes())}
        self.leaf_numbers = {leaf.name: i for i, leaf in enumerate(plan.leaves())}
        self.totals: dict[int, str] = {}  # node number → its present weight

    def by_segment(self, values: Sequence[int]) -> str:
        """A number that depends on the segment, as SQL."""
        if len(set(values)) == 1:
            return str(values[0])
        whens = " ".join(f"WHEN {i} THEN {value}" for i, value in enumerate(values[:-1]))
        return f"(CASE seg {whens} ELSE {values[-1]} END)"

    def counted(self, node: Node) -> list[tuple[int, Node | Leaf]]:
        """Members that take part, with their position."""
        return [
            (i, child)
            for i, child in enumerate(node.children)
            if (isinstance(child, Node) or child.counted)
            and (node.combine != "mean" or any(row[i] for row in node.weights))
        ]

    def rounded(self, value: str) -> str:
        """Nano-points rounded to milli-points and then to the card's grain, as nano-points."""
        grain = self.plan.grain
        up = f"({divide(divide(value, MICRO), grain)} * {grain * MICRO})"
        if self.plan.card.form == "weighted":
            return up
        down = f"({divide(divide(f'-({value})', MICRO), grain)} * {grain * MICRO})"
        return f"CASE WHEN {value} >= 0 THEN {up} ELSE -({down}) END"

    # --- upward

    def value(self, node: Node, leaves: Mapping[str, str], tag: str) -> str:
        """The node's nano-points from its leaves' columns; NULL where nothing is present."""
        children = {i: self._child(child, leaves, tag) for i, child in self.counted(node)}
        number = self.numbers[id(node)]
        name = f"n{number}{tag}"
        if not children:
            return "NULL"
        match node.combine:
            case "mean":
                found = self._mean(node, children, name, tag)
            case "sum":
                total = " + ".join(f"COALESCE({c}, 0)" for c in children.values())
                present = f"COALESCE({', '.join(children.values())}) IS NOT NULL"
                total = total if node.clamp is None else self._clamped(total, node.clamp)
                found = self.query.add(name, f"CASE WHEN {present} THEN {total} END")
            case "any_poor":
                found = self._any_poor(node, children, name)
            case _:
                word = "LEAST" if node.combine == "min" else "GREATEST"
                found = self.query.add(name, f"{word}({', '.join(children.values())})")
        if node is not self.plan.root and "dimension" in self.plan.rounding:
            return self.query.add(f"{name}_r", self.rounded(found))
        return found

    def _child(self, child: Node | Leaf, leaves: Mapping[str, str], tag: str) -> str:
        return leaves[child.name] if isinstance(child, Leaf) else self.value(child, leaves, tag)

    def _mean(self, node: Node, children: Mapping[int, str], name: str, tag: str) -> str:
        weights = {i: self.by_segment([row[i] for row in node.weights]) for i in children}
        if len(children) == 1 and all(weight.isdigit() for weight in weights.values()):
            self.totals.setdefault(self.numbers[id(node)], next(iter(weights.values())))
            return next(iter(children.values()))
        wide = is_wide(self._largest(node), max(sum(row) for row in node.weights))
        present = (f"CASE WHEN {c} IS NULL THEN 0 ELSE {weights[i]} END" for i, c in children.items())
        total = " + ".join([WIDE_ZERO, *present])
        sums = " + ".join(f"COALESCE({widened(c, wide)} * {weights[i]}, 0)" for i, c in children.items())
        w = self.query.add(f"{name}_w", total)
        if not tag:
            self.totals[self.numbers[id(node)]] = w
        a = self.query.add(f"{name}_a", sums)
        return self.query.add(name, f"CASE WHEN {w} > 0 THEN {divide(a, w, wide)} END")

    def _largest(self, node: Node) -> int:
        """No sum of weighted values of this node is larger."""
        top = self.top(node)
        return max(sum(row) for row in node.weights) * top

    def top(self, node: Node) -> int:
        """The largest absolute nano-points any leaf below can have."""
        policies = (
            abs(int(p.points * 10**9))
            for leaf in node.leaves()
            for p in (leaf.missing, leaf.stale)
            if p.points is not None
        )
        ends = (abs(v) for leaf in node.leaves() for s in range(len(leaf.shapes)) for v in leaf.extremes(s))
        levels = node.levels
        return max(*policies, *ends, self.plan.neutral, levels.good, levels.average, levels.poor, 1)

    def _any_poor(self, node: Node, children: Mapping[int, str], name: str) -> str:
        classes = [self.query.add(f"{name}_c{i}", self._class(node, c)) for i, c in children.items()]
        worst = self.query.add(f"{name}_c", f"LEAST({', '.join(classes)})")
        levels = node.levels
        whens = f"WHEN 0 THEN {levels.poor} WHEN 1 THEN {levels.average} WHEN 2 THEN {levels.good}"
        return self.query.add(name, f"CASE {worst} {whens} END")

    def _class(self, node: Node, value: str) -> str:
        levels = node.levels
        return (
            f"CASE WHEN {value} <= {levels.poor_to} THEN 0 WHEN {value} >= {levels.good_from} THEN 2"
            f" WHEN {value} IS NOT NULL THEN 1 END"
        )

    def _clamped(self, total: str, clamp: tuple[int, int]) -> str:
        return f"LEAST(GREATEST({total}, {clamp[0] * MICRO}), {clamp[1] * MICRO})"

    # --- downward, weighted cards

    def share(self, node: Node, milli: str, leaves: Mapping[str, str], found: dict[str, str]) -> None:
        """Hand a node's milli-points to its members: by largest remainder, or all to the one that decides."""
        members = self.counted(node)
        values = [self._child(child, leaves, "") for _, child in members]
        if node.combine == "mean":
            weights = [self.by_segment([row[i] for row in node.weights]) for i, _ in members]
            parts = self._apportion(node, milli, values, weights)
        else:
            parts = self._decided(node, milli, values)
        for (_, child), part in zip(members, parts, strict=True):
            if isinstance(child, Leaf):
                found[child.name] = part
            else:
                self.share(child, part, leaves, found)

    def _decided(self, node: Node, milli: str, values: Sequence[str]) -> list[str]:
        number = self.numbers[id(node)]
        return self._one_hot(f"d{number}", self.decider(node, values), milli, len(values))

    def decider(self, node: Node, values: Sequence[str]) -> str:
        """The position of the member that decides, the first on ties."""
        number = self.numbers[id(node)]
        if len(values) == 1:
            return "0"
        if node.combine == "any_poor":
            values = [self.query.add(f"d{number}_c{i}", self._class(node, value)) for i, value in enumerate(values)]
        word = "GREATEST" if node.combine == "max" else "LEAST"
        deciding = self.query.add(f"d{number}_v", f"{word}({', '.join(values)})")
        whens = " ".join(f"WHEN {value} = {deciding} THEN {i}" for i, value in enumerate(values))
        return self.query.add(f"d{number}", f"CASE {whens} END")

    def _one_hot(self, name: str, position: str, milli: str, count: int) -> list[str]:
        if count == 1:
            return [milli]
        return [
            self.query.add(f"{name}_p{i}", f"CASE WHEN {position} = {i} THEN {milli} ELSE 0 END") for i in range(count)
        ]

    def _apportion(self, node: Node, milli: str, values: Sequence[str], weights: Sequence[str]) -> list[str]:
        """Hamilton's method: whole parts first, what is left to the largest remainders, ties in file order."""
        if len(values) == 1:
            return [milli]
        number = self.numbers[id(node)]
        most = int(self.plan.card.scale * 1000) + 1
        heaviest = max(max(row) for row in node.weights) * self.top(node)
        wide = is_wide(most * heaviest, 0)
        parts = [
            self.query.add(f"h{number}_a{i}", f"COALESCE({widened(value, wide)} * {weight}, 0)")
            for i, (value, weight) in enumerate(zip(values, weights, strict=True))
        ]
        whole = self.query.add(f"h{number}_s", " + ".join(parts))
        # where all parts are 0 the points are 0 too: dividing by 1 leaves 0
        divisor = self.query.add(f"h{number}_t", f"CASE WHEN {whole} > 0 THEN {whole} ELSE 1 END")
        products = [self.query.add(f"h{number}_m{i}", f"{milli} * {part}") for i, part in enumerate(parts)]
        narrow: Callable[[str], str] = (lambda e: f"CAST({e} AS BIGINT)") if wide else (lambda e: e)
        bases = [self.query.add(f"h{number}_b{i}", narrow(f"{p} // {divisor}")) for i, p in enumerate(products)]
        rests = [
            self.query.add(f"h{number}_r{i}", f"{p} - {base} * {divisor}")
            for i, (p, base) in enumerate(zip(products, bases, strict=True))
        ]
        return self.by_remainder(f"h{number}", milli, bases, rests)

    def by_remainder(self, name: str, milli: str, bases: Sequence[str], rests: Sequence[str]) -> list[str]:
        """Give one more to the largest rests until `milli` is reached, ties in order; pairwise, without a sort."""
        left = self.query.add(f"{name}_k", f"{milli} - ({' + '.join(bases)})")
        ahead: list[list[str]] = [[] for _ in rests]
        for i in range(len(rests)):
            for j in range(i + 1, len(rests)):
                later = self.query.add(f"{name}_x{i}_{j}", f"CAST({rests[j]} > {rests[i]} AS INTEGER)")
                ahead[i].append(later)
                ahead[j].append(f"1 - {later}")
        return [
            self.query.add(f"{name}_p{i}", f"{base} + CASE WHEN {' + '.join(before) or '0'} < {left} THEN 1 ELSE 0 END")
            for i, (base, before) in enumerate(zip(bases, ahead, strict=True))
        ]

    # --- downward, cards of points

    def active(self, node: Node, leaves: Mapping[str, str], flag: str, found: dict[str, str]) -> None:
        """Which leaves' points count: all in a sum, the deciding member's elsewhere. Dimensions by their names too."""
        found[f".{node.name}"] = flag
        members = self.counted(node)
        if node.combine == "sum":
            flags = [flag] * len(members)
        else:
            values = [self._child(child, leaves, "") for _, child in members]
            position = self.decider(node, values)
            number = self.numbers[id(node)]
            both = "" if flag == "TRUE" else f"{flag} AND "
            flags = [self.query.add(f"g{number}_{i}", f"({both}{position} = {i})") for i in range(len(members))]
        for (_, child), own in zip(members, flags, strict=True):
            if isinstance(child, Leaf):
                found[child.name] = own
            else:
                self.active(child, leaves, own, found)
