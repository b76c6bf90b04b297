"""Support: the load of problems, open incidents, and how well they are served."""

from __future__ import annotations

from functools import partial

from keepwell.signals.phrases import PROBLEM, SERIOUS, by_size, for_all, oldest, within
from keepwell.words.reading import (
    COUNT,
    DAYS,
    HOURS,
    PERCENT,
    PERCENT_POINTS,
    POINTS,
    Band,
    Better,
    Clock,
    Detail,
    Part,
    Signal,
    Window,
)

QUARTER, QUARTER_BEFORE = Window(90), Window(180, 90)
OPEN_CRITICAL = "severity = 'critical' AND resolved_at IS NULL AND coalesce(type, 'problem') <> 'duplicate'"
ESCALATED = f"escalated_at IS NOT NULL AND {within('escalated_at_day', 90)}"
RESOLVED = f"resolved_at IS NOT NULL AND {within('resolved_at_day', 90)}"
IN_TARGET = "date_diff('second', opened_at, resolved_at) <= target_seconds"
SEVERITIES = {"critical": "critical", "high": "high", "med": "medium", "low": "low"}  # part → word
PRESSURE_STORY = (
    "CASE n WHEN 0 THEN 'No problem ticket in 90 days' ELSE CAST(n AS VARCHAR)"
    " || CASE n WHEN 1 THEN ' problem ticket' ELSE ' problem tickets' END || ' in 90 days (' || concat_ws(', ', "
    + ", ".join(
        f"CASE WHEN {part} > 0 THEN CAST({part} AS VARCHAR) || ' {word}' END" for part, word in SEVERITIES.items()
    )
    + ") || ')' END"
)

support = partial(Signal, system="support", facts="ticket", feed_days=2)


def _problems(name: str, window: Window, where: str = "") -> Part:
    return Part(name, "ticket", "count(*)", f"{PROBLEM} AND {where}" if where else PROBLEM, window)


TICKET_PRESSURE = support(
    name="ticket_pressure",
    title="Ticket pressure",
    family="load",
    parts=(
        _problems("critical", QUARTER, "severity = 'critical'"),
        _problems("high", QUARTER, "severity = 'high'"),
        _problems("med", QUARTER, "coalesce(severity, 'medium') = 'medium'"),
        _problems("low", QUARTER, "severity = 'low'"),
        Part("newest", "ticket", "max(day)", PROBLEM, QUARTER),
    ),
    details=(Detail("n", "critical + high + med + low"), Detail("story", PRESSURE_STORY, text=True)),
    value="critical * 10000 + high * 4000 + med * 1000 + low * 500",
    unit=POINTS,
    better=Better.LOWER,
    sentence="{story}",
    next_step="Go through the open tickets with support, group them by cause, and name one owner.",
    bands=by_size(Band(3, 10), Band(5, 15), Band(6, 18)),
    observed="newest",
    play="joint-review",
    window_note="problem tickets opened by people in the last 90 days: critical 10, high 4, medium 1, low ½; "
    "no severity counts as medium; questions, wishes, duplicates and bots are left out",
)

TICKET_TREND = support(
    name="ticket_trend",
    title="Trend of tickets",
    family="load",
    parts=(_problems("now", Window(28)), _problems("before", Window(112, 28))),
    details=(Detail("prev", "div_round(before, 3)"),),
    value="change(now * 3, before)",
    needs="a_age_days >= 112 AND now + before >= 6",
    unit=PERCENT,
    least=-100,
    better=Better.LOWER,
    sentence="Problem tickets {prev} → {now} a month",
    next_step="Ask support what the new tickets have in common.",
    bands=for_all(25, 100),
    play="joint-review",
    window_note="last 28 days against the mean of the three 28-day spans before; at least 6 tickets in all",
)

SEVERITY_SHIFT = support(
    name="severity_shift",
    title="Shift in severity",
    family="load",
    parts=(
        _problems("now_n", QUARTER),
        _problems("now_serious", QUARTER, SERIOUS),
        _problems("prev_n", QUARTER_BEFORE),
        _problems("prev_serious", QUARTER_BEFORE, SERIOUS),
    ),
    details=(
        Detail("now", "div_round(now_serious * 100, now_n)"),
        Detail("prev", "div_round(prev_serious * 100, prev_n)"),
    ),
    value="ratio(now_serious, now_n) - ratio(prev_serious, prev_n)",
    needs="now_n + prev_n >= 8",
    unit=PERCENT_POINTS,
    least=-100,
    most=100,
    better=Better.LOWER,
    sentence="{now} % of tickets are serious, was {prev} %",
    next_step="Ask support which release or change the serious tickets followed.",
    bands=for_all(5, 25),
    play="joint-review",
    window_note="share of high and critical problem tickets, last 90 days against the 90 before; at least 8 in all",
)

CRITICAL_OPEN = support(
    name="critical_open",
    title="Open critical ticket",
    family="incident",
    parts=(
        Part("oldest_age", "ticket", "max(age)", OPEN_CRITICAL),
        Part("id", "ticket", oldest("external_id"), OPEN_CRITICAL, text=True),
    ),
    details=(Detail("story", "coalesce(id, 'none')", text=True),),
    value="coalesce(oldest_age, 0)",
    unit=DAYS,
    better=Better.LOWER,
    sentence="Oldest open critical ticket, {v} days: {story}",
    next_step="Let the support escalation owner speak to the customer; stay informed and do not call in parallel.",
    bands=by_size(Band(0, 5), Band(0, 3), Band(0, 2)),
    clock=Clock.SILENCE,
    play="route-support",
    window_note="age of the oldest open critical ticket; none reads 0",
)

