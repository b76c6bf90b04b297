"""What the data is worth: the report of `check`, and the inventory of every signal with its origin and gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import duckdb

from keepwell.book.scorer import Scorer
from keepwell.signals.columns import columns_of, kinds_of
from keepwell.sources.column_map import SourceMap
from keepwell.sources.inventory import Feed, describe
from keepwell.timeline.ledger import Ledger
from keepwell.timeline.quality import findings
from keepwell.timeline.quality.freshness import Inspection
from keepwell.words.fact import KINDS
from keepwell.words.problem import KeepwellError, Problem
from keepwell.words.reading import Signal, Status
from keepwell.words.report import CheckReport, Finding, Inventory, InventoryRow, SourceHealth

ENOUGH_LOADS = 3  # with news, from which the days between them are an interval

INTERVALS = """
WITH delivered AS (
    SELECT source, kind, loaded_day AS day FROM loads
    WHERE accepted > 0 AND loaded_day <= $day GROUP BY source, kind, loaded_day
    QUALIFY count(*) OVER (PARTITION BY source, kind) >= $enough
), happened AS (
    SELECT DISTINCT h.source, h.kind, h.day FROM ({happened}) h
    ANTI JOIN delivered d ON d.source = h.source AND d.kind = h.kind WHERE h.day <= $day
), pause AS (
    SELECT source, kind, CAST(day - lag(day) OVER (PARTITION BY source, kind ORDER BY day) AS BIGINT) AS days
    FROM (SELECT * FROM delivered UNION ALL SELECT * FROM happened)
)
SELECT source, kind, quantile_disc(days, 0.5) FROM pause WHERE days IS NOT NULL GROUP BY source, kind
"""

EXAMPLES = 5
# after an inspection: as known today, neither the account nor an ancestor has a contract line
WITHOUT_CONTRACT = """
SELECT p.account_id FROM profile p
WHERE p.lifecycle IS DISTINCT FROM 'prospect' AND NOT EXISTS (
    SELECT 1 FROM holder h JOIN contract c ON c.account_id = h.holder WHERE h.account_id = p.account_id)
ORDER BY p.account_id
"""

LAST_LOADS = """
SELECT source, kind, CAST(coalesce(max(loaded_at) FILTER (loaded_at < $close_at), min(loaded_at)) AS TIMESTAMP)
FROM loads GROUP BY source, kind
"""


@dataclass(frozen=True)
class Ground:
    """What the rows of an inventory are assembled from; keys are (source, kind)."""

    feeds: Sequence[Feed]
    maps: Mapping[str, SourceMap]
    findings: Sequence[Finding]
    intervals: Mapping[tuple[str, str], int]
    loads: Mapping[tuple[str, str], datetime]
    coverage: Mapping[str, int | None]
    cards: Mapping[str, frozenset[str]]  # card → signals it counts


def checked(scorer: Scorer, day: date) -> CheckReport:
    """What is wrong with the data as of a day, and what the project's cards say about themselves.

    Raises KeepwellError for a day before any data.
    """
    connection = scorer.connect()
    report = _inspected(scorer, connection, day)
    notes = [
        Finding("scorecard.note", "note", 1, f"scorecard {name}: {note}")
        for name, card in scorer.cards.items()
        for note in card.compiled.plan.notes
    ]
    return replace(report, findings=(*report.findings, *_without_contract(scorer, connection), *notes))


def _without_contract(scorer: Scorer, connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Accounts of which no contract is known: what applies to owners of a product vanishes from their scores."""
    counted = frozenset().union(*_counted(scorer).values())
    products = ", ".join(name for name, signal in scorer.signals.items() if name in counted and signal.of_products)
    accounts = [row[0] for row in connection.execute(WITHOUT_CONTRACT).fetchall()]
    if not products or not accounts:
        return
    number, about = len(accounts), {"examples": tuple(accounts[:EXAMPLES]), "kinds": ("subscription",)}
    if any(feed.kind == "subscription" for source in scorer.maps for feed in describe(source)):
        text = f"accounts without a subscription: {number:,}; {products} cannot apply to them"
        yield Finding("subscription.none", "note", number, text, fix="map their contract, if they have one", **about)
        return
    text = f"no source has subscriptions: {products} cannot apply to {number:,} accounts"
    fix = "map your contracts as 'subscription' facts, or count measures that need no product"
    yield Finding("subscription.none", "warning", number, text, fix=fix, **about)


