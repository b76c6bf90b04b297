"""The contract's term: when it is decided on, and whether there is one. Read from its holder."""

from __future__ import annotations

from functools import partial

from keepwell.signals.phrases import RECURRING, for_all, within
from keepwell.words.reading import DAYS, KIND, Better, Clock, Detail, Part, Signal

RUNNING = f"in_force AND {RECURRING}"
ENDING = f"{RUNNING} AND cancelled_day IS NULL"
FUTURE = f"start_day > as_of AND cancelled_day IS NULL AND {RECURRING}"
# a term rolled over by auto-renewal keeps its old end_day: only ends that lie ahead are decisions
DECISION = "min(CAST(CASE WHEN notice_day >= as_of THEN notice_day WHEN end_day >= as_of THEN end_day END AS DATE))"

commercial = partial(Signal, system="billing", facts="subscription", inherited=True, feed_days=2)

DAYS_TO_DECISION = commercial(
    name="days_to_decision",
    title="Days to the decision",
    family="timing",
    parts=(
        Part("decision", "subscription", DECISION, f"{ENDING} AND month_to_month IS NOT TRUE"),
        Part("terms", "subscription", "count(*)", f"{ENDING} AND month_to_month IS NOT TRUE"),
        Part("monthly", "subscription", "count(*)", f"{ENDING} AND month_to_month"),
        Part("successors", "subscription", "count(*)", FUTURE),
    ),
    details=(
        Detail("date", "CAST(decision AS VARCHAR)", text=True),
        Detail("mrr", "coalesce(money(a_contract_mrr_minor), 'revenue unknown')", text=True),
    ),
    value="date_diff('day', as_of, decision)",
    applies="successors = 0 AND (terms > 0 OR monthly = 0)",
    unit=DAYS,
    least=None,
    better=Better.HIGHER,
    sentence="Decision due {date} ({v} days), {mrr} a month",
    next_step="Prepare the renewal pack: value reached, open issues, promises, stakeholders.",
    bands=for_all(120, 30),
    clock=Clock.CALENDAR,
    play="renewal-prep",
    window_note="to the notice deadline, else the end of the term; not with a signed successor or month to month",
)

CONTRACT_STATE = commercial(
    name="contract_state",
    title="State of the contract",
    family="timing",
    parts=(
        Part("terms", "subscription", "count(*)", f"{RUNNING} AND month_to_month IS NOT TRUE"),
        Part("monthly", "subscription", "count(*)", f"{RUNNING} AND month_to_month"),
        Part("successors", "subscription", "count(*)", FUTURE),
        Part("lines", "subscription", "count(*)", RECURRING),
        Part(
            "ended",
            "subscription",
            "max(CAST(coalesce(cancelled_day, end_day) AS DATE))",
            f"{RECURRING} AND NOT in_force",
        ),
    ),
    details=(
        Detail(
            "story",
            "CASE WHEN successors > 0 THEN 'a successor is signed' WHEN terms > 0 THEN 'a term runs'"
            " WHEN monthly > 0 THEN 'no term'"
            " ELSE 'no contract since ' || coalesce(CAST(ended AS VARCHAR), 'an unknown day') END",
            text=True,
        ),
    ),
    value="CASE WHEN terms > 0 OR successors > 0 THEN 0 WHEN monthly > 0 THEN 1 ELSE 2 END",
    applies="lines > 0",
    unit=KIND,
    categories=("in term", "month to month", "lapsed"),
    better=Better.KIND,
    sentence="Contract {v}: {story}",
    next_step="Ask the account manager whether a new term is being talked about, and with whom.",
    bands=for_all(0, 2),
    play="commercial-review",
    window_note="a term or a signed successor; month to month; or nothing in force",
)

CONTRACT_EXPIRING = commercial(
    name="contract_expiring",
    title="Contract expiring",
    family="timing",
    parts=DAYS_TO_DECISION.parts,
    details=DAYS_TO_DECISION.details,
    value="CASE WHEN date_diff('day', as_of, decision) <= 90 THEN 1 ELSE 0 END",
    needs="decision IS NOT NULL",
    applies=DAYS_TO_DECISION.applies,
    unit=KIND,
    categories=("no", "yes"),
    better=Better.KIND,
    sentence="Decision within 90 days: {v} (due {date})",
    next_step="Prepare the renewal pack: value reached, open issues, promises, stakeholders.",
    bands=for_all(0, 1),
    counted=False,
    clock=Clock.CALENDAR,
    play="renewal-prep",
    window_note="notice deadline or end of the term at most 90 days ahead, no successor signed",
)

NO_CONTRACT = commercial(
    name="no_contract",
    title="No contract",
    family="timing",
    parts=(Part("running", "subscription", "count(*)", RUNNING),),
    value="CASE WHEN running > 0 THEN 0 ELSE 1 END",
    unit=KIND,
    categories=("no", "yes"),
    better=Better.KIND,
    sentence="Without a contract in force: {v}",
    next_step="Ask the account manager whether they are still a customer, and on which terms.",
    counted=False,
    play="commercial-review",
    window_note="no recurring line in force on the day",
)

RECENTLY_RENEWED = commercial(
    name="recently_renewed",
    title="Recently renewed",
    family="timing",
    parts=(
        Part("renewed", "subscription", "count(*)", f"{RUNNING} AND {within('start_day', 90)}"),
        Part("earlier", "subscription", "count(*)", f"{RECURRING} AND date_diff('day', start_day, read_day) >= 90"),
        Part("outcomes", "outcome", "count(*)", f"type = 'renewed' AND {within('outcome_day', 90)}"),
        Part("won", "opportunity", "count(*)", f"type = 'renewal' AND won AND {within('closed_day', 90)}"),
    ),
    value="CASE WHEN coalesce(outcomes, 0) + coalesce(won, 0) > 0 OR (renewed > 0 AND earlier > 0) THEN 0 ELSE 1 END",
    unit=KIND,
    categories=("yes", "no"),
    better=Better.KIND,
    sentence="Renewed in the last 90 days: {v}",
    next_step="Write down what convinced them while it is fresh.",
    counted=False,
    play="review",
    window_note="a renewal recorded, won, or begun as a new line after an older one, in the last 90 days",
)

CONTRACT_SIGNALS = (
    DAYS_TO_DECISION,
    CONTRACT_STATE,
    CONTRACT_EXPIRING,
    NO_CONTRACT,
    RECENTLY_RENEWED,
)
