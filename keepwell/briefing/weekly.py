"""A week for one person: who fell and why, who is back, who may grow, what renews, what is late, who has no score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from keepwell.book.scorer import Row
from keepwell.briefing.masked import masked
from keepwell.deciding.changes import ClosedDay
from keepwell.deciding.deals import open_upsells
from keepwell.decisions import noise
from keepwell.decisions.noise import Orders
from keepwell.decisions.owners import acting
from keepwell.decisions.policy import Policy
from keepwell.decisions.transitions import NOT_FOR_IT
from keepwell.words.alert import AlertRow
from keepwell.words.briefing import Brief, BriefLine, BriefPart
from keepwell.words.decision import WORDS, Kind, Mode, Owned, Transition
from keepwell.words.figures import points
from keepwell.words.link import link_to
from keepwell.words.message import Note, Section

WEEK = timedelta(days=7)
SOON = 30  # days before a renewal in which it is told of an account that is well
MOST = 15  # lines of a part
TITLES = {
    "dropped": "Dropped in the week",
    "masked": "Steady, though one reason fell hard",
    "pipeline": "To be sold more, though at risk",
    "overdue": "Waiting for an action that is late",
    "renewals": "Renewals ahead",
    "recovered": "Recovered",
    "expansion": "Ready for expansion",
    "unscored": "Without a score",
}
NEWS = {
    Kind.WEEKLY_DROP: "dropped",
    Kind.RECOVERED: "recovered",
    Kind.EXPANSION_READY: "expansion",
    Kind.UNSCORED: "unscored",
    Kind.NO_SNAPSHOT: "unscored",
}


@dataclass(frozen=True)
class Week:
    """What a week is told from: the closed day that ends it, what its days told, alerts that are late by now."""

    closed: ClosedDay
    told: Sequence[Transition]
    late: Sequence[AlertRow]
    orders: Orders = lambda _: False

    @property
    def since(self) -> date:
        """The first of its days."""
        return self.closed.day - WEEK + timedelta(days=1)


@dataclass
class Gathered:
    """The accounts and lines of one person."""

    accounts: int = 0
    parts: dict[str, list[BriefLine]] = field(default_factory=lambda: defaultdict(list))


def briefs(week: Week) -> dict[tuple[str, str], Brief]:
    """(role, person) → their brief; of some people it has nothing to say."""
    policy, lines = week.closed.policy, _lines(week)
    found: dict[tuple[str, str], Gathered] = defaultdict(Gathered)
    for row in week.closed.rows:
        owned = _owned(row)
        for role, person in _people(policy, owned):
            one = found[role, person]
            one.accounts += row["unscored_why"] != NOT_FOR_IT
            for part, line in lines.get(row["account_id"], ()):
                one.parts[part].append(line)
    segments = {row["account_id"]: row["segment"] for row in week.closed.rows}
    return {key: _brief(key, one, lambda id_: week.orders(segments[id_])) for key, one in sorted(found.items())}


def _people(policy: Policy, owned: Owned) -> Iterator[tuple[str, str]]:
    """Who reads of an account: its owner, and the manager where that is somebody else."""
    owner, manager = acting(policy, "owner", owned), acting(policy, "cs_manager", owned)
    if owner:
        yield "owner", owner
    if manager:
        yield "manager", manager


def _brief(key: tuple[str, str], one: Gathered, by_score: Callable[[str], bool]) -> Brief:
    role, person = key
    parts = [BriefPart(name, title, tuple(one.parts[name])) for name, title in TITLES.items() if one.parts[name]]
    ordered = (BriefPart(p.part, p.title, tuple(sorted(p.lines, key=_order(p.part, by_score)))) for p in parts)
    return Brief(person, role, one.accounts, tuple(ordered))


def _order(part: str, by_score: Callable[[str], bool]) -> Callable[[BriefLine], tuple[int, str]]:
    """Renewals by their day, everything else by what is at stake."""

    def stake(line: BriefLine) -> int:
        return noise.stake(None, line.mrr_minor, line.score_milli if by_score(line.account_id) else None)

    if part == "renewals":
        return lambda line: ((line.renewal_day or date.max).toordinal(), line.account_id)
    return lambda line: (-stake(line), line.account_id)


# --- what is said of an account


def _lines(week: Week) -> Mapping[str, list[tuple[str, BriefLine]]]:
    """account → its lines, each with its part."""
    rows = {row["account_id"]: row for row in week.closed.rows}
    found: dict[str, list[tuple[str, BriefLine]]] = defaultdict(list)
    template = week.closed.scorer.project.config.link
    for account, part, line in (
        *_news(week, rows),
        *_overdue(week, rows),
        *_renewals(week),
        *_pipeline(week),
        *_masked(week, rows),
    ):
        found[account].append((part, replace(line, link=link_to(template, account))))
    return found


Told = tuple[str, str, BriefLine]


def _news(week: Week, rows: Mapping[str, Row]) -> Iterator[Told]:
    """What the week told, the newest of each kind; what is suppressed or only rehearsed is not told here either."""
    newest = {(one.account_id, NEWS[one.kind]): one for one in week.told if one.kind in NEWS and one.mode is Mode.LIVE}
    for (account, part), one in newest.items():
        if account in rows:
            yield account, part, _line(rows[account], _change(one), one.next_step, one.play)


def _change(one: Transition) -> str:
    if one.new_milli is None:
        return f"{WORDS[one.kind]} since {one.as_of}. {one.reason.text}"
    old, new = "no score" if one.old_milli is None else points(one.old_milli), points(one.new_milli)
    return f"{new if old == new else f'{old} → {new}'} on {one.as_of}. {one.reason.text}"


def _overdue(week: Week, rows: Mapping[str, Row]) -> Iterator[Told]:
    for alert in week.late:
        if alert.account_id in rows:
            text = f"{alert.what} since {alert.as_of}, due {alert.due}. {alert.reason.text}"
            line = _line(rows[alert.account_id], text, alert.next_step, alert.play, alert.number)
            yield alert.account_id, "overdue", line


def _renewals(week: Week) -> Iterator[Told]:
    """Of accounts at risk as far ahead as the policy looks, of others when they are near."""
    for row in week.closed.rows:
        if row["renewal_day"] is None or row["unscored_why"] == NOT_FOR_IT:
            continue
        low, ahead = week.closed.is_low(row), (row["renewal_day"] - week.closed.day).days
        if 0 <= ahead <= (week.closed.rules.renewal_days if low else SOON):
            stands = (
                "no score"
                if row["score_milli"] is None
                else f"{'at risk ' if low else ''}at {points(row['score_milli'])}"
            )
            text = f"renews on {row['renewal_day']}, in {ahead} day{'' if ahead == 1 else 's'}; {stands}"
            yield row["account_id"], "renewals", _line(row, text)


def _pipeline(week: Week) -> Iterator[Told]:
    low = {row["account_id"]: row for row in week.closed.rows if week.closed.is_low(row)}
    for account, deals in open_upsells(week.closed.scorer, low, week.closed.day).items():
        for deal in deals:
            yield account, "pipeline", _line(low[account], f"at {points(low[account]['score_milli'])}. {deal}")


def _masked(week: Week, rows: Mapping[str, Row]) -> Iterator[Told]:
    """What no transition tells: gains hide a fall. The news of the week has the account already."""
    told = {one.account_id for one in week.told if one.mode is Mode.LIVE}
    for one in masked(week.closed):
        row = rows.get(one.account_id)
        if row is not None and one.account_id not in told:
            gave = f"other reasons gave {points(one.gained_milli)}, the score stands at {points(row['score_milli'])}"
            text = f"{one.row.reason}: it took {points(one.lost_milli)} points in the week; {gave}"
            yield one.account_id, "masked", _line(row, text, one.row.next_step or "")


def _line(row: Row, text: str, step: str = "", play: str | None = None, number: int | None = None) -> BriefLine:
    return BriefLine(
        account_id=row["account_id"],
        name=row["name"],
        owner=row["owner"],
        text=text,
        next_step=step,
        play=play,
        score_milli=row["score_milli"],
        mrr_minor=row["mrr_minor"],
        renewal_day=row["renewal_day"],
        number=number,
    )


def _owned(row: Row) -> Owned:
    return Owned(**{name: row[name] for name in Owned.__dataclass_fields__})


# --- as a message


def note(brief: Brief, week: Week) -> Note:
    """A brief as it is sent; one key a person and calendar week."""
    year, number, _ = week.closed.day.isocalendar()
    key = f"{week.closed.card.name}/brief/{brief.role}/{brief.person}/{year}-W{number:02}"
    dropped = next((len(part.lines) for part in brief.parts if part.part == "dropped"), 0)
    of = f"{brief.accounts:,} account{'' if brief.accounts == 1 else 's'}"
    least = points(week.closed.rules.weekly_drop_milli).removesuffix(".0")
    title = f"The week of {week.since} to {week.closed.day}, {of}"
    if dropped:
        who = "1 account" if dropped == 1 else f"{dropped} accounts"
        title = f"{who} dropped by {least} points or more: {title[0].lower()}{title[1:]}"
    sections = tuple(Section(part.title, tuple(_written(part, brief.role))) for part in brief.parts)
    return Note(key, key, "brief", brief.person, title, sections=sections)


def _written(part: BriefPart, role: str) -> Iterator[str]:
    steps = {_step(line) for line in part.lines}
    once = len(part.lines) > 1 and len(steps) == 1  # what is next for all of them is said once
    for line in part.lines[:MOST]:
        whose = f" [{line.owner or 'nobody'}]" if role == "manager" else ""
        name = line.name if line.name == line.account_id else f"{line.name} ({line.account_id})"
        link = f" {line.link}" if line.link else ""
        yield f"{name}{whose}: {_sentence(line.text)}{'' if once else _step(line)}{link}"
    if len(part.lines) > MOST:
        yield f"and {len(part.lines) - MOST} more"
    if once and (step := steps.pop()):
        yield f"For all of them.{step}"


def _step(line: BriefLine) -> str:
    play = f" (play: {line.play})" if line.play else ""
    return f" Next: {line.next_step}{play}" if line.next_step else ""


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def told(found: Iterable[Brief]) -> tuple[tuple[Brief, ...], tuple[str, ...]]:
    """The briefs that say something, and the people of whom nothing is to be told."""
    kept = list(found)
    return tuple(one for one in kept if one.parts), tuple(f"{one.person} ({one.role})" for one in kept if not one.parts)
