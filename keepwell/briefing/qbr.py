"""The pack of a business review in two editions: what we know, and what the customer may read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from keepwell.briefing.quarter import DAYS, TOGETHER, Goal, Quarter, Step, Use, count
from keepwell.words.briefing import Pack
from keepwell.words.discreet import indiscreet
from keepwell.words.figures import money, points
from keepwell.words.message import Note, Section
from keepwell.words.report import Explanation
from keepwell.words.score import Evidence, RowKind, State, percent

HOUR, DAY = 3_600, 86_400
MOST = 8


# --- the customer's edition


def for_the_customer(it: Quarter, tiers: Iterable[str]) -> Pack:
    """Their goals, their use, what was solved, what comes next; a line with a word that is not for them is left out."""
    long_ago = [step for step in it.steps if _is_long_ago(step, it)]
    sieve = Sieve(
        tuple(tiers), [f"it was to be done over {DAYS} days ago: {_ahead(one, it.until)}" for one in long_ago]
    )
    current = replace(it, steps=tuple(step for step in it.steps if step not in long_ago))
    sections = [Section(heading, tuple(sieve.kept(lines))) for heading, lines in _shared(current)]
    title = f"{it.name}: our work together, {it.since} to {it.until}"
    note = Note(_key(it, "customer"), "", "qbr", "", title, sections=tuple(one for one in sections if one.lines))
    return Pack(it.account_id, it.until, "customer", note, tuple(sieve.left_out))


def _is_long_ago(step: Step, it: Quarter) -> bool:
    """A step of a plan that nobody follows any more is nothing to put before the customer."""
    return step.reached is None and step.due is not None and step.due <= it.until - timedelta(days=DAYS)


@dataclass
class Sieve:
    """Keeps what a customer may read, and notes what it kept back and why."""

    tiers: tuple[str, ...]
    left_out: list[str] = field(default_factory=list)

    def kept(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines without a word that no customer should read."""
        for line in lines:
            if word := indiscreet(line, self.tiers):
                self.left_out.append(f"it says '{word}': {line}")
            else:
                yield line


def _shared(it: Quarter) -> Iterator[tuple[str, list[str]]]:
    """What both editions tell of the ninety days."""
    yield "Your goals", [_goal(goal, it.until) for goal in it.goals]
    yield "Your team at work", list(_use(it))
    yield "What was solved", list(_tickets(it))
    yield "What we did together", list(_together(it))
    yield "What comes next", [_ahead(step, it.until) for step in it.steps if step.reached is None]


def _goal(it: Goal, day: date) -> str:
    measured = f" ({it.metric})" if it.metric and it.metric != it.name else ""
    reached = f": {it.current:,} of {it.target:,}" if it.current is not None and it.target is not None else ""
    due = f", by {it.due}" if it.due else ""
    done = it.target is not None and it.current is not None and it.current >= it.target
    pace = {True: "; on pace", False: "; needs our attention", None: ""}[it.on_track]
    if done or (it.due is not None and it.due < day):
        pace = "; reached" if done else "; not reached yet"
    return f"{it.name}{measured}{reached}{due}{pace}"


def _use(it: Quarter) -> Iterator[str]:
    if not it.use:
        return
    names = ("first", "second", "third")
    for name, part in zip(names, it.use, strict=True):
        yield f"{name.capitalize()} thirty days: {_people(part)}"
    if it.before is not None and it.before.uses:
        yield f"The ninety days before: {_people(it.before)}"
    if it.features:
        used = ", ".join(f"{name} on {count(days, 'day')}" for name, days in it.features[:MOST])
        yield f"Used most: {used}"


def _people(it: Use) -> str:
    return f"{count(it.people, 'person', 'people')} on {count(it.days, 'day')}"


def _tickets(it: Quarter) -> Iterator[str]:
    if it.solved:
        half = "; half of them" if it.solved > 1 else ","
        typical = f"{half} within {_span(it.seconds)}" if it.seconds is not None else ""
        yield f"{count(it.solved, 'ticket')} solved{typical}"
    if it.still_open:
        yield f"{count(it.still_open, 'ticket')} still open"


def _together(it: Quarter) -> Iterator[str]:
    if it.together:
        yield ", ".join(count(number, *TOGETHER[kind]) for kind, number in it.together)
    yield from (f"{step.name}: reached on {step.reached}" for step in it.steps if step.reached is not None)


