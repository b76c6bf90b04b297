"""Is a new account ready for customer success? What the seller hands over.

The inputs come from ordinary facts: goals, contacts, interactions, milestones,
subscriptions and flags, and from the account's further attributes (`extra`):
`promises_recorded`, `ideal_profile` and `payment_terms` (or `payment_terms_agreed`).
"""

from __future__ import annotations

from functools import partial

from keepwell.signals.people import HERE
from keepwell.signals.phrases import CHAMPION, MEETING, SUCCESS_PLAN, for_all, has_role
from keepwell.signals.plan import FIRST_VALUE, KICKOFF
from keepwell.words.reading import COUNT, DAYS, KIND, PEOPLE, Better, Detail, Part, Signal, Window

YES_NO = ("yes", "no")
NO_WORDS = "('false', 'no', '0', 'none', '')"
SIGNED = Part("signed", "opportunity", "max(closed_day)", "won AND type = 'new'")
SIGNED_DAY = Detail("signed_day", "coalesce(signed, a_start_day)")

handoff = partial(Signal, family="handoff", play="onboarding", counted=False)
yes_no = partial(handoff, unit=KIND, categories=YES_NO, better=Better.KIND, bands=for_all(0, 1))


def _attribute(key: str) -> str:
    return f"lower(trim(json_extract_string(a_extra, '$.{key}')))"


GOALS_DEFINED = handoff(
    name="goals_defined",
    title="Goals defined",
    system="plan",
    facts="goal",
    parts=(
        Part("n", "goal", "count(*)", "metric IS NOT NULL AND due_day IS NOT NULL"),
        Part("vague", "goal", "count(*)", "metric IS NULL OR due_day IS NULL"),
    ),
    value="n",
    unit=COUNT,
    better=Better.HIGHER,
    sentence="{v} goals with a metric and a date ({vague} without)",
    next_step="Ask the buyer for one result, how it is measured, and by when.",
    bands=for_all(1, 0),
    feed_days=14,
    window_note="the customer's own goals that name a metric and a date",
)

SPONSOR_AND_DECISION_MAKER_NAMED = handoff(
    name="sponsor_and_decision_maker_named",
    title="Decision maker and sponsor named",
    system="crm",
    facts="contact",
    parts=(
        Part("sponsors", "contact", "count(*)", f"{has_role('sponsor', 'executive')} AND {HERE}"),
        Part("deciders", "contact", "count(*)", f"{has_role('decision maker')} AND {HERE}"),
    ),
    value="least(sponsors, 1) + least(deciders, 1)",
    unit=COUNT,
    most=2,
    better=Better.HIGHER,
    sentence="{v} of 2 named: decision maker and sponsor",
    next_step="Ask the seller who signed and who wants the result, and write both names down.",
    bands=for_all(2, 0),
    feed_days=7,
    inherited=True,
    window_note="contacts in place with the roles decision maker and sponsor",
)

CHAMPION_SPOKEN = yes_no(
    name="champion_spoken",
    title="Champion spoken to",
    system="meetings",
    facts="interaction",
    parts=(Part("last_day", "interaction", "max(day)", f"{CHAMPION} AND two_way"), SIGNED),
    details=(SIGNED_DAY, Detail("date", "coalesce(CAST(last_day AS VARCHAR), 'never')", text=True)),
    value="CASE WHEN last_day >= signed_day THEN 0 ELSE 1 END",
    sentence="Champion spoken to since signature: {v} (last {date})",
    next_step="Call the champion with the seller and ask what they promised their own colleagues.",
    feed_days=3,
    inherited=True,
    observed="last_day",
    window_note="a two-way contact with the champion since the deal was won, else since the contract's start",
)

PROMISES_RECORDED = yes_no(
    name="promises_recorded",
    title="Promises written down",
    system="crm",
    facts="account",
    parts=(Part("notes", "flag", "count(*)", "type IN ('promise', 'exception')"),),
    details=(Detail("said", _attribute("promises_recorded"), text=True),),
    value=f"CASE WHEN notes > 0 OR said NOT IN {NO_WORDS} THEN 0 ELSE 1 END",
    sentence="Promises and exceptions written down: {v}",
    next_step="Ask the seller for every promise made outside the contract, or the words 'there are none'.",
    window_note="a flag of the type promise or exception, or the account's attribute promises_recorded",
)