def contradictions(scorer: Scorer, day: date) -> tuple[Finding, ...]:
    """What in the data contradicts itself as of a day, as known today."""
    return findings.contradictions(Ledger(scorer.connect(), scorer.terms), inspection(scorer, day))


def sources(scorer: Scorer, day: date) -> list[SourceHealth]:
    """How fresh and complete each source was as of a day."""
    return findings.health(Ledger(scorer.connect(), scorer.terms), inspection(scorer, day))


def inventory(scorer: Scorer, connection: duckdb.DuckDBPyConnection, day: date) -> Inventory:
    """Every signal: where it comes from, how often that is updated, for whom it is fresh, and what is wrong with it.

    Leaves the readings of all signals in the connection. Raises KeepwellError for a day before any data.
    """
    report = _inspected(scorer, connection, day)
    scorer.read_all(connection, [day], scorer.signals)
    ground = Ground(
        feeds=[feed for source in scorer.maps for feed in describe(source)],
        maps={source.source: source for source in scorer.maps},
        findings=report.findings,
        intervals=_intervals(connection, day),
        loads=_last_loads(connection, scorer.project.close_at(day)),
        coverage=_coverage(connection, scorer.signals.values()),
        cards=_counted(scorer),
    )
    return Inventory(day, tuple(_row(signal, ground) for signal in scorer.signals.values()))


def _inspected(scorer: Scorer, connection: duckdb.DuckDBPyConnection, day: date) -> CheckReport:
    ledger = Ledger(connection, scorer.terms)
    if not ledger.accounts(day, scorer.project.close_at(day)):
        raise KeepwellError(Problem(f"{day} is before any data", fix="choose a later --as-of"))
    return findings.inspect(ledger, inspection(scorer, day))


def inspection(scorer: Scorer, day: date) -> Inspection:
    """What an inspection of a day must be told."""
    systems = {source.source: source.system for source in scorer.maps}
    return Inspection(day, scorer.project.close_at(day), systems, _limits(scorer))


def _limits(scorer: Scorer) -> dict[str, int]:
    """Fact kind → days after which the first signal that the cards count goes stale; of all signals where none is."""
    counted = frozenset().union(*_counted(scorer).values())
    limits: dict[str, int] = {}
    for signals in ([s for n, s in scorer.signals.items() if n in counted], scorer.signals.values()):
        found: dict[str, int] = {}
        for signal in signals:
            for kind in kinds_of(signal):
                if signal.feed_days is not None:
                    found[kind] = min(signal.feed_days, found.get(kind, signal.feed_days))
        limits = {**found, **limits}
    return limits


def _counted(scorer: Scorer) -> dict[str, frozenset[str]]:
    return {
        name: frozenset(leaf.signal.name for leaf in card.compiled.plan.leaves() if leaf.signal and leaf.counted)
        for name, card in scorer.cards.items()
    }


# --- figures of all signals at once


def _coverage(connection: duckdb.DuckDBPyConnection, signals: Iterable[Signal]) -> dict[str, int | None]:
    """Share of the accounts a signal applies to that have a fresh reading, parts per million; None: applies to none."""
    names = [signal.name for signal in signals]
    columns = ", ".join(
        f"count_if(q_{name} = '{Status.FRESH}'), count_if(q_{name} <> '{Status.NOT_APPLICABLE}')" for name in names
    )
    [counts] = connection.execute(f"SELECT {columns} FROM readings").fetchall()
    pairs = zip(counts[::2], counts[1::2], strict=True)
    return {
        name: fresh * 1_000_000 // applies if applies else None
        for name, (fresh, applies) in zip(names, pairs, strict=True)
    }


