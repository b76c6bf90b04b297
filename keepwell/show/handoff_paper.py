"""The handoff document: what a dossier says, in the order in which somebody who takes over needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice

from keepwell.show import figures
from keepwell.words.dossier import Commitment, CustomerGoal, Dossier, Person, Purpose
from keepwell.words.handoff import AWAITED_WORDS, QUESTIONS, TRACK_STEPS, TRACK_WORDS, Awaited, Step
from keepwell.words.paper import Bars, Block, Facts, Lines, Paper, Rows, Section, Text
from keepwell.words.score import Evidence, RowKind, Score, percent

MOST_FACTORS, MOST_RISKS, MOST_ACTIONS, MOST_DATES, MOST_PEOPLE = 3, 6, 6, 8, 12
WORTH_A_WORD = 50  # milli-points; less is rounding
QUIET_DAYS = 30  # after which somebody who matters is worth a call
WHO_MATTERS = ("sponsor", "executive", "decision maker", "champion")
NONE = "none known"
KICKOFF = "kickoff_booked"  # the readiness card's measure, whose step is to book one


def handoff_paper(it: Dossier) -> Paper:
    """The whole document."""
    sections = (
        ("Three things to know", _things(it)),
        ("Vitals", _vitals(it)),
        ("Score", _score(it)),
        ("Trajectory", _trajectory(it)),
        ("Risks", [Lines(tuple(_risks(it)) or (NONE,))]),
        ("Expansion signs", [Lines(tuple(_growth(it)) or (NONE,))]),
        ("Goals and success metrics", _goals(it.goals)),
        ("Relationship map", _people(it)),
        ("Commitments", _commitments(it)),
        ("Open questions", [Lines(tuple(_questions(it)) or ("none: every required input is there",))]),
        ("Recommended actions", [Lines(tuple(_actions(it)), numbered=True)]),
        ("Dates", _dates(it)),
    )
    return Paper(
        title=f"{'Handoff' if it.purpose is Purpose.SALE else 'Change of success manager'}: {it.health.name}",
        subtitle=_subtitle(it),
        chips=tuple(_chips(it)),
        sections=tuple(Section(heading, tuple(blocks)) for heading, blocks in sections),
        foot=f"Internal. As of {it.as_of}; scores by {it.health.score.scorecard} and {it.readiness.score.scorecard}.",
    )


def _subtitle(it: Dossier) -> str:
    account, vitals = it.health.score.account_id, it.vitals
    owner = vitals.owner or "nobody yet"
    if it.purpose is Purpose.CSM_CHANGE:
        return f"Account {account}, as of {it.as_of}. Today with {owner}."
    since = f", crossed on {it.handoff.since}" if it.handoff else ""
    return f"Account {account}{since}, as of {it.as_of}. From {vitals.seller or 'sales'} to {owner}."


def _chips(it: Dossier) -> Iterator[str]:
    if it.purpose is Purpose.SALE:
        yield f"Track: {TRACK_WORDS[it.track] if it.track else 'not known'}"
        yield "Passes the gate" if it.passes else "Does not pass the gate"
        if it.handoff:
            yield it.handoff.step.value.replace("_", " ").capitalize() + (
                f" by {it.handoff.by}" if it.handoff.by else ""
            )
    yield f"Health {_points(it.health.score)}"


# --- what matters first


def _things(it: Dossier) -> list[Block]:
    return [Lines(tuple(islice(_candidates(it), 3)), numbered=True)]


def _candidates(it: Dossier) -> Iterator[str]:
    """What to know, the most telling first; the document opens with three of them."""
    handoff = it.handoff
    if handoff is not None and handoff.decline_milli is not None:
        lost = figures.points(handoff.decline_milli)
        yield f"It declined: behaviour and silence took {lost} points within {_days(handoff.since, handoff.declined_on)} of the handoff."
    if it.purpose is Purpose.SALE and not it.passes:
        lacks = _listed([_words(one) for one in it.missing])
        if (_readiness(it) or 0) >= it.gate_milli:
            yield f"It is not ready, though its score is ({_ready(it)}): nobody wrote down {lacks}."
        else:
            yield f"It is not ready: {_ready(it)}" + (f", and nobody wrote down {lacks}." if lacks else ".")
    late = [AWAITED_WORDS[clock.awaited] for clock in it.clocks if clock.is_late(it.as_of)]
    if late:
        yield f"Overdue since it crossed: {_listed(late)}."
    yield from (f"{risk}." for risk in islice(_risks(it), 1))
    promises = [one for one in it.commitments if one.kind in ("promise", "exception") and one.done is None]
    if promises:
        yield f"We promised: {promises[0].what}" + (f" (by {promises[0].due})." if promises[0].due else ".")
    for goal in it.goals[:1]:
        yield f"What they want: {_goal_words(goal)}."
    step = next((one for one in it.commitments if one.done is None and one.due and one.due >= it.as_of), None)
    if step:
        yield f"Next step: {step.what}, due {step.due}."
    if it.purpose is Purpose.SALE and it.passes:
        yield f"It is ready: {_ready(it)}."
    yield from (f"It could grow: {sign}" for sign in islice(_growth(it), 1))
    if it.vitals.renewal_day:
        yield f"It renews on {it.vitals.renewal_day}, in {figures.count((it.vitals.renewal_day - it.as_of).days, 'day')}."
    yield f"Health stands at {_points(it.health.score)}: {it.health.trend.note or 'no trend yet'}."


def _readiness(it: Dossier) -> int | None:
    return it.handoff.score_milli if it.handoff else it.readiness.score.score_milli


def _ready(it: Dossier) -> str:
    return f"readiness {figures.points(_readiness(it))}, the gate is {figures.plain(it.gate_milli)}"


def _vitals(it: Dossier) -> list[Block]:
    found = it.vitals
    pairs = (
        ("Segment", found.segment),
        ("Industry", ", ".join(one for one in (found.industry, found.country) if one)),
        ("Parent", found.parent),
        ("Stage", found.lifecycle),
        ("MRR", figures.money(found.mrr_minor, it.currency)),
        ("ARR", figures.money(found.arr_minor, it.currency)),
        ("Plan", found.plan),
        ("Seats", f"{found.seats:,}" if found.seats else None),
        ("Contract since", _day(found.start_day)),
        ("Renewal", _day(found.renewal_day)),
        ("Notice until", _day(found.notice_day)),
        ("Seller", found.seller),
        ("Success manager", found.owner),
        ("Manager", found.manager),
    )
    return [Facts(tuple((label, value) for label, value in pairs if value and value != "–"))]


# --- score


def _score(it: Dossier) -> list[Block]:
    health = it.health.score
    lines = []
    if it.purpose is Purpose.SALE:
        track = f", track {TRACK_WORDS[it.track]}" if it.track else ""
        gate = "passes" if it.passes else "does not pass"
        lines.append(f"{_sentence(_ready(it))}: it {gate}{track}.")
    covered = f"{percent(health.coverage_ppm)} % of the card has fresh evidence"
    lines.append(f"Health {_points(health)}; {covered}.")
    up, down = list(_up(health)), list(_down(health))
    blocks: list[Block] = [Text(line) for line in lines]
    for heading, rows in (("Speaks for it", up), ("Costs points", down)):
        if rows:
            cells = tuple((one.reason, _worth(one), _day(one.observed_at)) for one in rows)
            blocks.append(Rows((heading, "Points", "Newest fact"), cells, right=("Points",), wide=(heading,)))
    return blocks


def _measures(score: Score) -> Iterator[Evidence]:
    return (
        row for row in score.evidence if row.counted and row.kind in (RowKind.MEASURE, RowKind.GUARD, RowKind.CHILD)
    )


def _loss(row: Evidence) -> int:
    return row.max_points_milli - row.points_milli if row.kind is RowKind.MEASURE else -row.points_milli


def _worth(row: Evidence) -> str:
    """`9.0 of 12.0`; a guard only takes."""
    most = f" of {figures.points(row.max_points_milli)}" if row.kind is RowKind.MEASURE else ""
    return f"{figures.points(row.points_milli)}{most}"


def _up(score: Score) -> Iterable[Evidence]:
    rows = [row for row in _measures(score) if row.points_milli > 0 and _loss(row) < WORTH_A_WORD]
    return sorted(rows, key=lambda row: -row.points_milli)[:MOST_FACTORS]


def _down(score: Score) -> Iterable[Evidence]:
    rows = [row for row in _measures(score) if _loss(row) >= WORTH_A_WORD]
    return sorted(rows, key=lambda row: -_loss(row))[:MOST_FACTORS]


def _trajectory(it: Dossier) -> list[Block]:
    weeks = it.health.trend.scores
    bars = tuple((str(day), None if milli is None else milli / 1000, figures.points(milli)) for day, milli in weeks)
    blocks: list[Block] = [Text(f"{_sentence(it.health.trend.note or 'no trend yet')}.")]
    if bars:
        blocks.append(Bars(bars))
    handoff = it.handoff
    if handoff is not None and handoff.baseline is not None:
        first = handoff.baseline
        rows = [("Baseline", str(first.frozen_on), figures.points(first.score_milli), "")]
        rows += [(f"Day {mark.days}", str(mark.as_of), figures.points(mark.score_milli), figures.signed(None if mark.decline_milli is None else -mark.decline_milli)) for mark in handoff.marks]  # fmt: skip
        head = ("Since the handoff", "Day", "Health", "Behaviour and silence")
        blocks.append(Rows(head, tuple(rows), right=head[2:]))
    return blocks


# --- risks and growth


def _risks(it: Dossier) -> Iterator[str]:
    for flag in it.flags:
        yield f"{_sentence(flag.type)}, noted on {_day(flag.raised)}" + (f": {flag.text}" if flag.text else "")
    yield from (row.reason for row in _down(it.health.score))
    if it.open_tickets:
        yield f"{figures.count(it.open_tickets, 'support case')} open"
    roles = {_role(one) for one in it.people}
    yield from (f"Nobody is known as {role}" for role in ("champion", "decision maker") if role not in roles)
    for one in it.people:
        if _role(one) in WHO_MATTERS and one.last is not None and (it.as_of - one.last).days > QUIET_DAYS:
            yield f"The {_role(one)} has been silent since {one.last}"


def _growth(it: Dossier) -> Iterator[str]:
    for deal in it.deals:
        if deal.type != "renewal":
            worth = f", {figures.money(deal.amount_minor, it.currency)} a year" if deal.amount_minor else ""
            yield f"Open {deal.type} deal ({deal.stage or 'no stage'}{worth}), since {_day(deal.since)}"
    yield from it.growth


# --- the customer's own


def _goals(goals: tuple[CustomerGoal, ...]) -> list[Block]:
    if not goals:
        return [Text("Nobody wrote down what they want to reach.")]
    words = {True: "on track", False: "behind", None: "–"}
    rows = tuple((one.name, one.metric or "–", _number(one.current), _number(one.target), _day(one.due), words[one.on_track]) for one in goals)  # fmt: skip
    head = ("Goal", "Measured by", "Now", "Target", "Due", "Stands")
    return [Rows(head, rows, right=("Now", "Target"), wide=("Goal",))]


def _goal_words(goal: CustomerGoal) -> str:
    target = f", {goal.target:,} {goal.metric or ''}".rstrip() if goal.target is not None else ""
    return f"{goal.name}{target}" + (f" by {goal.due}" if goal.due else "")


def _people(it: Dossier) -> list[Block]:
    if not it.people:
        return [Text("No contact is on record.")]
    shown = it.people[:MOST_PEOPLE]
    rows = tuple(
        (one.name, _role(one) or "–", "yes" if one.primary else "", _day(one.since), _heard(it.as_of, one.last))
        for one in shown
    )
    blocks: list[Block] = [Rows(("Who", "Role", "Primary", "Since", "Last heard"), rows, wide=("Who",))]
    if len(it.people) > len(shown):
        blocks.append(Text(f"And {len(it.people) - len(shown)} more."))
    return blocks


def _commitments(it: Dossier) -> list[Block]:
    blocks: list[Block] = []
    if it.said_of_promises:
        blocks.append(Text(f"The CRM says of promises: {it.said_of_promises}."))
    if not it.commitments:
        return [*blocks, Text("No promise and no step of a plan is on record.")]
    rows = tuple(
        (one.what, _words(one.kind), _day(one.due), _done(one, it.as_of), one.by or "–") for one in it.commitments
    )
    return [*blocks, Rows(("What", "Kind", "Due", "Stands", "By"), rows, wide=("What",))]


def _done(one: Commitment, day: date) -> str:
    if one.done:
        return f"done {one.done}"
    return "overdue" if one.due and one.due < day else "open"


# --- what to do


def _questions(it: Dossier) -> Iterator[str]:
    yield from (QUESTIONS[one] for one in it.missing)
    yield from (f"No source tells: {title}. Who knows?" for title in it.health.sharpen[:2])


def _actions(it: Dossier) -> Iterator[str]:
    return islice(dict.fromkeys(_wanted(it)), MOST_ACTIONS)


def _wanted(it: Dossier) -> Iterator[str]:
    if it.purpose is Purpose.SALE and it.track:
        yield from TRACK_STEPS[it.track]
    if any(clock.awaited is Awaited.ACCEPTED and clock.done is None for clock in it.clocks):
        back = it.handoff is not None and it.handoff.step is Step.SENT_BACK
        yield (
            "Sales: answer the open questions; then it is accepted."
            if back
            else "Accept the handoff, or send it back with a reason."
        )
    if it.purpose is Purpose.CSM_CHANGE:
        yield "Introduce the next success manager to the champion and the decision maker, together."
    met = any(clock.awaited is Awaited.KICKOFF and clock.done for clock in it.clocks)
    rows = [row for row in _down(it.readiness.score) if not (met and row.signal == KICKOFF)]
    rows = rows if it.purpose is Purpose.SALE else []
    yield from (row.next_step for row in (*rows, *_down(it.health.score)) if row.next_step)
    yield it.health.next_action


def _dates(it: Dossier) -> list[Block]:
    found = [
        (clock.due, f"{AWAITED_WORDS[clock.awaited].capitalize()} is due") for clock in it.clocks if clock.done is None
    ]
    found += [(one.due, one.what) for one in it.commitments if one.due and one.done is None]
    found += [(one.due, f"Goal: {one.name}") for one in it.goals if one.due]
    found += [(day, what) for day, what in ((it.vitals.notice_day, "Last day to give notice"), (it.vitals.renewal_day, "Renewal")) if day]  # fmt: skip
    ordered = sorted(set(found))
    rows = tuple((str(day), what, "overdue" if day < it.as_of else f"in {figures.count((day - it.as_of).days, 'day')}") for day, what in ordered)  # fmt: skip
    if not rows:
        return [Text("No date is agreed.")]
    return [Rows(("Day", "What", "When"), rows[:MOST_DATES], wide=("What",))]


# --- words


def _points(score: Score) -> str:
    return (
        f"{figures.points(score.score_milli)}, {score.tier}"
        if score.score_milli is not None
        else f"not scored, {score.unscored_why}"
    )


def _role(one: Person) -> str:
    return _words(one.role or "").lower()


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _words(code: str) -> str:
    return code.replace("_", " ")


def _day(day: date | None) -> str:
    return figures.day(day)


def _days(since: date, until: date | None) -> str:
    return figures.count((until - since).days, "day") if until else "some days"


def _heard(day: date, last: date | None) -> str:
    return "never" if last is None else f"{last}, {figures.count((day - last).days, 'day')} ago"


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"
