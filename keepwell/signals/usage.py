"""Use of the product: by how many, how deeply, in what rhythm, and is that changing."""

from __future__ import annotations

from functools import partial

from keepwell.signals.phrases import PRODUCT, SINCE_START, START_DAY, by_size, for_all
from keepwell.words.reading import (
    DAYS,
    KIND,
    PEOPLE,
    PERCENT,
    WEEKS,
    Band,
    Better,
    Clock,
    Detail,
    Part,
    Signal,
    Window,
)

MONTH, BEFORE = Window(28), Window(56, 28)
QUARTER_AGO = Window(118, 90)  # the 28 days that ended 90 days ago
HALF_YEAR = Window(196)  # how far back silence is looked for, and the six months before the last
PEOPLE_KNOWN = "({people} > 0 OR {unnamed} = 0)"  # use without person ids says nothing about people

usage = partial(Signal, system="product", facts="usage", feed_days=3)


def people(name: str, window: Window) -> Part:
    """Distinct people who used it in the window."""
    return Part(name, "usage", "count(DISTINCT person)", "", window)


def _unnamed(name: str, window: Window) -> Part:
    return Part(name, "usage", "count(*)", "person IS NULL", window)


def _person_days(name: str, window: Window) -> Part:
    return Part(name, "usage", "count(*)", "", window)


LICENCE_USE = usage(
    name="licence_use",
    title="Licence use",
    family="licence",
    parts=(people("active", MONTH), _unnamed("unnamed", MONTH)),
    details=(Detail("seats", "a_seats"),),
    value="ratio(active, seats)",
    needs=f"a_age_days >= 30 AND {PEOPLE_KNOWN.format(people='active', unnamed='unnamed')}",
    applies=f"{PRODUCT} AND a_holder = account_id AND a_seats >= 5",
    unit=PERCENT,
    better=Better.HIGHER,
    sentence="{active} of {seats} paid seats active in 28 days ({v} %)",
    next_step="Find the paid seats that nobody uses and offer their team one session on a feature they miss.",
    bands=by_size(Band(60, 30), Band(65, 35), Band(70, 40)),
    play="adoption",
    window_note="distinct people in the last 28 days; from 5 paid seats and 30 days of age; "
    "a card may halve the edges until day 180",
)

ACTIVE_PEOPLE_CHANGE = usage(
    name="active_people_change",
    title="Change in active people",
    family="usage trend",
    parts=(people("now", MONTH), people("prev", BEFORE), _unnamed("unnamed", Window(56))),
    value="change(now, prev)",
    needs="a_age_days >= 56 AND now + prev >= 10 AND unnamed = 0",
    applies=PRODUCT,
    unit=PERCENT,
    least=-100,
    better=Better.HIGHER,
    sentence="Active people {prev} → {now} ({v} %)",
    next_step="See who stopped and on which feature; rule out holidays, an outage or a moved workspace first.",
    bands=by_size(Band(-20, -50), Band(-10, -40), Band(-10, -35)),
    play="usage-check",
    window_note="the last 28 days against the 28 before; at least 10 people over both",
)

USAGE_CHANGE_90D = usage(
    name="usage_change_90d",
    title="Change in use over 90 days",
    family="usage trend",
    parts=(_person_days("now", MONTH), _person_days("prev", QUARTER_AGO)),
    value="change(now, prev)",
    needs="a_age_days >= 118 AND now + prev >= 4",
    applies=PRODUCT,
    unit=PERCENT,
    least=-100,
    better=Better.HIGHER,
    sentence="{now} use days in 28 days, was {prev} three months ago ({v} %)",
    next_step="Ask what changed in their process, and name the feature that they use less.",
    bands=for_all(-10, -50),
    play="usage-check",
    window_note="days on which a person used it, last 28 days against the 28 that ended 90 days ago; "
    "at least 4 over both",
)

USAGE_CHANGE_YEAR = usage(
    name="usage_change_year",
    title="Change in use over a year",
    family="usage trend",
    parts=(_person_days("now", MONTH), _person_days("prev", Window(392, 364))),
    value="change(now, prev)",
    needs="a_age_days >= 392 AND now + prev >= 4",
    applies=PRODUCT,
    unit=PERCENT,
    least=-100,
    better=Better.HIGHER,
    sentence="{now} use days in 28 days, was {prev} in the same weeks last year ({v} %)",
    next_step="Compare with the season before acting: a fall that came last year too needs no call.",
    counted=False,
    play="usage-check",
    window_note="last 28 days against the same weekdays 364 days earlier; tells a season from a fall",
)


def _days_since(name: str, title: str, sentence: str, *, counted: bool) -> Signal:
    return usage(
        name=name,
        title=title,
        family="usage trend",
        parts=(
            Part("quiet", "usage", "min(age)", "", HALF_YEAR),
            Part("last_day", "usage", "max(day)", "", HALF_YEAR),
        ),
        details=(Detail("date", "coalesce(CAST(last_day AS VARCHAR), 'over half a year ago, or never')", text=True),),
        value=f"CASE WHEN quiet IS NOT NULL OR ({SINCE_START}) <= 196 THEN coalesce(quiet, {SINCE_START})"
        " WHEN a_start_day IS NOT NULL THEN 196 END",
        needs="a_age_days >= 14",
        applies=PRODUCT,
        unit=DAYS,
        better=Better.LOWER,
        sentence=sentence,
        next_step="Look at our own last message first, then ask a second person there whether something is in the way.",
        bands=by_size(Band(10, 30), Band(7, 21), Band(5, 14)),
        clock=Clock.SILENCE,
        observed=f"coalesce(last_day, {START_DAY})",
        counted=counted,
        play="re-engage",
        window_note="from the newest use by a customer's person, else from the contract's start, up to 196 days; "
        "a card may double the edges for a product used weekly",
    )