SUCCESS_PLAN_READY = yes_no(
    name="success_plan_ready",
    title="Success plan ready",
    system="plan",
    facts="milestone",
    parts=(
        Part("steps", "milestone", "count(due_day)", SUCCESS_PLAN),
        Part("first", "milestone", "min(due_day)", FIRST_VALUE),
    ),
    details=(Detail("date", "coalesce(CAST(first AS VARCHAR), 'no date')", text=True),),
    value="CASE WHEN first IS NOT NULL THEN 0 ELSE 1 END",
    sentence="Success plan with a first-value date: {v} ({steps} dated milestones, first value {date})",
    next_step="Agree with them which result counts as first value, and the day.",
    feed_days=14,
    window_note="a first-value milestone with a due date",
)

STAKEHOLDERS_MET_60D = handoff(
    name="stakeholders_met_60d",
    title="Stakeholders met",
    system="meetings",
    facts="interaction",
    parts=(
        Part("now", "interaction", "count(DISTINCT person)", "two_way", Window(60)),
        Part("unnamed", "interaction", "count(*)", "two_way AND person IS NULL", Window(60)),
        Part("met", "interaction", "count(DISTINCT person)", f"{MEETING} AND attended", Window(60)),
    ),
    value="now",
    needs="now > 0 OR unnamed = 0",
    unit=PEOPLE,
    better=Better.HIGHER,
    sentence="{v} of their people in contact in 60 days, {met} of them met",
    next_step="Ask the champion for the names of those who will use it daily and those who pay.",
    bands=for_all(3, 0),
    feed_days=3,
    inherited=True,
    window_note="distinct customer people who wrote or attended in the last 60 days",
)

IDEAL_PROFILE = yes_no(
    name="ideal_profile",
    title="Within the ideal-customer profile",
    system="crm",
    facts="account",
    parts=(),
    details=(Detail("said", _attribute("ideal_profile"), text=True),),
    value=f"CASE WHEN said IS NULL THEN NULL WHEN said NOT IN {NO_WORDS} THEN 0 ELSE 1 END",
    sentence="Within the ideal-customer profile: {v}",
    next_step="Ask the seller which part of the profile they miss, and plan for it.",
    window_note="the account's attribute ideal_profile",
)

TRIAL_USE = handoff(
    name="trial_use",
    title="Use in the trial",
    system="product",
    facts="usage",
    parts=(
        Part("days", "usage_feature_day", "count(*)", "", Window(90)),
        Part("trials", "subscription", "count(*)", "trial"),
    ),
    value="days",
    applies="trials > 0",
    unit=DAYS,
    better=Better.HIGHER,
    sentence="Used on {v} days of the trial or since",
    next_step="Ask who tried it and what they could not finish.",
    bands=for_all(10, 0),
    feed_days=3,
    window_note="days with use in the last 90; only where a trial is on record",
)

KICKOFF_BOOKED = yes_no(
    name="kickoff_booked",
    title="Kickoff booked",
    system="plan",
    facts="milestone",
    parts=(
        Part("due", "milestone", "min(CAST(coalesce(achieved_day, due_day) AS DATE))", KICKOFF),
        SIGNED,
    ),
    details=(SIGNED_DAY, Detail("date", "coalesce(CAST(due AS VARCHAR), 'no date')", text=True)),
    value="CASE WHEN date_diff('day', signed_day, due) <= 14 THEN 0 ELSE 1 END",
    sentence="Kickoff within 14 days of signature: {v} ({date})",
    next_step="Offer two dates for the kickoff today.",
    feed_days=14,
    observed="due",
    window_note="a milestone named kickoff, due or held at most 14 days after the deal was won",
)

PAYMENT_TERMS_AGREED = yes_no(
    name="payment_terms_agreed",
    title="Payment terms agreed",
    system="crm",
    facts="account",
    parts=(Part("due", "invoice", "count(due_day)"),),
    details=(
        Detail("said", f"coalesce({_attribute('payment_terms_agreed')}, {_attribute('payment_terms')})", text=True),
    ),
    value=f"CASE WHEN due > 0 OR said NOT IN {NO_WORDS} THEN 0 ELSE 1 END",
    sentence="Payment terms agreed: {v}",
    next_step="Ask finance and their billing contact to confirm terms and purchase order in writing.",
    inherited=True,
    window_note="the account's attribute payment_terms or payment_terms_agreed, or an invoice with a due date",
)

HANDOFF_SIGNALS = (
    GOALS_DEFINED,
    SPONSOR_AND_DECISION_MAKER_NAMED,
    CHAMPION_SPOKEN,
    PROMISES_RECORDED,
    SUCCESS_PLAN_READY,
    STAKEHOLDERS_MET_60D,
    IDEAL_PROFILE,
    TRIAL_USE,
    KICKOFF_BOOKED,
    PAYMENT_TERMS_AGREED,
)
