"""The use-case of a whole day, read after actions.py and dispatch.py: every step in its order, each told in one line.

    ingest → score → transitions → handoffs → deliver

A step that fails stops those that need it and no other. Each step takes up what an earlier run left undone, so that a
run after a failure or a kill goes on, and does nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from keepwell.book import shelf
from keepwell.book.scorer import Scorer
from keepwell.deciding import agreements, alerts, standings, suppressions
from keepwell.handoff import records
from keepwell.project import Project
from keepwell.state import LEASE_TIME, State
from keepwell.use_cases import actions, dispatch, handing_over, runs
from keepwell.words.decision import AUTOMATIC, Mode
from keepwell.words.handoff import Track
from keepwell.words.problem import KeepwellError
from keepwell.words.steps import DayReport, DayTold, Ending, Progress, Span, StepReport, unheard

LOCK = "run"
FINDINGS = 1
MONTH = 30  # days that a day's fall is measured over
SHOWN = (Mode.LIVE, Mode.REHEARSAL, Mode.SUPPRESSED)
NO_TRACK = "unscored"  # the handoff card gives no score
HOW = (alerts.TOLD, alerts.LATER)
Did = tuple[str, int]  # in one line, and the exit code


@dataclass(frozen=True)
class Listeners:
    """Who hears of a run: what a console channel writes, each step as it ends, and the parts of a step as they are done."""

    echo: Callable[[str], None]
    step: Callable[[StepReport], None] = lambda _: None
    progress: Progress = unheard


@dataclass(frozen=True)
class Today:
    """What the steps of a run share: the newest day that they bring up to date, and who hears of it."""

    project: Project
    day: date
    hears: Listeners


@dataclass(frozen=True)
class Step:
    """One step of a day. `plan` says what it would do; `kept` what stays when it fails; `needs` what must not have failed."""

    name: str
    do: Callable[[Today], Did]
    plan: Callable[[Today], str]
    kept: str
    needs: tuple[str, ...] = ()


def run_day(project: Project, hears: Listeners, *, as_of: date | None = None, dry: bool = False) -> DayReport:
    """Do a whole day, up to the newest closed one. One run at a time."""
    today = Today(project, actions.closed_day(project, as_of), hears)
    if dry:
        planned = tuple(StepReport(step.name, Ending.PLANNED, _planned(step, today)) for step in STEPS)
        for one in planned:
            hears.step(one)
        return DayReport(today.day, planned, dry=True)
    project.home.mkdir(parents=True, exist_ok=True)
    done: list[StepReport] = []
    with State(project.state_url).alone(LOCK, partial(runs.now_of, project), LEASE_TIME) as hold:
        for step in STEPS:
            hold()
            hears.progress(f"{step.name} ...")
            done.append(_done(step, today, done))
            hears.step(done[-1])
    return DayReport(today.day, tuple(done))


def decide_span(project: Project, since: date, until: date, tell: Progress = unheard) -> Span:
    """Score and decide a span of closed days, one after the other, and sum up what each of them told.

    The days before are scored as far as statuses count back: what lasted long before the span began is no news in it.
    """
    scorer = Scorer(project)
    counted = (one.rules().expansion_days for one in agreements.policies(project, scorer.cards).values())
    runs.backfill(project, since - timedelta(days=max(MONTH, *counted)), until, tell)
    actions.transitions(project, as_of=since, tell=tell)
    actions.transitions(project, as_of=until, tell=tell)
    handing_over.decide(project, as_of=since)
    handing_over.decide(project, as_of=until)
    return _summed(Scorer(project), since, until)


def _summed(scorer: Scorer, since: date, until: date) -> Span:
    """What the days of a span told, over all cards."""
    told = [one for card in scorer.cards for one in standings.transitions(scorer.state, card, since, until)]
    rows = alerts.every(scorer.state, since, until)
    exceptions = {one.key: one for one in suppressions.every(scorer.state)}
    held = Counter(exceptions[one.suppression].cause for one in told if one.suppression in exceptions)
    by_day = Counter((one.as_of, one.mode) for one in told)
    how = Counter((row.as_of, row.told) for row in rows)
    days = tuple(
        DayTold(day, *(by_day[day, mode] for mode in SHOWN), *(how[day, one] for one in HOW))
        for day in sorted({day for day, _ in by_day})
    )
    most = Counter((row.as_of, row.owner) for row in rows if row.told == alerts.TOLD)
    outages = tuple(one for one in exceptions.values() if one.author == AUTOMATIC)
    kinds = Counter(one.kind.value for one in told if one.mode is Mode.LIVE)
    opened = [it for it in records.every(scorer.state) if since < it.since <= until]
    tracks = Counter(it.track.value if it.track else NO_TRACK for it in opened)
    return Span(
        since,
        until,
        days,
        outages,
        tuple(held.most_common()),
        max(most.values(), default=0),
        tuple(kinds.most_common()),
        tuple((name, tracks[name]) for name in (*Track, NO_TRACK) if name in tracks),
    )


def _done(step: Step, today: Today, before: Iterable[StepReport]) -> StepReport:
    lacking = [one.step for one in before if one.ending is not Ending.DONE and one.step in step.needs]
    if lacking:
        return StepReport(step.name, Ending.NOT_TRIED, f"it needs {' and '.join(lacking)}")
    try:
        return StepReport(step.name, Ending.DONE, *step.do(today))
    except KeepwellError as error:
        said = "; ".join(str(problem) for problem in error.problems)
        return StepReport(step.name, Ending.FAILED, f"{said} ({step.kept})", error.exit_code)


def _planned(step: Step, today: Today) -> str:
    try:
        return step.plan(today)
    except KeepwellError as error:
        return f"would fail: {'; '.join(str(problem) for problem in error.problems)}"


# --- the steps


def _ingest(today: Today) -> Did:
    report = runs.ingest(today.project)
    new = sum(table.accepted for table in report.tables)
    vanished = sum(table.vanished for table in report.tables)
    text = f"{_number(new, 'new row')} of {_number(len(report.tables), 'table')}" if new else "nothing new"
    text += f", {_number(vanished, 'row')} vanished" if vanished else ""
    if not report.quarantined:
        return text, 0
    fresh, old = report.newly_quarantined, report.quarantined - report.newly_quarantined
    text += f", {_number(fresh, 'row')} quarantined" if fresh else ""
    text += f", {_number(old, 'row')} quarantined as before" if old else ""
    return f"{text}: 'keepwell ingest' names them", FINDINGS if fresh else 0


def _ingest_plan(today: Today) -> str:
    sources = [source.source for source in Scorer(today.project).maps]
    return f"would read {', '.join(sources)}"


def _score(today: Today) -> Did:
    report = runs.score(today.project, as_of=today.day)
    cards = ", ".join(f"{card.scorecard} {card.scored:,} of {card.scored + card.unscored:,}" for card in report.cards)
    how = "" if report.batch else ", as before"
    return f"{today.day} scored{how}: {cards}", 0


def _score_plan(today: Today) -> str:
    scorer = Scorer(today.project)
    lacking = shelf.lacking(scorer, [today.day, *shelf.compared_days(today.day)])
    return f"would score {_number(len(lacking), 'day')} up to {today.day}" if lacking else f"{today.day} is scored"


def _transitions(today: Today) -> Did:
    report = actions.transitions(today.project, as_of=today.day, tell=today.hears.progress)
    told = sum(one.as_of in card.days for card in report.cards for one in card.transitions)
    late = sum(len(card.late) for card in report.cards)
    days = len({day for card in report.cards for day in card.days})
    text = f"{_number(days, 'day')} decided, {_number(told, 'transition')}" if days else "nothing new to decide"
    return f"{text}, {_number(late, 'alert')} late" if late else text, 0


def _transitions_plan(today: Today) -> str:
    scorer = Scorer(today.project)
    days = {day for card in scorer.cards for day in actions.undecided(standings.decided(scorer.state, card), today.day)}
    return f"would decide {_number(len(days), 'day')} up to {today.day}" if days else f"{today.day} is decided"


def _handoffs(today: Today) -> Did:
    decided = handing_over.decide(today.project, as_of=today.day)
    if not decided.days:
        return "nothing new to decide", 0
    return f"{_number(len(decided.days), 'day')} decided, {_number(len(decided.tidings), 'change')}", 0


def _handoffs_plan(today: Today) -> str:
    return f"would look for accounts handed over by {today.day}"


def _deliver(today: Today) -> Did:
    report = dispatch.deliver(today.project, dispatch.DeliverRequest(), today.hears.echo)
    fates = [one.fate.value for one in (*report.handled, *report.waiting)]
    counts = [(name, fates.count(name)) for name in ("sent", "withdrawn", "waiting")] + [("dead", len(report.dead))]
    text = ", ".join(f"{count:,} {name}" for name, count in counts if count or name == "sent")
    if not today.project.config.channels:
        text += "; keepwell.yml names no channels"
    return text, 0 if report.clean else FINDINGS


def _deliver_plan(today: Today) -> str:
    report = dispatch.deliver(today.project, dispatch.DeliverRequest(dry=True), today.hears.echo)
    return f"{_number(len(report.waiting), 'message')} would be sent" if report.waiting else "nothing waits"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


STEPS: tuple[Step, ...] = (  # in their order; what a day does besides is one more line here
    Step("ingest", _ingest, _ingest_plan, "nothing of this load is kept; the day goes on with what was loaded before"),
    Step("score", _score, _score_plan, "days scored before stay as they are"),
    Step("transitions", _transitions, _transitions_plan, "days decided before stay decided", needs=("score",)),
    Step("handoffs", _handoffs, _handoffs_plan, "handoffs decided before stay decided", needs=("score",)),
    Step("deliver", _deliver, _deliver_plan, "what was sent is marked; the rest waits"),
)