def _intervals(connection: duckdb.DuckDBPyConnection, day: date) -> dict[tuple[str, str], int]:
    """Median days between loads that brought something, else between days with data."""
    others = [kind for kind in KINDS if kind != "usage"]
    happened = " UNION ALL ".join(
        ["SELECT source, 'usage' AS kind, day FROM usage_day"]
        + [f"SELECT source, '{kind}', happened_day FROM fact_{kind}" for kind in others]
    )
    query = INTERVALS.format(happened=happened)
    rows = connection.execute(query, {"day": day, "enough": ENOUGH_LOADS}).fetchall()
    return {(source, kind): days for source, kind, days in rows}


def _last_loads(connection: duckdb.DuckDBPyConnection, close_at: datetime) -> dict[tuple[str, str], datetime]:
    rows = connection.execute(LAST_LOADS, {"close_at": close_at}).fetchall()
    return {(source, kind): moment for source, kind, moment in rows}


# --- one row


def _row(signal: Signal, ground: Ground) -> InventoryRow:
    kinds = kinds_of(signal)
    mapped = [feed for feed in ground.feeds if feed.kind in kinds]
    sources = list(dict.fromkeys(feed.source for kind in kinds for feed in mapped if feed.kind == kind))
    main = [(feed.source, feed.kind) for feed in mapped if feed.kind in kinds[:1]]
    columns = columns_of(signal)
    owners = dict.fromkeys(owner for source in sources if (owner := ground.maps[source].owner))
    return InventoryRow(
        signal=signal.name,
        title=signal.title,
        system=signal.system,
        source=", ".join(sources) or None,
        column=_columns(columns, ground.feeds) if sources else "",
        owner=", ".join(owners) or None,
        update_interval_days=min((ground.intervals[key] for key in main if key in ground.intervals), default=None),
        last_load=max((ground.loads[key] for key in main if key in ground.loads), default=None),
        coverage_ppm=ground.coverage[signal.name],
        issues=tuple(f.text for f in _touching(ground.findings, kinds, sources) if _is_issue(f)),
        gaps=tuple(_gaps(kinds, columns, sources, ground)),
        scorecards=tuple(card for card, counted in ground.cards.items() if signal.name in counted),
    )


def _columns(columns: Sequence[tuple[str, str]], feeds: Sequence[Feed]) -> str:
    """The source's columns by table, as in `tickets.csv: submitted_at, priority; accounts.csv: created`."""
    by_origin: dict[str, dict[str, None]] = {}
    for pair in columns:
        for feed in feeds:
            if (feed.kind, feed.column) == pair and feed.read_from is not None:
                by_origin.setdefault(feed.origin, {})[feed.read_from] = None
    return "; ".join(f"{origin}: {', '.join(names)}" for origin, names in by_origin.items())


def _touching(findings: Sequence[Finding], kinds: Sequence[str], sources: Sequence[str]) -> Iterator[Finding]:
    for finding in findings:
        if set(finding.kinds) & set(kinds) and (not finding.sources or set(finding.sources) & set(sources)):
            yield finding


def _is_issue(finding: Finding) -> bool:
    return finding.severity != "note" and not finding.code.startswith(("gap.", "source."))


def _gaps(
    kinds: Sequence[str], columns: Sequence[tuple[str, str]], sources: Sequence[str], ground: Ground
) -> Iterator[str]:
    mapped = {(feed.kind, feed.column) for feed in ground.feeds}
    for kind in kinds:
        if (kind, None) not in mapped:
            yield f"no source has {kind} facts"
    read = [pair for pair in columns if pair[0] in kinds and (pair[0], None) in mapped]
    lacking = [f"{kind} {name}" for kind, name in read if (kind, name) not in mapped]
    if lacking:
        yield f"not mapped: {', '.join(lacking)}"
    for source in sources:
        yield from (f"{source} lost {gap.since} to {gap.until}" for gap in ground.maps[source].gaps)
    found = _touching(ground.findings, kinds, sources)
    yield from (finding.text for finding in found if finding.code in {"gap.undeclared", "source.stale"})
