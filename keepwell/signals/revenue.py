"""Revenue and seats: growth, cuts, cancelled lines. Read from the holder of the contract."""

from __future__ import annotations

from keepwell.signals.contract import ENDING, FUTURE, commercial
from keepwell.signals.phrases import RECURRING, for_all, within
from keepwell.words.reading import COUNT, KIND, MONEY, PERCENT, Better, Detail, Part

HISTORY = "subscription_history"
SINCE_90 = 90


def _on_day(days_ago: int) -> str:
    """The contract line ran `days_ago` days before the day its source is read."""
    to_day = f"(to_day IS NULL OR date_diff('day', to_day, read_day) < {days_ago})"
    return f"date_diff('day', from_day, read_day) >= {days_ago} AND {to_day}"


def _sum_on(column: str, days_ago: int) -> str:
    return f"sum(CASE WHEN {_on_day(days_ago)} THEN {column} END)"


def _total(name: str, column: str, days_ago: int) -> Part:
    return Part(name, HISTORY, f"sum({column})", f"{RECURRING} AND {_on_day(days_ago)}")


# of one contract line: more money for the same seats is a price rise, not growth
PRICE_RISE = (
    f"CASE WHEN {_sum_on('seats', 0)} = {_sum_on('seats', SINCE_90)}"
    f" THEN greatest(0, {_sum_on('mrr_rep', 0)} - {_sum_on('mrr_rep', SINCE_90)}) ELSE 0 END"
)
# of one contract line: money or seats given up while the line goes on or ends
CUT = (
    f"CASE WHEN {_sum_on('mrr_rep', SINCE_90)} > coalesce({_sum_on('mrr_rep', 0)}, 0)"
    f" OR {_sum_on('seats', SINCE_90)} > coalesce({_sum_on('seats', 0)}, 0) THEN 1 ELSE 0 END"
)
UNPRICED = Part(
    "unpriced", HISTORY, "count(*)", f"{RECURRING} AND mrr_rep IS NULL AND (({_on_day(0)}) OR ({_on_day(SINCE_90)}))"
)

MRR_CHANGE = commercial(
    name="mrr_change",
    title="Change in recurring revenue",
    family="revenue",
    parts=(
        _total("now", "mrr_rep", 0),
        _total("before", "mrr_rep", SINCE_90),
        Part("rise", HISTORY, "sum(x)", RECURRING, None, "source, external_id", PRICE_RISE),
        _total("seats_now", "seats", 0),
        _total("seats_before", "seats", SINCE_90),
        UNPRICED,
    ),
    details=(
        Detail("current", "money(now)", text=True),
        Detail("prev", "money(before)", text=True),
        Detail(
            "why",
            "CASE WHEN seats_now <> seats_before"
            " THEN 'seats ' || CAST(seats_before AS VARCHAR) || ' → ' || CAST(seats_now AS VARCHAR)"
            " WHEN rise > 0 THEN 'price rises left out' WHEN now = before THEN 'no change'"
            " ELSE 'lines or prices changed' END",
            text=True,
        ),
    ),
    value="change(now - rise, before)",
    needs="unpriced = 0 AND before > 0",
    unit=PERCENT,
    least=-100,
    better=Better.HIGHER,
    sentence="Revenue {prev} → {current} a month in 90 days ({why})",
    next_step="Ask the account manager why it is less, and what else is at stake.",
    bands=for_all(0, -15),
    play="commercial-review",
    window_note="recurring revenue now against 90 days ago, both at today's rates; "
    "one-offs, trials and price rises for the same seats are left out",
)

PRODUCT_CANCELLED = commercial(
    name="product_cancelled",
    title="Product line cancelled",
    family="revenue",
    parts=(
        Part(
            "cancelled",
            "subscription",
            "sum(x)",
            "",
            None,
            "product",
            f"CASE WHEN max(CASE WHEN {RECURRING} AND date_diff('day', cancelled_day, read_day) < 180"
            " THEN 1 ELSE 0 END) = 1"
            f" AND count_if({ENDING}) = 0 THEN 1 ELSE 0 END",
        ),
        Part("others", "subscription", "count(DISTINCT coalesce(product, ''))", ENDING),
        Part(
            "newest",
            "subscription",
            "max(cancelled_day)",
            f"{RECURRING} AND date_diff('day', cancelled_day, read_day) < 180",
        ),
        Part(
            "product",
            "subscription",
            "arg_max(product, {'day': cancelled_day, 'source': source, 'id': external_id})",
            f"{RECURRING} AND date_diff('day', cancelled_day, read_day) < 180",
            text=True,
        ),
    ),
    details=(
        Detail(
            "story",
            "CASE WHEN cancelled = 0 OR others = 0 THEN 'No product line cancelled'"
            " ELSE coalesce(product, 'A product line') || ' cancelled with effect of ' || CAST(newest AS VARCHAR)"
            " || '; ' || CAST(others AS VARCHAR) || ' other lines continue' END",
            text=True,
        ),
    ),
    value="CASE WHEN others > 0 THEN cancelled ELSE 0 END",
    applies="others > 0 OR cancelled = 0",
    unit=COUNT,
    better=Better.LOWER,
    sentence="{story}",
    next_step="Ask the account manager what the line was meant to do for them, and whether others share its fate.",
    bands=for_all(0, 1),
    observed="newest",
    play="commercial-review",
    window_note="product lines with a cancellation known, in effect for less than 180 days or still to come, "
    "or vanished from their source, and no line of theirs that goes on",
)

