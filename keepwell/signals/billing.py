"""Billing: is the money paid, on time, without dispute. Read from the holder of the contract."""

from __future__ import annotations

from functools import partial

from keepwell.signals.phrases import VALID_INVOICE, by_size, for_all, newest, oldest, within
from keepwell.words.reading import COUNT, DAYS, MONEY, PERCENT, Band, Better, Clock, Detail, Part, Signal

GRACE_DAYS = 7  # a payment run late by a week is nobody's signal
OVERDUE = f"open AND disputed_open IS NOT TRUE AND {VALID_INVOICE} AND days_late > {GRACE_DAYS}"
WORTH_CHASING = (
    "(amount_rep IS NULL OR a_contract_mrr_minor IS NULL OR amount_rep * 20 >= a_contract_mrr_minor)"  # 5 % of MRR
)
COUNTS_AS_DUE = (
    f"{VALID_INVOICE} AND due_day IS NOT NULL AND {within('due_day', 365)} AND disputed_open IS NOT TRUE"
    f" AND (paid_day IS NOT NULL OR days_late > {GRACE_DAYS})"
)
DISPUTED = f"{VALID_INVOICE} AND disputed_day IS NOT NULL AND {within('disputed_day', 180)}"
COLLECTED = "method IN ('card', 'debit')"
USUAL = f"{VALID_INVOICE} AND paid_rank BETWEEN 2 AND 7"
INVOICED = Part("invoices", "invoice", "count(*)", VALID_INVOICE)

billing = partial(Signal, system="billing", facts="invoice", family="payment", inherited=True, play="billing-check")

OVERDUE_DAYS = billing(
    name="overdue_days",
    title="Days overdue",
    parts=(
        Part("late", "invoice", "max(days_late)", f"{OVERDUE} AND {WORTH_CHASING}"),
        Part("number", "invoice", oldest("number", by="due_day"), f"{OVERDUE} AND {WORTH_CHASING}", text=True),
        Part("minor", "invoice", oldest("amount_rep", by="due_day"), f"{OVERDUE} AND {WORTH_CHASING}"),
        Part("issued", "invoice", oldest("day", by="due_day"), f"{OVERDUE} AND {WORTH_CHASING}"),
        INVOICED,
    ),
    details=(
        Detail("no", "coalesce(number, 'without a number')", text=True),
        Detail("amount", "coalesce(money(minor), 'amount unknown')", text=True),
        Detail(
            "story",
            "CASE WHEN late IS NULL THEN 'No invoice overdue'"
            " ELSE 'Invoice ' || no || ', ' || amount || ', ' || CAST(late AS VARCHAR) || ' days past due' END",
            text=True,
        ),
    ),
    value="coalesce(late, 0)",
    applies="invoices > 0",
    unit=DAYS,
    better=Better.LOWER,
    sentence="{story}",
    next_step="Ask finance whether it is paperwork, a purchase order, a dispute or money, before anyone calls.",
    bands=by_size(Band(7, 21), Band(7, 30), Band(7, 45)),
    feed_days=2,
    clock=Clock.SILENCE,
    observed="issued",
    window_note="oldest open undisputed invoice of at least 5 % of MRR, from the 8th day after it was due; else 0",
)

PAID_ON_TIME = billing(
    name="paid_on_time",
    title="Paid on time",
    parts=(
        Part(
            "x",
            "invoice",
            f"count_if(paid_day IS NOT NULL AND days_late <= {GRACE_DAYS})",
            COUNTS_AS_DUE,
        ),
        Part("y", "invoice", "count(*)", COUNTS_AS_DUE),
        INVOICED,
    ),
    value="ratio(x, y)",
    needs="y >= 3",
    applies="invoices > 0",
    unit=PERCENT,
    most=100,
    better=Better.HIGHER,
    sentence="{x} of {y} invoices paid on time",
    next_step="Ask finance whether the late ones share a cause, such as a missing purchase order.",
    bands=for_all(90, 60),
    feed_days=7,
    window_note="invoices due in the last 12 months, paid at most 7 days late; open ones count once they are; from 3",
)