DAYS_SINCE_USE = _days_since(
    "days_since_use", "Days since use", "Nobody has used it for {v} days (last {date})", counted=True
)
DAYS_SINCE_LOGIN = _days_since(
    "days_since_login", "Days since login", "Nobody has logged in for {v} days (last {date})", counted=False
)

ACTIVE_WEEKS = usage(
    name="active_weeks",
    title="Active weeks",
    family="rhythm",
    parts=(Part("active", "usage_feature_day", "count(DISTINCT age // 7)", "", Window(56)),),
    value="active",
    needs="a_age_days >= 56",
    applies=PRODUCT,
    unit=WEEKS,
    better=Better.HIGHER,
    sentence="Used in {v} of the last 8 weeks",
    next_step="Find the recurring task that the product should carry and agree who does it each week.",
    bands=by_size(Band(6, 3), Band(7, 4), Band(8, 5)),
    play="usage-check",
    window_note="weeks with a day of use among the last 8 closed weeks; from day 56",
)

ACTIVE_PEOPLE = usage(
    name="active_people",
    title="Active people",
    family="licence",
    parts=(people("active", MONTH), _unnamed("unnamed", MONTH)),
    value="active",
    needs=PEOPLE_KNOWN.format(people="active", unnamed="unnamed"),
    applies=PRODUCT,
    unit=PEOPLE,
    better=Better.HIGHER,
    sentence="{v} people active in 28 days",
    next_step="Ask who else in their team has the same task.",
    counted=False,
    play="adoption",
    window_note="distinct people in the last 28 days",
)

USE_DAYS = usage(
    name="use_days",
    title="Days of use",
    family="rhythm",
    parts=(Part("days", "usage_feature_day", "count(*)", "", MONTH),),
    value="days",
    applies=PRODUCT,
    unit=DAYS,
    better=Better.HIGHER,
    sentence="Used on {v} of the last 28 days",
    next_step="Find the recurring task that the product should carry.",
    counted=False,
    play="usage-check",
    window_note="days with any use among the last 28",
)

AT_CAPACITY = usage(
    name="at_capacity",
    title="At capacity",
    family="licence",
    parts=(people("now", MONTH), people("prev", BEFORE)),
    details=(Detail("seats", "a_seats"),),
    value="CASE WHEN now * 10 >= seats * 9 AND prev * 10 >= seats * 9 THEN 0 ELSE 1 END",
    needs="a_age_days >= 56",
    applies=f"{PRODUCT} AND a_holder = account_id AND a_seats >= 5",
    unit=KIND,
    categories=("yes", "no"),
    better=Better.KIND,
    sentence="At capacity: {v} ({now} of {seats} seats in use)",
    next_step="Ask whether colleagues wait for a seat before speaking about more of them.",
    counted=False,
    play="growth-talk",
    window_note="licence use of at least 90 % now and 28 days ago",
)

EARLY_DROP = usage(
    name="early_drop",
    title="Early drop",
    family="usage trend",
    parts=(
        people("now", Window(14)),
        Part("best", "usage", "max(x)", "", Window(98, 14), "age // 14", "count(DISTINCT person)"),
    ),
    value="change(now, best)",
    needs="best >= 5",
    applies=f"{PRODUCT} AND a_age_days BETWEEN 28 AND 90",
    unit=PERCENT,
    least=-100,
    better=Better.HIGHER,
    sentence="Active people {best} → {now} since their best 14 days ({v} %)",
    next_step="Call the person who ran the rollout this week, before the habit is gone.",
    counted=False,
    play="onboarding",
    window_note="the last 14 days against the account's own best 14 days, during its first 90 days; from 5 people",
)

NO_FIRST_LOGIN = usage(
    name="no_first_login",
    title="No first login",
    family="onboarding",
    parts=(Part("first_day", "usage_feature_day", "min(day)", "", HALF_YEAR),),
    value="CASE WHEN first_day IS NULL THEN 1 ELSE 0 END",
    applies=f"{PRODUCT} AND a_age_days BETWEEN 14 AND 180",
    unit=KIND,
    categories=("logged in", "no login"),
    better=Better.KIND,
    sentence="First login, {days} days after the start: {v}",
    details=(Detail("days", "a_age_days"),),
    next_step="Check that invitations arrived, then set up the first login together.",
    counted=False,
    clock=Clock.SILENCE,
    play="onboarding",
    window_note="looked at from day 14 to day 180",
)

USAGE_SIGNALS = (
    LICENCE_USE,
    ACTIVE_PEOPLE_CHANGE,
    USAGE_CHANGE_90D,
    DAYS_SINCE_USE,
    ACTIVE_WEEKS,
    USAGE_CHANGE_YEAR,
    DAYS_SINCE_LOGIN,
    ACTIVE_PEOPLE,
    USE_DAYS,
    AT_CAPACITY,
    EARLY_DROP,
    NO_FIRST_LOGIN,
)
