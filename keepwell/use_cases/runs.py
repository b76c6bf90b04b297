"""The use-cases: READ FIRST. Each is a screenful that calls the stages in order.

    sources → timeline → signals → scoring

`ingest` reads a company's tables into the lake, `score` computes every account as of a
closed day and keeps it, `explain` shows one account as of any day, `diff` compares two
cards on history, `check` and `signals` say what the data is worth. What is learned from outcomes
stands in lessons.py, what a score may change in actions.py.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb

from keepwell import document, portfolio
from keepwell.book import inventory, labels, quarantine, shelf, snapshot
from keepwell.book.scorer import Card, Row, Scorer
from keepwell.book.terms import source_maps, terms_of
from keepwell.deciding import overlay
from keepwell.deciding.plays import Account, plays_of
from keepwell.feedback import overrides
from keepwell.lake import Lake
from keepwell.project import Project
from keepwell.scoring.change import decompose
from keepwell.sources.context import IngestContext, SourceReport
from keepwell.sources.ingest import load_source
from keepwell.state import Batch, State
from keepwell.timeline import rollup
from keepwell.timeline.ledger import Ledger
from keepwell.timeline.terms import Terms
from keepwell.words.override import Override
from keepwell.words.problem import KeepwellError, Problem, nearest_of_many
from keepwell.words.report import (
    BackfillReport,
    BookQuery,
    CardReport,
    CheckReport,
    DemoReport,
    DiffReport,
    Explanation,
    IngestReport,
    Inventory,
    ScoreReport,
)
from keepwell.words.score import Change
from keepwell.words.steps import Progress, unheard

MOST_NAMED = 5  # of accounts in one line
PULSE = "csm_pulse"  # a person's own view, which is shown whether or not the card counts it


def open_project(folder: Path | None = None) -> Project:
    """The project in `folder` (default: here) or above it."""
    return Project.open(folder)


def now_of(project: Project) -> datetime:
    """The moment of a run, naive UTC; sample projects stand still at their own clock."""
    return project.config.clock or datetime.now(UTC).replace(tzinfo=None)


def _day_of(project: Project, as_of: date | None) -> date:
    """The day that is asked for, by default the newest closed one; of a day that lies ahead nothing can be known."""
    now = now_of(project)
    closed, today = project.last_closed_day(now), project.local_day(now)
    if as_of is not None and as_of > today:
        raise KeepwellError(Problem(f"{as_of} lies ahead, today is {today}", fix=f"the newest closed day is {closed}"))
    return as_of or closed


# --- data in --------------------------------------------------------------------------


def ingest(project: Project, *, sources: Sequence[str] | None = None, allow_vanished: bool = False) -> IngestReport:
    """Read the sources into the lake under one batch; nothing is visible until all of them are in."""
    maps = source_maps(project, sources)
    project.home.mkdir(parents=True, exist_ok=True)
    state, now = State(project.state_url), now_of(project)
    with state.write("ingest", now, partial(now_of, project)) as batch:
        lake, published = Lake(project.lake_folder, batch.hold), state.published()
        lake.remove_unpublished(published)
        context = IngestContext(
            lake=lake,
            batch=batch.number,
            published=published,
            now=now,
            today=project.local_day(now),
            time_zone=project.config.time_zone,
            day_close=project.config.day_close,
            currency=project.config.currency,
            salt=project.salt(),
            environment=os.environ,
            allow_vanished=allow_vanished,
        )
        terms = terms_of(project, source_maps(project))
        rebuilt = rollup.is_outdated(lake.connect(published), terms)
        reports = [load_source(source, context) for source in maps]
        batch.wanted = rebuilt or any(report.changed for report in reports)
        if batch.wanted:
            _index(lake, terms, batch.number, reports)
    return IngestReport(
        batch=batch.number if batch.wanted else None,
        tables=tuple(table for report in reports for table in report.tables),
        rejects=tuple(reject for report in reports for reject in report.rejects),
        changed=batch.wanted,
        warnings=(*(note for report in reports for note in report.notes), *([REBUILT] if rebuilt else [])),
        reject_groups=tuple(group for report in reports for group in report.reject_groups),
        newly_quarantined=sum(report.new_rejects for report in reports),
    )


REBUILT = "the days of use are built again from the facts: keepwell.yml names other key or core features"


def _index(lake: Lake, terms: Terms, batch: int, reports: Iterable[SourceReport]) -> None:
    """Bring what is derived from facts up to the batch: references and the usage rollup."""
    kinds = sorted({t.kind for report in reports for t in report.tables if t.accepted or t.vanished})
    connection = lake.connect(batch)
    Ledger(connection, terms)
    if kinds:
        rollup.note_references(lake, connection, batch, kinds)
    if "usage" in kinds or rollup.is_outdated(connection, terms):
        rollup.refresh(lake, connection, batch, terms.key_features, terms.core_features)


# --- scores ---------------------------------------------------------------------------


def score(project: Project, *, as_of: date | None = None, accounts: Sequence[str] | None = None) -> ScoreReport:
    """Score the whole book as of a closed day and keep it, with the days it is compared with.

    With `accounts`, or for a day that has not closed, nothing is written.
    """
    day, now = _day_of(project, as_of), now_of(project)
    scorer, closed = Scorer(project), project.last_closed_day(now)
    if accounts:
        found = [
            _explained(scorer, account_id(scorer, a, day), day, card)
            for a in accounts
            for card in scorer.cards.values()
        ]
        return ScoreReport(day, None, (), tuple(e.score for e in found), day > closed, _cyclic(scorer, day))
    if day > closed:
        return ScoreReport(
            day, None, computed(scorer, day, scorer.cards.values()), provisional=True, warnings=_cyclic(scorer, day)
        )
    with scorer.state.write("score", now, partial(now_of, project)) as batch:
        scorer = Scorer(project, batch)  # what was published when the lock was taken, not before
        scorer.lake.remove_unpublished(scorer.batch)
        shelf.fill(scorer, shelf.lacks(scorer, [day, *shelf.compared_days(day)]), batch, asked=day)
    done = shelf.summary(Scorer(project), day)
    warnings = (*labels.too_late(scorer, day), *_cyclic(scorer, day), *quarantine.of_contracts(scorer, day))
    return ScoreReport(day, batch.number if batch.wanted else None, done, warnings=warnings)


def _cyclic(scorer: Scorer, day: date) -> tuple[str, ...]:
    """One line on the accounts that are their own ancestors: who, and where to mend it."""
    found = Ledger(scorer.connect(), scorer.terms).cycles(*scorer.day(day))
    if not found:
        return ()
    links = [f"{account} under {parent}" for account, parent, _ in found]
    named = ", ".join(links[:MOST_NAMED]) + (f" and {len(links) - MOST_NAMED} more" if len(links) > MOST_NAMED else "")
    sources = ", ".join(sorted({source for *_, source in found}))
    what = f"parents form a cycle: {named}, as {sources} says; these accounts are scored without a parent"
    return (str(Problem(what, fix=f"correct the parent in {sources} and ingest again")),)


def backfill(project: Project, since: date, until: date, tell: Progress = unheard) -> BackfillReport:
    """Score the closed days of a period that are not kept with all that was known on that day."""
    scorer, now = Scorer(project), now_of(project)
    if until > (closed := project.last_closed_day(now)):
        raise KeepwellError(Problem(f"{until} has not closed yet", fix=f"the last closed day is {closed}"))
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    batch, done, written = fill(project, days, tell)
    number = batch.number if batch.wanted else None
    return BackfillReport(since, until, number, done, len(days) - len(done), tuple(scorer.cards), written)


def fill(
    project: Project, days: Sequence[date], tell: Progress = unheard, asked: date | None = None
) -> tuple[Batch, tuple[date, ...], int]:
    """Score those of the closed days that are not kept, under one batch: which they were, and how many rows that wrote."""
    state = Scorer(project).state
    with state.write("backfill", now_of(project), partial(now_of, project)) as batch:
        scorer = Scorer(project, batch)  # what was published when the lock was taken, not before
        scorer.lake.remove_unpublished(scorer.batch)
        lacked = shelf.lacks(scorer, days)
        written = shelf.fill(scorer, lacked, batch, asked, tell)
    return batch, tuple(sorted(set().union(*lacked.values()))), written


def computed(scorer: Scorer, day: date, cards: Collection[Card]) -> tuple[CardReport, ...]:
    """How cards come out on a day, computed and not kept."""
    connection = scorer.connect()
    scorer.read_all(connection, [day], scorer.signals_of(cards))
    return tuple(shelf.counted(card, scorer.score(connection, card)) for card in cards)


# --- one account ----------------------------------------------------------------------


def explain(
    project: Project,
    account: str,
    *,
    as_of: date | None = None,
    since: date | None = None,
    scorecard: str | None = None,
) -> Explanation:
    """One account as of any day: its score, evidence, trend, caveats, next action; with `since`, why it changed."""
    day = _day_of(project, as_of)
    if since is not None and since > day:
        raise KeepwellError(
            Problem(f"--since: {since} is after {day}, the day of the score", fix="choose an earlier day")
        )
    scorer = Scorer(project)
    found = _explained(scorer, account_id(scorer, account, day), day, scorer.headline(scorecard), since)
    if day <= project.last_closed_day(now_of(project)):
        return found
    return replace(
        found, caveats=(*found.caveats, "Provisional: the day has not closed, what comes in until then counts")
    )


def _explained(scorer: Scorer, account: str, day: date, card: Card, since: date | None = None) -> Explanation:
    """The snapshot of an account; weeks that are kept in the lake with all that was known are not computed again."""
    connection = scorer.connect()
    history = [day - timedelta(weeks=n) for n in range(snapshot.WEEKS)]
    current = shelf.current(scorer, card.recipe.table, history)
    weekly = {d: s for d, s in shelf.scores_of(scorer, connection, card, account).items() if d in current}
    wanted = {day, day - snapshot.RECOVERY, since or day, *(d for d in history if d not in weekly)}
    asked = {**card.signals, PULSE: scorer.signals[PULSE]}
    rows = scorer.read(connection, [scorer.pair(account, d) for d in sorted(wanted)], asked)
    scored = scorer.score(connection, card)
    weekly |= {r["as_of"]: r["score_milli"] for r in scored if r["account_id"] == account}
    parent = scorer.parent_score(connection, card, (account, day))
    said = overlay.said_of(scorer, card, account)
    change = _changed(scorer, card, rows, (account, since, day), said) if since and parent is None else None
    trend = [(d, weekly.get(d)) for d in reversed(history)]
    found = snapshot.explanation(connection, card, rows, (account, day), (trend, change, parent))
    found = snapshot.with_signal(found, scorer.signals[PULSE], rows[account, day])
    step = plays_of(scorer).next_step(card, found.score, Account(found.segment, found.lifecycle))
    found = replace(found, next_action=step.text, play=step.play)
    found = labels.shown(scorer, quarantine.marked(connection, card, found))
    return overlay.laid_over(found, card, said)


def _changed(
    scorer: Scorer,
    card: Card,
    rows: Mapping[tuple[str, date], Row],
    subject: tuple[str, date, date],
    said: Collection[Override],
) -> Change:
    """Why the score moved between two days: D1 as known then, D1 as known on D2, and D2."""
    account, since, until = subject
    if (account, since) not in rows:
        raise KeepwellError(Problem(f"account '{account}' was not known on {since}", fix="choose a later --since"))
    connection = scorer.connect()
    rewound = scorer.read(connection, [scorer.pair(account, since, known_on=until)], card.signals)[account, since]
    ends = rows[account, since], rewound, rows[account, until]
    before, after = (overrides.set_to(said, account, day) for day in (since, until))
    return decompose(connection, (card.compiled, card.compiled), ends, (before, after))


def account_id(scorer: Scorer, wanted: str, day: date) -> str:
    """The id of an account named by id or exact name, known as of the day."""
    connection = scorer.connect()
    as_of, close_at = scorer.day(day)
    known = Ledger(connection, scorer.terms).accounts(as_of, close_at)
    if wanted in known:
        return wanted
    if not known:
        raise KeepwellError(_before_any_data(connection, day))
    then = connection.execute("SELECT account_id, name FROM profile WHERE name IS NOT NULL").fetchall()
    names = {row["account_id"]: row["name"] for row in labels.current(scorer).to_pylist()} | dict(then)
    named = [account for account in known if names.get(account) == wanted]
    if len(named) == 1:
        return named[0]
    if named:
        raise KeepwellError(
            Problem(f"{len(named)} accounts are named '{wanted}'", fix=f"use an id: {', '.join(named[:5])}")
        )
    fix = nearest_of_many(wanted, [*known, *(name for account in known if (name := names.get(account)))])
    fix = fix or "'keepwell book' lists the accounts"
    raise KeepwellError(Problem(f"no account '{wanted}' as of {day}", fix=fix))


def _before_any_data(connection: duckdb.DuckDBPyConnection, day: date) -> Problem:
    [(first,)] = connection.execute("SELECT CAST(min(known_at) AS DATE) FROM fact_account").fetchall()
    known = f"the first account is known on {first}" if first else "no account was ever loaded"
    return Problem(f"{day} is before any data", fix=known)


def assess(file: Path, scorecard: str | None = None) -> Explanation:
    """Score one account that a person described in a file; no project needed."""
    return snapshot.assessed(document.read(file), scorecard, datetime.now(UTC).date())


# --- what the data is worth -----------------------------------------------------------


def check(project: Project, as_of: date | None = None) -> CheckReport:
    """Freshness, coverage, gaps and contradictions of the data, and what the cards say about themselves."""
    day = _day_of(project, as_of)
    return inventory.checked(Scorer(project), day)


def signals(project: Project, as_of: date | None = None) -> Inventory:
    """Every signal with its source, freshness, coverage, issues and gaps."""
    day = _day_of(project, as_of)
    scorer = Scorer(project)
    return inventory.inventory(scorer, scorer.connect(), day)


def diff(project: Project, card_a: str, card_b: str) -> DiffReport:
    """Which accounts two cards put into different tiers, on the last twelve month-ends."""
    scorer = Scorer(project)
    return portfolio.diff(scorer, card_a, card_b, project.last_closed_day(now_of(project)))


# --- the simulated company ------------------------------------------------------------


def demo(folder: Path) -> DemoReport:
    """Simulate a company in `folder`, read its exports, score it and return its book."""
    from keepwell.demo.company import write_company  # noqa: PLC0415  no other command simulates anything

    write_company(folder)
    project = open_project(folder)
    loaded, scored = ingest(project), score(project)
    return DemoReport(str(folder), loaded, scored, portfolio.book(project, BookQuery(limit=20)))