ESCALATIONS = support(
    name="escalations",
    title="Escalations",
    family="incident",
    parts=(
        Part("n", "ticket", "count(*)", ESCALATED),
        Part("open", "ticket", "count_if(resolved_at IS NULL)", ESCALATED),
        Part("newest", "ticket", "max(escalated_at_day)", ESCALATED),
    ),
    value="n",
    unit=COUNT,
    better=Better.LOWER,
    sentence="{v} escalations in 90 days; {open} of them still open",
    next_step="Agree with support who tells the customer what, and when.",
    bands=for_all(0, 2),
    observed="newest",
    play="route-support",
    window_note="tickets escalated in the last 90 days",
)

RESOLVED_IN_TARGET = support(
    name="resolved_in_target",
    title="Resolved in target",
    family="service",
    parts=(
        Part("x", "ticket", f"count_if({IN_TARGET})", f"{RESOLVED} AND target_seconds IS NOT NULL"),
        Part("y", "ticket", "count(*)", f"{RESOLVED} AND target_seconds IS NOT NULL"),
        Part("newest", "ticket", "max(resolved_at_day)", f"{RESOLVED} AND target_seconds IS NOT NULL"),
    ),
    value="ratio(x, y)",
    needs="y >= 3",
    unit=PERCENT,
    most=100,
    better=Better.HIGHER,
    sentence="{x} of {y} tickets solved in time",
    next_step="Ask support which queue the late tickets wait in.",
    bands=for_all(90, 65),
    observed="newest",
    play="route-support",
    window_note="tickets resolved in the last 90 days that had a target; from 3",
)

CSAT = support(
    name="csat",
    title="Customer satisfaction",
    family="service",
    facts="ticket|survey",
    feed_days=None,
    parts=(
        Part("ticket_good", "ticket", "count_if(csat >= 4)", "csat IS NOT NULL", Window(180)),
        Part("ticket_n", "ticket", "count(csat)", "", Window(180)),
        Part("survey_good", "survey", "count_if(score >= 4)", "type = 'csat'", Window(180)),
        Part("survey_n", "survey", "count(*)", "type = 'csat'", Window(180)),
        Part("ticket_day", "ticket", "max(day)", "csat IS NOT NULL", Window(180)),
        Part("survey_day", "survey", "max(day)", "type = 'csat'", Window(180)),
    ),
    details=(
        Detail("x", "coalesce(ticket_good, 0) + coalesce(survey_good, 0)"),
        Detail("n", "coalesce(ticket_n, 0) + coalesce(survey_n, 0)"),
    ),
    value="ratio(x, n)",
    needs="n >= 3",
    unit=PERCENT,
    most=100,
    better=Better.HIGHER,
    sentence="{v} % satisfied, {n} answers",
    next_step="Read the words of the unhappy answers and reply to each person.",
    bands=for_all(90, 65),
    lookback_days=180,
    observed="greatest(ticket_day, survey_day)",
    play="listen",
    window_note="answers 4 and 5 of 5 among tickets' and surveys' answers of the last 180 days; from 3 answers",
)

TICKET_VOLUME = support(
    name="ticket_volume",
    title="Ticket volume",
    family="load",
    parts=(Part("n", "ticket", "count(*)", "bot IS NOT TRUE", QUARTER),),
    value="n",
    unit=COUNT,
    better=Better.LOWER,
    sentence="{v} tickets in 90 days",
    next_step="See whether the questions among them call for training instead of repair.",
    counted=False,
    play="joint-review",
    window_note="tickets of every type opened by people in the last 90 days",
)

OPEN_TICKETS = support(
    name="open_tickets",
    title="Open tickets",
    family="load",
    parts=(
        Part("n", "ticket", "count(*)", "resolved_at IS NULL AND coalesce(type, 'problem') <> 'duplicate'"),
        Part("serious", "ticket", f"count_if({SERIOUS})", "resolved_at IS NULL"),
    ),
    value="n",
    unit=COUNT,
    better=Better.LOWER,
    sentence="{v} tickets open, {serious} of them serious",
    next_step="Ask support for a date on each open ticket, oldest first.",
    counted=False,
    play="joint-review",
    window_note="tickets without a resolution, duplicates left out",
)

RESOLUTION_TIME = support(
    name="resolution_time",
    title="Resolution time",
    family="service",
    parts=(
        Part("median", "ticket", "quantile_disc(date_diff('second', opened_at, resolved_at), 0.5)", RESOLVED),
        Part("n", "ticket", "count(*)", RESOLVED),
    ),
    value="median",
    needs="n >= 1",
    unit=HOURS,
    better=Better.LOWER,
    sentence="Tickets take {v} hours to resolve (median of {n})",
    next_step="Ask support where the slow tickets wait.",
    counted=False,
    play="route-support",
    window_note="median time from opening to resolution, tickets resolved in the last 90 days",
)

SUPPORT_SIGNALS = (
    TICKET_PRESSURE,
    TICKET_TREND,
    SEVERITY_SHIFT,
    CRITICAL_OPEN,
    ESCALATIONS,
    RESOLVED_IN_TARGET,
    CSAT,
    TICKET_VOLUME,
    OPEN_TICKETS,
    RESOLUTION_TIME,
)