DAYS_TO_PAY_CHANGE = billing(
    name="days_to_pay_change",
    title="Change in days to pay",
    parts=(
        Part("now", "invoice", "max(days_to_pay)", f"{VALID_INVOICE} AND paid_rank = 1"),
        Part("base", "invoice", "quantile_disc(days_to_pay, 0.5)", USUAL),
        Part("before", "invoice", "count(days_to_pay)", USUAL),
        Part("paid", "invoice", "max(paid_day)", f"{VALID_INVOICE} AND paid_rank = 1"),
        INVOICED,
    ),
    value="now - base",
    needs="before >= 2",
    applies="invoices > 0",
    unit=DAYS,
    least=None,
    better=Better.LOWER,
    sentence="Last invoice took {now} days to pay, usually {base}",
    next_step="Ask finance whether their payment run or the approver has changed.",
    bands=for_all(10, 60),
    feed_days=7,
    observed="paid",
    window_note="days from issue to payment of the last paid invoice, less the median of up to 6 before; from 2 before",
)

DISPUTES = billing(
    name="disputes",
    title="Disputed invoices",
    parts=(
        Part("n", "invoice", "count(*)", DISPUTED),
        Part("newest", "invoice", "max(disputed_day)", DISPUTED),
        Part("open_n", "invoice", "count(*)", f"{VALID_INVOICE} AND disputed_open"),
        Part("number", "invoice", newest("number"), f"{VALID_INVOICE} AND disputed_open", text=True),
        Part("minor", "invoice", newest("amount_rep"), f"{VALID_INVOICE} AND disputed_open"),
        INVOICED,
    ),
    details=(
        Detail(
            "open",
            "CASE WHEN open_n = 0 THEN 'none'"
            " ELSE coalesce(number, 'without a number') || ' ' || coalesce(money(minor), '') END",
            text=True,
        ),
    ),
    value="n",
    applies="invoices > 0",
    unit=COUNT,
    better=Better.LOWER,
    sentence="{v} invoices disputed in 180 days; open: {open}",
    next_step="Let finance settle the dispute first, and hold every conversation about money.",
    bands=for_all(0, 2),
    feed_days=2,
    observed="newest",
    window_note="invoices disputed in the last 180 days",
)

FAILED_PAYMENTS = billing(
    name="failed_payments",
    title="Failed payments",
    facts="payment",
    parts=(
        Part("failed", "payment", "max(x)", "", None, "source, invoice", f"count_if(unrecovered AND {COLLECTED})"),
        Part("since", "payment", "min(attempted_day)", f"unrecovered AND {COLLECTED}"),
        Part("newest", "payment", "max(attempted_day)", f"unrecovered AND {COLLECTED}"),
        Part("collections", "payment", "count(*)", COLLECTED),
    ),
    details=(
        Detail(
            "story",
            "CASE WHEN failed > 0 THEN 'Payment failed ' || CAST(failed AS VARCHAR) || ' times since '"
            " || CAST(since AS VARCHAR) ELSE 'No failed payment on an open invoice' END",
            text=True,
        ),
    ),
    value="coalesce(failed, 0)",
    applies="collections > 0",
    unit=COUNT,
    better=Better.LOWER,
    sentence="{story}",
    next_step="Ask finance to check the card or mandate with their billing contact.",
    bands=for_all(0, 2),
    feed_days=2,
    observed="newest",
    window_note="failed collections in a row on an open invoice; card and debit only",
)

OVERDUE_AMOUNT = billing(
    name="overdue_amount",
    title="Amount overdue",
    parts=(
        Part("minor", "invoice", "sum(amount_rep)", OVERDUE),
        Part("n", "invoice", "count(*)", OVERDUE),
        Part("priced", "invoice", "count(amount_rep)", OVERDUE),
        INVOICED,
    ),
    details=(Detail("amount", "money(minor)", text=True),),
    value="minor",
    needs="priced = n",
    applies="invoices > 0",
    unit=MONEY,
    least=None,
    better=Better.LOWER,
    sentence="{amount} overdue on {n} invoices",
    next_step="Ask finance what is known about each open invoice.",
    counted=False,
    feed_days=2,
    clock=Clock.SILENCE,
    window_note="open undisputed invoices from the 8th day after they were due; unknown without an exchange rate",
)

BILLING_SIGNALS = (
    OVERDUE_DAYS,
    PAID_ON_TIME,
    DAYS_TO_PAY_CHANGE,
    DISPUTES,
    FAILED_PAYMENTS,
    OVERDUE_AMOUNT,
)
