"""The choice of signals: what the data covers, one of a family, spread over the dimensions, what outcomes speak for first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from keepwell.words.learning import Alone
from keepwell.words.reading import Clock, Signal
from keepwell.words.report import InventoryRow

WANTED = 10  # signals of a first card
LEAST_COVERAGE = 200_000  # ppm: a signal that most accounts lack makes a card of the few
UNLISTED = 3.0  # percent, of a signal that the default card does not count: below the least that it does count
PER_AUC = 4.0  # how much an AUC above chance weighs: at .75 a signal counts twice
MISLEADS = 0.25  # of its weight keeps a signal that certainly ranks the wrong way round here

DIMENSIONS: Mapping[str, tuple[str, ...]] = {  # dimension → families
    "usage": ("licence", "usage trend", "rhythm", "depth", "dependence"),
    "support": ("load", "incident", "service"),
    "billing": ("payment",),
    "commercial": ("revenue", "timing"),
    "people": ("sponsor", "contact", "breadth"),
    "voice": ("voice", "judgement"),
    "plan": ("outcome", "plan", "services"),
}
# these have cards of their own, or stand in guards
APART = ("onboarding", "handoff", "flag", "growth", "profile", "campaign")
OF_SYSTEM = {  # where a project's own signal belongs
    "product": "usage", "support": "support", "billing": "billing", "crm": "people",
    "meetings": "people", "survey": "voice", "plan": "plan",
}  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """A signal that could be counted, with what is known about it here."""

    signal: Signal
    row: InventoryRow
    listed: float | None  # its percent of the default card
    alone: Alone | None

    @property
    def dimension(self) -> str:
        """Where it belongs."""
        return dimension_of(self.signal) or ""

    @property
    def importance(self) -> float:
        """What it weighs beside others: the default card's share, moved by what outcomes say."""
        return (self.listed or UNLISTED) * _strength(self.alone)

    @property
    def merit(self) -> float:
        """What speaks for choosing it: importance for the accounts that have it."""
        return self.importance * (self.row.coverage_ppm or 0) / 1_000_000

    @property
    def lack(self) -> str:
        """Why it cannot be chosen; empty where it can."""
        if self.row.source is None:
            return next(iter(self.row.gaps), f"no {self.row.system} source")
        if self.row.coverage_ppm is None:
            return "it applies to no account"
        if self.row.coverage_ppm < LEAST_COVERAGE:
            return f"only {self.row.coverage_ppm // 10_000} % of the accounts have a fresh reading"
        if self.alone is not None and self.alone.implausible:
            return f"alone it knows the outcomes too well (AUC {self.alone.auc.value:.2f}): written afterwards?"
        return ""


def dimension_of(signal: Signal) -> str | None:
    """The dimension of a signal; None where it has a card of its own."""
    if signal.family in APART:
        return None
    by_family = (dimension for dimension, families in DIMENSIONS.items() if signal.family in families)
    return next(by_family, OF_SYSTEM.get(signal.system))


def readable(rows: Sequence[InventoryRow], signals: Mapping[str, Signal]) -> tuple[str, ...]:
    """The signals that could be chosen, so that outcomes are asked about no others."""
    return tuple(one.signal.name for one in candidates(rows, signals, {}, {}) if not one.lack)


def candidates(
    rows: Sequence[InventoryRow],
    signals: Mapping[str, Signal],
    listed: Mapping[str, float],
    alone: Mapping[str, Alone],
) -> tuple[Candidate, ...]:
    """Every signal with default bands that can be counted in a card for accounts in term, in the catalogue's order."""
    return tuple(
        Candidate(signal, row, listed.get(signal.name), alone.get(signal.name))
        for row in rows
        if (signal := signals[row.signal]).counted
        and signal.bands
        and signal.clock is not Clock.CALENDAR
        and dimension_of(signal)
    )


def chosen(given: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The best of each dimension, then the best of other families, then their seconds; at most ten."""
    able = sorted((one for one in given if not one.lack), key=lambda one: -one.merit)
    found: list[Candidate] = []
    for rule in (_new_dimension, _new_family, _any):
        for one in able:
            if len(found) < WANTED and one not in found and rule(one, found):
                found.append(one)
    order = list(DIMENSIONS)
    return tuple(sorted(found, key=lambda one: (order.index(one.dimension), -one.importance)))


def _new_dimension(one: Candidate, found: Sequence[Candidate]) -> bool:
    return all(other.dimension != one.dimension for other in found)


def _new_family(one: Candidate, found: Sequence[Candidate]) -> bool:
    return all(other.signal.family != one.signal.family for other in found)


def _any(_one: Candidate, _found: Sequence[Candidate]) -> bool:
    return True


def lacking(given: Sequence[Candidate], found: Sequence[Candidate]) -> Iterator[str]:
    """Of every dimension that nothing was chosen from: what its most important signal lacks."""
    for dimension in DIMENSIONS:
        inside = [one for one in given if one.dimension == dimension]
        if inside and all(one.dimension != dimension for one in found):
            first = max(inside, key=lambda one: one.importance)
            yield f"{dimension}: {first.signal.name} is left out, {first.lack}"
    for one in given:
        if one.alone is not None and one.alone.implausible:
            yield f"{one.dimension}: {one.signal.name} is left out, {one.lack}"


def reason(one: Candidate, found: Sequence[Candidate]) -> str:
    """Why a chosen signal is there: what of it is known here, how much, and what it weighs elsewhere."""
    said = [f"fresh for {(one.row.coverage_ppm or 0) // 10_000} % of accounts from {one.row.source}"]
    share = f"{one.listed:g} % of the default card" if one.listed else "not in the default card, it fills a gap"
    said.append(share)
    if one.alone is not None:
        said.append(_said(one.alone))
    first = next(other for other in found if other.signal.family == one.signal.family)
    if first is not one:
        said.append(f"of one family with {first.signal.name}: the worse of them counts")
    elif all(other is one or other.dimension != one.dimension for other in found):
        said.append(f"the only one about {one.dimension}")
    return "; ".join(said)


def _said(alone: Alone) -> str:
    it = alone.auc
    figures = f"AUC {it.value:.2f} ({it.low:.2f} to {it.high:.2f}) on {alone.events} outcomes"
    if it.low > 0.5:
        return f"alone it foretold losses here, {figures}"
    if it.high < 0.5:
        return f"alone it ranked the wrong way round here, {figures}: it weighs a quarter"
    return f"alone it is not better than chance here, {figures}"


def _strength(alone: Alone | None) -> float:
    if alone is None:
        return 1.0
    if alone.auc.high < 0.5:
        return MISLEADS
    return 1.0 + PER_AUC * (alone.auc.value - 0.5) if alone.auc.low > 0.5 else 1.0


def weights(found: Sequence[Candidate]) -> dict[str, int]:
    """Whole percent by family that add to 100, by the importance of each family's first; at least 1."""
    families: dict[str, float] = {}
    for one in found:
        families.setdefault(one.signal.family, one.importance)
    total, spare = sum(families.values()), 100 - len(families)
    exact = {family: spare * part / total for family, part in families.items()}
    whole = {family: 1 + int(part) for family, part in exact.items()}
    rests = sorted(exact, key=lambda family: int(exact[family]) - exact[family])
    for family in rests[: 100 - sum(whole.values())]:
        whole[family] += 1
    return whole
