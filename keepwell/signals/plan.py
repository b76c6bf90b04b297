"""The plan: milestones, the customer's own goals, onboarding and delivery."""

from __future__ import annotations

from functools import partial

from keepwell.signals.phrases import OPEN_MILESTONE, START_DAY, SUCCESS_PLAN, by_size, for_all
from keepwell.words.reading import COUNT, DAYS, KIND, PERCENT, Band, Better, Clock, Detail, Part, Signal, Window

FALLEN_DUE = "date_diff('day', due_day, read_day) >= 0"
MISSED = f"{SUCCESS_PLAN} AND {OPEN_MILESTONE} AND date_diff('day', due_day, read_day) > 7"
ONBOARDING = "plan = 'onboarding'"
FIRST_VALUE = "plan = 'first_value'"
SERVICES = "plan = 'services'"
IN_FORCE = "(due_day IS NULL OR date_diff('day', due_day, read_day) <= 0) AND date_diff('day', known_day, as_of) <= 90"
# progress at least as far along as time: current ÷ target >= elapsed ÷ term
ON_PACE = (
    "coalesce(on_track, current >= target, false)"
    " OR (on_track IS NULL AND current * date_diff('day', created_day, due_day)"
    " >= target * date_diff('day', created_day, read_day))"
)
KICKOFF = "(name ILIKE '%kickoff%' OR name ILIKE '%kick-off%' OR name ILIKE '%kick off%')"
IN_ORDER = "ORDER BY due_day, source, external_id"
UNTIL_FIRST_VALUE = "CASE a_segment WHEN 'S' THEN 14 WHEN 'M' THEN 30 ELSE 60 END"

plan = partial(Signal, system="plan", facts="milestone", feed_days=14)

FIRST_VALUE_DELAY = plan(
    name="first_value_delay",
    title="Delay of first value",
    family="onboarding",
    feed_days=7,
    parts=(
        Part("agreed", "milestone", "min(due_day)", FIRST_VALUE),
        Part("reached", "milestone", "min(achieved_day)", FIRST_VALUE),
        Part("steps", "milestone", "count(*)", FIRST_VALUE),
    ),
    details=(
        Detail(
            "story",
            "CASE WHEN agreed IS NULL THEN CAST(" + UNTIL_FIRST_VALUE + " AS VARCHAR) || ' days after the start'"
            " ELSE CAST(agreed AS VARCHAR) END",
            text=True,
        ),
        Detail(
            "how",
            "CASE WHEN reached IS NULL THEN 'not reached yet' ELSE 'reached ' || CAST(reached AS VARCHAR) END",
            text=True,
        ),
    ),
    value="greatest(0, CASE WHEN agreed IS NOT NULL THEN date_diff('day', agreed, coalesce(reached, read_day))"
    f" ELSE date_diff('day', a_start_day, coalesce(reached, read_day)) - {UNTIL_FIRST_VALUE} END)",
    needs="steps > 0 AND (agreed IS NOT NULL OR a_start_day IS NOT NULL)",
    applies="a_age_days <= 180",
    unit=DAYS,
    better=Better.LOWER,
    sentence="First value was due {story}: {v} days late, {how}",
    next_step="Find the one step that blocks first value, who owns it, and agree a new date.",
    bands=by_size(Band(0, 14), Band(0, 21), Band(0, 30)),
    clock=Clock.SILENCE,
    observed=f"coalesce(reached, {START_DAY})",
    play="onboarding",
    window_note="days past the agreed first-value date (else 14, 30 or 60 days after the start in S, M, E) "
    "until it was reached; to day 180",
)

