"""Depth of use: features, work per person, dependence on one person."""

from __future__ import annotations

from keepwell.signals.phrases import PRODUCT, by_size, for_all
from keepwell.signals.usage import MONTH, people, usage
from keepwell.words.reading import COUNT, HOURS, PERCENT, Band, Better, Detail, Part, Window

FEATURE_ADOPTION = usage(
    name="feature_adoption",
    title="Feature adoption",
    family="depth",
    parts=(
        Part("used_mask", "usage_feature", "bit_or(CAST(1 AS BIGINT) << bit)", "days28 >= 2"),
        Part("last_day", "usage_feature_day", "max(day)", "features > 0", MONTH),
    ),
    details=(
        Detail("x", "bit_count(coalesce(used_mask, 0) & a_plan_features)"),
        Detail("y", "a_plan_feature_count"),
        Detail("unused_mask", "a_plan_features & ~coalesce(used_mask, 0)"),
    ),
    value="ratio(x, y)",
    needs="a_age_days >= 28",
    applies=f"{PRODUCT} AND a_plan_feature_count >= 3",
    unit=PERCENT,
    most=100,
    better=Better.HIGHER,
    sentence="{x} of {y} key features in use; unused: {names}",
    next_step="Pick one unused key feature that serves a goal of theirs and show it on their own data.",
    bands=for_all(60, 20),
    observed="last_day",
    play="adoption",
    window_note="key features used on at least 2 of the last 28 days, of those in the plan; from 3 features",
)

ACTIONS_PER_PERSON = usage(
    name="actions_per_person",
    title="Core actions per active person",
    family="depth",
    parts=(
        Part("actions", "usage", "sum(core_uses)", "", MONTH),
        people("people", MONTH),
        people("people_before", Window(196, 28)),
        Part(
            "base_milli",
            "usage",
            "quantile_disc(x, 0.5)",
            "",
            Window(196, 28),
            per="age // 28",
            inner="div_round(sum(core_uses) * 1000, count(DISTINCT person))",
        ),
    ),
    details=(
        Detail("now", "div_round(actions, people)"),
        Detail("base", "div_round(base_milli, 1000)"),
    ),
    value="change(div_round(actions * 1000, people), base_milli)",
    needs="people > 0 AND people + people_before >= 10",
    applies=PRODUCT,
    unit=PERCENT,
    least=-100,
    better=Better.HIGHER,
    sentence="Those who log in do less: {now} actions each, usually {base}",
    next_step="Ask the people who still log in what they now do elsewhere.",
    bands=for_all(-15, -45),
    play="usage-check",
    window_note="last 28 days against the account's own median of the six 28-day spans before; "
    "at least 10 people over both",
)

TOP_USER_SHARE = usage(
    name="top_user_share",
    title="Share of the busiest person",
    family="dependence",
    parts=(
        people("people", MONTH),
        Part("total", "usage", "sum(core_uses)", "", MONTH),
        Part("top", "usage", "max(x)", "person IS NOT NULL", MONTH, "person", "sum(core_uses)"),
    ),
    value="ratio(top, total)",
    needs="people >= 5 AND total > 0",
    applies=f"{PRODUCT} AND a_segment IS DISTINCT FROM 'S'",
    unit=PERCENT,
    most=100,
    better=Better.LOWER,
    sentence="{v} % of the work is one person's",
    next_step="Get to know two more people who could do what the busiest one does.",
    bands=by_size(None, Band(60, 85), Band(40, 70)),
    play="multi-thread",
    window_note="core actions in the last 28 days; from 5 active people; not in segment S",
)

UNOWNED_PRODUCTS = usage(
    name="unowned_products",
    title="Key features outside the plan",
    family="growth",
    facts="subscription",
    parts=(),
    value="a_key_feature_count - a_plan_feature_count",
    applies=PRODUCT,
    unit=COUNT,
    better=Better.LOWER,
    sentence="{v} key features missing from their plan",
    next_step="Note which of the missing features would serve a goal that they have stated.",
    counted=False,
    inherited=True,
    play="growth-talk",
    window_note="configured key features that the plan in force does not hold",
)

TIME_IN_PRODUCT = usage(
    name="time_in_product",
    title="Time in product",
    family="depth",
    facts="usage_event",
    parts=(
        Part("seconds", "usage_event", "sum(seconds)", "", MONTH),
        Part("timed", "usage_event", "count(seconds)", "", MONTH),
        Part("events", "usage_event", "count(*)", "", MONTH),
    ),
    value="seconds",
    needs="timed > 0 OR events = 0",
    applies=PRODUCT,
    unit=HOURS,
    better=Better.HIGHER,
    sentence="{v} hours in the product in 28 days",
    next_step="Read it beside what they got done: time alone is no result.",
    counted=False,
    play="usage-check",
    window_note="timed events of the last 28 days",
)

DEPTH_SIGNALS = (
    FEATURE_ADOPTION,
    ACTIONS_PER_PERSON,
    TOP_USER_SHARE,
    UNOWNED_PRODUCTS,
    TIME_IN_PRODUCT,
)