SEAT_GROWTH_STALL = commercial(
    name="seat_growth_stall",
    title="Stall in seat growth",
    family="growth",
    parts=(
        _total("seats_now", "seats", 0),
        _total("seats_180", "seats", 180),
        _total("seats_360", "seats", 360),
    ),
    details=(Detail("now", "seats_now - seats_180"), Detail("prev", "seats_180 - seats_360")),
    value="ratio(now, prev)",
    needs="a_age_days >= 360",
    applies="seats_360 > 0 AND prev * 10 >= seats_360",
    unit=PERCENT,
    better=Better.HIGHER,
    sentence="Seats grew by {prev}, then by {now}",
    next_step="Ask which teams were to join next and what became of that plan.",
    bands=for_all(50, 0),
    counted=False,
    play="growth-talk",
    window_note="seats added in 180 days as a share of those added in the 180 before; "
    "only where seats had grown by at least 10 %",
)

SEATS = commercial(
    name="seats",
    title="Paid seats",
    family="licence",
    parts=(),
    value="a_seats",
    unit=COUNT,
    better=Better.HIGHER,
    sentence="{v} paid seats",
    next_step="Compare the seats with the people who use it.",
    counted=False,
    play="review",
    window_note="seats of the lines in force on the day; one-offs and trials are left out",
)

MRR = commercial(
    name="mrr",
    title="Monthly recurring revenue",
    family="revenue",
    parts=(),
    value="a_contract_mrr_minor",
    details=(Detail("money", "money(a_contract_mrr_minor)", text=True),),
    unit=MONEY,
    least=None,
    better=Better.HIGHER,
    sentence="It pays {money} a month",
    next_step="Weigh the account's place on your list by it.",
    counted=False,
    play="review",
    window_note="lines in force on the day, reporting currency; one-offs and trials are left out",
)

ARR = commercial(
    name="arr",
    title="Annual recurring revenue",
    family="revenue",
    parts=(),
    value="a_arr_minor",
    details=(Detail("money", "money(a_arr_minor)", text=True),),
    unit=MONEY,
    least=None,
    better=Better.HIGHER,
    sentence="It pays {money} a year",
    next_step="Weigh the account's place on your list by it.",
    counted=False,
    play="review",
    window_note="as a source states it, else 12 times the monthly revenue",
)

DOWNGRADE = commercial(
    name="downgrade",
    title="Downgrade",
    family="revenue",
    parts=(
        Part("cuts", HISTORY, "sum(x)", RECURRING, None, "source, external_id", CUT),
        _total("now", "mrr_rep", 0),
        _total("before", "mrr_rep", SINCE_90),
        _total("seats_now", "seats", 0),
        _total("seats_before", "seats", SINCE_90),
        UNPRICED,
    ),
    details=(
        Detail("prev", "money(before)", text=True),
        Detail("current", "money(now)", text=True),
    ),
    value="CASE WHEN cuts > 0 AND now > 0 AND (now < before OR (now = before AND seats_now < seats_before))"
    " THEN cuts ELSE 0 END",
    needs="unpriced = 0 OR seats_before > 0",
    applies="now > 0 OR before > 0",
    unit=COUNT,
    better=Better.LOWER,
    sentence="{v} contract lines cut in 90 days: {prev} → {current} a month",
    next_step="Ask the account manager what was given up and why.",
    bands=for_all(0, 1),
    counted=False,
    play="commercial-review",
    window_note="lines with less money or fewer seats than 90 days ago, where the contract as a whole shrank and goes on",
)

EXPANSION = commercial(
    name="expansion",
    title="Expansion",
    family="revenue",
    parts=(
        _total("now", "mrr_rep", 0),
        _total("before", "mrr_rep", SINCE_90),
        Part("rise", HISTORY, "sum(x)", RECURRING, None, "source, external_id", PRICE_RISE),
        UNPRICED,
    ),
    details=(Detail("prev", "money(before)", text=True), Detail("current", "money(now)", text=True)),
    value="CASE WHEN before > 0 AND now - rise > before THEN 0 ELSE 1 END",
    needs="unpriced = 0",
    applies="now > 0 OR before > 0",
    unit=KIND,
    categories=("expanded", "no"),
    better=Better.KIND,
    sentence="Expansion in 90 days: {v} ({prev} → {current} a month)",
    next_step="Thank them, and ask which result made them add to it.",
    counted=False,
    play="advocate",
    window_note="recurring revenue above that of 90 days ago, price rises for the same seats left out",
)

FULL_CHURN = commercial(
    name="full_churn",
    title="Full churn of a subscription",
    family="revenue",
    parts=(
        Part(
            "gone",
            "subscription",
            "count(*)",
            f"{RECURRING} AND ((cancelled_day IS NOT NULL AND date_diff('day', cancelled_day, read_day) < 180)"
            f" OR (NOT in_force AND end_day < as_of AND {within('end_day', 180)}))",
        ),
        Part("running", "subscription", "count(*)", ENDING),
        Part("lines", "subscription", "count(*)", RECURRING),
        Part("successors", "subscription", "count(*)", FUTURE),
    ),
    value="CASE WHEN gone > 0 AND running = 0 AND successors = 0 THEN 1 ELSE 0 END",
    applies="lines > 0",
    unit=KIND,
    categories=("no", "yes"),
    better=Better.KIND,
    sentence="Every subscription cancelled or ended: {v}",
    next_step="Meet the account manager, agree one voice, and learn the reason before anything is offered.",
    bands=for_all(0, 1),
    counted=False,
    play="save-review",
    window_note="all lines cancelled, or ended without a successor, in 180 days; a cancellation counts once it is known",
)

REVENUE_SIGNALS = (
    MRR_CHANGE,
    PRODUCT_CANCELLED,
    SEAT_GROWTH_STALL,
    SEATS,
    MRR,
    ARR,
    DOWNGRADE,
    EXPANSION,
    FULL_CHURN,
)