ONBOARDING_PROGRESS = plan(
    name="onboarding_progress",
    title="Onboarding progress",
    family="onboarding",
    parts=(
        Part("x", "milestone", "count(achieved_day)", f"{ONBOARDING} AND {FALLEN_DUE}"),
        Part("y", "milestone", "count(*)", f"{ONBOARDING} AND {FALLEN_DUE}"),
        Part(
            "next",
            "milestone",
            "arg_min(name, {'day': due_day, 'source': source, 'id': external_id})",
            f"{ONBOARDING} AND {OPEN_MILESTONE}",
            text=True,
        ),
        Part("reached", "milestone", "max(achieved_day)", ONBOARDING),
    ),
    details=(Detail("name", "coalesce(next, 'nothing open')", text=True),),
    value="ratio(x, y)",
    needs="y >= 2",
    applies="a_age_days <= 120",
    unit=PERCENT,
    most=100,
    better=Better.HIGHER,
    sentence="{x} of {y} onboarding steps done; next: {name}",
    next_step="Call the owner of the next step and clear what stands before it.",
    bands=for_all(90, 60),
    observed="reached",
    play="onboarding",
    window_note="onboarding milestones reached of those due; from 2 due; to day 120",
)

MILESTONES_MISSED = plan(
    name="milestones_missed",
    title="Milestones missed",
    family="outcome",
    parts=(
        Part("n", "milestone", "count(*)", MISSED),
        Part("names", "milestone", f"string_agg(name, ', ' {IN_ORDER})", MISSED, text=True),
        Part("due", "milestone", "max(due_day)", MISSED),
    ),
    details=(
        Detail(
            "story",
            "CASE WHEN n = 0 THEN 'No milestone overdue' WHEN n = 1 THEN '1 milestone overdue: ' || coalesce(names, '')"
            " ELSE CAST(n AS VARCHAR) || ' milestones overdue: ' || coalesce(names, '') END",
            text=True,
        ),
    ),
    value="n",
    unit=COUNT,
    better=Better.LOWER,
    sentence="{story}",
    next_step="Reconfirm which milestones still matter to them, drop the dead ones and set new dates.",
    bands=for_all(0, 2),
    clock=Clock.SILENCE,
    play="plan-reset",
    window_note="open milestones of the success plan more than 7 days overdue",
)

GOALS_ON_TRACK = plan(
    name="goals_on_track",
    title="Goals on track",
    family="outcome",
    facts="goal",
    feed_days=None,
    parts=(
        Part("x", "goal", f"count_if({ON_PACE})", IN_FORCE),
        Part("y", "goal", "count(*)", IN_FORCE),
        Part("stated", "goal", "max(known_day)", IN_FORCE),
    ),
    value="ratio(x, y)",
    needs="y >= 1",
    unit=PERCENT,
    most=100,
    better=Better.HIGHER,
    sentence="{x} of {y} of the customer's own goals on pace",
    next_step="Ask whether the goals behind are still the results that matter to them.",
    bands=for_all(80, 40),
    lookback_days=90,
    observed="stated",
    play="plan-reset",
    window_note="goals in force, stated or updated in the last 90 days; on pace as marked, "
    "else progress at least as far as time",
)

PLAN_AGE = plan(
    name="plan_age",
    title="Age of the success plan",
    family="plan",
    facts="interaction",
    feed_days=None,
    parts=(
        Part("age_days", "interaction", "min(age)", "type = 'plan_review'", Window(365)),
        Part("last_day", "interaction", "max(day)", "type = 'plan_review'", Window(365)),
    ),
    details=(Detail("date", "CAST(last_day AS VARCHAR)", text=True),),
    value="age_days",
    applies="a_segment IS DISTINCT FROM 'S'",
    unit=DAYS,
    better=Better.LOWER,
    sentence="Success plan last confirmed {date}",
    next_step="Go through the plan with them and note what still holds.",
    bands=by_size(None, Band(120, 240), Band(90, 180)),
    lookback_days=365,
    clock=Clock.CALENDAR,
    observed="last_day",
    play="plan-reset",
    window_note="days since a plan review with the customer; none in 365 days is missing; not in segment S",
)

