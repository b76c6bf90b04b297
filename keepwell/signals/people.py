"""Who stands behind the account at the customer: champion, executives, breadth."""

from __future__ import annotations

from functools import partial

from keepwell.signals.phrases import CHAMPION, EXECUTIVE, MEETING, SINCE_START, START_DAY, by_size, for_all, within
from keepwell.words.reading import (
    DAYS,
    KIND,
    PEOPLE,
    Band,
    Better,
    Clock,
    Detail,
    Part,
    Signal,
    Window,
)

LEFT = "(date_diff('day', left_day, read_day) >= 0 OR date_diff('day', bounced_day, read_day) >= 0)"
HERE = f"({LEFT}) IS NOT TRUE"
GONE_DAY = "CAST(least(coalesce(left_day, bounced_day), coalesce(bounced_day, left_day)) AS DATE)"
QUARTER = Window(90)

crm = partial(Signal, system="crm", facts="contact", feed_days=7)
meetings = partial(Signal, system="meetings", facts="interaction", feed_days=3)

CHAMPION_SIGNAL = crm(
    name="champion",
    title="Champion",
    family="sponsor",
    parts=(
        Part("here", "contact", "count(*)", f"{CHAMPION} AND {HERE}"),
        Part("gone", "contact", "count(*)", f"{CHAMPION} AND {LEFT}"),
        Part("gone_day", "contact", f"max({GONE_DAY})", f"{CHAMPION} AND {LEFT}"),
        Part("since_day", "contact", "min(joined_day)", f"{CHAMPION} AND {HERE}"),
        Part("met_day", "interaction", "max(day)", f"{CHAMPION} AND two_way"),
        Part("primary_gone", "contact", "count(*)", f"primary_contact AND {LEFT}"),
        Part("primary_here", "contact", "count(*)", f"primary_contact AND {HERE}"),
        Part("primary_gone_day", "contact", f"max({GONE_DAY})", f"primary_contact AND {LEFT}"),
    ),
    details=(
        Detail("days", "date_diff('day', coalesce(gone_day, primary_gone_day), read_day)"),
        Detail(
            "story",
            "CASE WHEN here > 0 AND (gone = 0 OR since_day < gone_day OR met_day >= gone_day) THEN 'in place'"
            " WHEN here > 0 THEN 'successor named but not met yet'"
            " WHEN gone > 0 THEN 'left ' || CAST(days AS VARCHAR) || ' days ago, no successor named'"
            " ELSE 'primary contact left ' || CAST(days AS VARCHAR) || ' days ago, no successor named' END",
            text=True,
        ),
    ),
    value="CASE WHEN here > 0 AND (gone = 0 OR since_day < gone_day OR met_day >= gone_day) THEN 0"
    " WHEN here > 0 THEN 1 WHEN gone > 0 OR (primary_gone > 0 AND primary_here = 0) THEN 2 END",
    unit=KIND,
    categories=("in place", "successor not met", "gone"),
    better=Better.KIND,
    sentence="Champion: {story}",
    next_step="Find out who takes over, and ask the sponsor for an introduction.",
    bands=for_all(0, 2),
    inherited=True,
    observed="greatest(gone_day, since_day, primary_gone_day)",
    play="new-champion",
    window_note="contacts with the role champion; a successor counts as met after one two-way contact; "
    "without a champion on record, the primary contact's leaving counts; nobody ever named is missing",
)

EXEC_TOUCH = meetings(
    name="exec_touch",
    title="Executive touch",
    family="sponsor",
    parts=(
        Part("quiet", "interaction", "min(age)", f"{MEETING} AND attended AND {EXECUTIVE}"),
        Part("last_day", "interaction", "max(day)", f"{MEETING} AND attended AND {EXECUTIVE}"),
    ),
    details=(
        Detail(
            "story",
            "CASE WHEN last_day IS NULL THEN 'none since the contract began' ELSE 'last ' || CAST(last_day AS VARCHAR)"
            " END",
            text=True,
        ),
    ),
    value=f"coalesce(quiet, {SINCE_START})",
    applies="a_segment IS DISTINCT FROM 'S'",
    unit=DAYS,
    better=Better.LOWER,
    sentence="No meeting with a decision maker or sponsor for {v} days ({story})",
    next_step="Propose an executive review with an agenda drawn from their goals.",
    bands=by_size(None, Band(120, 300), Band(90, 270)),
    clock=Clock.SILENCE,
    inherited=True,
    observed=f"coalesce(last_day, {START_DAY})",
    play="exec-review",
    window_note="from the last meeting or QBR that a decision maker or sponsor attended, "
    "else from the contract's start; not in segment S",
)

STAKEHOLDERS = meetings(
    name="stakeholders",
    title="Stakeholders in contact",
    family="breadth",
    parts=(
        Part("now", "interaction", "count(DISTINCT person)", "two_way", QUARTER),
        Part("prev", "interaction", "count(DISTINCT person)", "two_way", Window(180, 90)),
        Part("unnamed", "interaction", "count(*)", "two_way AND person IS NULL", QUARTER),
    ),
    value="now",
    needs="now > 0 OR unnamed = 0",
    unit=PEOPLE,
    better=Better.HIGHER,
    sentence="{v} of their people in two-way contact in 90 days (was {prev})",
    next_step="Take two more names from usage and tickets and get to know them.",
    bands=by_size(Band(1, 0), Band(3, 1), Band(5, 2)),
    inherited=True,
    play="multi-thread",
    window_note="distinct customer people who wrote or attended in the last 90 days",
)

SINGLE_THREADED = meetings(
    name="single_threaded",
    title="Single-threaded",
    family="breadth",
    parts=STAKEHOLDERS.parts,
    value="CASE WHEN now = 1 THEN 1 ELSE 0 END",
    needs=STAKEHOLDERS.needs,
    unit=KIND,
    categories=("no", "yes"),
    better=Better.KIND,
    sentence="Only one person still talks to us: {v} (people in 90 days {now}, before {prev})",
    next_step="Ask your one contact who else would want to see this.",
    counted=False,
    inherited=True,
    play="multi-thread",
    window_note="exactly one customer person in two-way contact in the last 90 days",
)

PRIMARY_CONTACT_CHANGED = crm(
    name="primary_contact_changed",
    title="Primary contact changed",
    family="sponsor",
    parts=(
        Part("left_n", "contact", "count(*)", f"primary_contact AND {LEFT} AND {within(GONE_DAY, 90)}"),
        Part("joined_n", "contact", "count(*)", f"primary_contact AND {within('joined_day', 90)}"),
        Part("known", "contact", "count(*)", "primary_contact"),
        Part("changed_day", "contact", "max(CAST(coalesce(left_day, joined_day) AS DATE))", "primary_contact"),
    ),
    value="CASE WHEN left_n > 0 OR (joined_n > 0 AND a_age_days >= 90) THEN 1 ELSE 0 END",
    needs="known > 0",
    unit=KIND,
    categories=("no", "yes"),
    better=Better.KIND,
    sentence="Primary contact changed in 90 days: {v}",
    next_step="Introduce yourself to the new contact and ask what they were told about the project.",
    counted=False,
    inherited=True,
    observed="changed_day",
    play="new-champion",
    window_note="the primary contact left, or a new one joined an account older than 90 days, in the last 90 days",
)

PEOPLE_SIGNALS = (CHAMPION_SIGNAL, EXEC_TOUCH, STAKEHOLDERS, SINGLE_THREADED, PRIMARY_CONTACT_CHANGED)