def _ahead(it: Step, day: date) -> str:
    if it.due is None:
        return it.name
    return (
        f"{it.name}, planned for {it.due}"
        if it.due >= day
        else f"{it.name}, was planned for {it.due}: which date holds?"
    )


def _span(seconds: int) -> str:
    if seconds < DAY:
        return count(max(1, round(seconds / HOUR)), "hour")
    return count(round(seconds / DAY), "day")


# --- our own edition


@dataclass(frozen=True)
class Inside:
    """What only we read: the score with its evidence, open alerts, open deals."""

    found: Explanation
    alerts: Sequence[str] = ()
    deals: Sequence[str] = ()


def for_us(it: Quarter, inside: Inside) -> Pack:
    """The same ninety days, behind how the account stands and why."""
    found = inside.found
    sections = (
        Section("How the account stands", tuple(_stands(found))),
        Section("What costs points", tuple(_row(row) for row in _dearest(found.score.evidence))),
        Section("What is well", tuple(_row(row) for row in _best(found.score.evidence))),
        Section("Mind", found.caveats),
        Section("Open alerts", tuple(inside.alerts)),
        Section("Open deals", tuple(inside.deals)),
        *(Section(heading.replace("Your", "Their"), tuple(lines)) for heading, lines in _shared(it)),
    )
    title = f"{it.name}: business review, {it.since} to {it.until}, for us only"
    facts = tuple(_facts(found))
    note = Note(
        _key(it, "internal"), "", "qbr", "", title, sections=tuple(one for one in sections if one.lines), facts=facts
    )
    return Pack(it.account_id, it.until, "internal", note)


def _facts(it: Explanation) -> Iterator[tuple[str, str]]:
    yield "Owner", it.owner or "nobody"
    yield "Score", points(it.score.score_milli) if it.score.state is State.SCORED else f"none: {it.score.unscored_why}"
    yield "Tier", it.score.tier or ""
    yield "MRR", money(it.mrr_minor, it.currency) if it.mrr_minor is not None else "unknown"
    yield "Renewal", str(it.renewal_day) if it.renewal_day else "unknown"


def _stands(it: Explanation) -> Iterator[str]:
    score = it.score
    if score.low_milli is not None and score.high_milli is not None:
        span = f"between {points(score.low_milli)} and {points(score.high_milli)}"
        yield f"{percent(score.coverage_ppm)} % of the card is covered; with what is missing it would lie {span}"
    if it.trend.note:
        yield it.trend.note
    if it.change is not None and it.change.before_milli is not None and it.change.after_milli is not None:
        causes = ", ".join(f"{c.name} {points(c.points_milli)}" for c in it.change.causes if c.points_milli)
        moved = f"{points(it.change.before_milli)} → {points(it.change.after_milli)} since {it.change.since}"
        yield f"{moved}: {causes}" if causes else moved
    yield f"Next: {it.next_action}" + (f" (play: {it.play})" if it.play else "")
    if score.path and score.next_tier:
        steps = "; ".join(f"{step.text}, {points(step.points_milli)} points" for step in score.path)
        yield f"Path to {score.next_tier}: {steps}"


def _dearest(rows: Sequence[Evidence]) -> list[Evidence]:
    costly = [
        row
        for row in rows
        if row.counted
        and row.kind in (RowKind.MEASURE, RowKind.GUARD)
        and row.points_milli < max(row.max_points_milli, 0) - 50
    ]
    return sorted(costly, key=lambda row: row.points_milli - max(row.max_points_milli, 0))[:MOST]


def _best(rows: Sequence[Evidence]) -> list[Evidence]:
    full = [row for row in rows if row.counted and row.kind is RowKind.MEASURE and row.max_points_milli > 0]
    return [row for row in full if row.points_milli >= row.max_points_milli - 50][:MOST]


def _row(it: Evidence) -> str:
    day = f" [{it.observed_at}]" if it.observed_at else ""
    return f"{it.reason}{day}: {points(it.points_milli)} of {points(max(it.max_points_milli, 0))}"


def _key(it: Quarter, edition: str) -> str:
    return f"qbr/{it.account_id}/{edition}/{it.until}"