DELIVERY_PACE = plan(
    name="delivery_pace",
    title="Pace of delivery",
    family="services",
    feed_days=7,
    parts=(
        Part(
            "x",
            "milestone",
            "sum(coalesce(delivered, CASE WHEN achieved_day IS NOT NULL THEN coalesce(quantity, 1) END, 0))",
            SERVICES,
        ),
        Part("y", "milestone", "sum(coalesce(quantity, 1))", f"{SERVICES} AND {FALLEN_DUE}"),
        Part("total", "milestone", "sum(coalesce(quantity, 1))", SERVICES),
        Part("items", "milestone", "count(*)", SERVICES),
    ),
    value="ratio(x, y)",
    needs="y > 0",
    applies="items > 0",
    unit=PERCENT,
    better=Better.MIDDLE,
    sentence="{x} of {y} contracted hours or deliverables due by now delivered ({total} in all)",
    next_step="Go through scope, hours and the next deliverable with the service lead.",
    bands={"*": Band(85, 60, (115, 140))},
    play="delivery-review",
    window_note="delivered against what fell due to date; healthy from 85 to 115 %",
)

KICKOFF_LATE = plan(
    name="kickoff_late",
    title="Kickoff late",
    family="onboarding",
    parts=(
        Part("held", "milestone", "count(achieved_day)", KICKOFF),
        Part("met", "interaction", "min(age)", "type IN ('meeting', 'qbr', 'training') AND attended"),
    ),
    value="CASE WHEN held > 0 OR met <= a_age_days THEN 0 ELSE 1 END",
    applies="a_age_days BETWEEN 14 AND 90",
    unit=KIND,
    categories=("held", "late"),
    better=Better.KIND,
    sentence="Kickoff: {v}",
    next_step="Offer two dates this week and name who should be there.",
    counted=False,
    clock=Clock.SILENCE,
    play="onboarding",
    window_note="from day 14: no kickoff milestone reached and no meeting attended since the start; to day 90",
)

TIME_TO_FIRST_VALUE = plan(
    name="time_to_first_value",
    title="Time to first value",
    family="onboarding",
    parts=(Part("reached", "milestone", "min(achieved_day)", FIRST_VALUE),),
    value="CASE WHEN reached < a_start_day THEN 0 ELSE date_diff('day', a_start_day, reached) END",
    unit=DAYS,
    better=Better.LOWER,
    sentence="First value {v} days after the start",
    next_step="Note what made it fast or slow for the next customer like them.",
    counted=False,
    observed="reached",
    play="review",
    window_note="from the contract's start to the first-value milestone",
)

MILESTONES_DUE = plan(
    name="milestones_due",
    title="Milestones due soon",
    family="outcome",
    parts=(
        Part(
            "n",
            "milestone",
            "count(*)",
            f"{SUCCESS_PLAN} AND {OPEN_MILESTONE} AND date_diff('day', as_of, due_day) BETWEEN 0 AND 30",
        ),
        Part(
            "next",
            "milestone",
            "arg_min(name, {'day': due_day, 'source': source, 'id': external_id})",
            f"{SUCCESS_PLAN} AND {OPEN_MILESTONE} AND date_diff('day', as_of, due_day) BETWEEN 0 AND 30",
            text=True,
        ),
    ),
    details=(Detail("name", "coalesce(next, 'none')", text=True),),
    value="n",
    unit=COUNT,
    better=Better.LOWER,
    sentence="{v} milestones due in the next 30 days; next: {name}",
    next_step="Ask whether the next milestone's owner on their side has what they need.",
    counted=False,
    clock=Clock.CALENDAR,
    play="plan-reset",
    window_note="open milestones of the success plan due within 30 days",
)

PLAN_SIGNALS = (
    FIRST_VALUE_DELAY,
    ONBOARDING_PROGRESS,
    MILESTONES_MISSED,
    GOALS_ON_TRACK,
    PLAN_AGE,
    DELIVERY_PACE,
    KICKOFF_LATE,
    TIME_TO_FIRST_VALUE,
    MILESTONES_DUE,
)
