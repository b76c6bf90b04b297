"""The billing system's exports: customers, contract lines with their changes, invoices, payments, rates.

It writes dates as 31.12.2025, decimals with a comma and columns with a semicolon.
"""

from __future__ import annotations

import numpy as np

from keepwell.demo.billing import METHODS, Billing, rates
from keepwell.demo.calendar import NEVER
from keepwell.demo.contract import NOTICE, PRODUCTS
from keepwell.demo.customers import CURRENCIES, PLANS
from keepwell.demo.sheets import Sheet, dates, flags, happened, money, pick, rows, spoil, twice
from keepwell.demo.world import World


def ledger(world: World, bills: Billing) -> dict[str, Sheet]:
    """All billing files by name."""
    return {
        "customers.csv": _customers(world),
        "contract_lines.csv": _lines(world),
        "invoices.csv": _invoices(world, bills),
        "payments.csv": _payments(world, bills),
        "contract_events.csv": _events(world),
        "exchange_rates.csv": _rates(world),
    }


def number(account: int) -> str:
    """The billing system's own customer number."""
    return f"D{70_000 + account * 17}"


def _customers(world: World) -> Sheet:
    accounts = [c.terms.account for c in world.outcomes.contracts]
    return {
        "customer_no": [number(a) for a in accounts],
        "company": [world.customers.names[a] for a in accounts],
        "crm_reference": [world.customers.ids[a] for a in accounts],
        "currency": pick(CURRENCIES, world.customers.currency[np.array(accounts)]),
        "since": dates(world.calendar, [c.terms.start for c in world.outcomes.contracts], german=True),
    }


def _lines(world: World) -> Sheet:
    """One row per line and change, the day it took effect in `effective`."""
    found = [
        (contract.terms, contract.lines[change.line], change)
        for contract in world.outcomes.contracts
        for change in sorted(contract.changes, key=lambda c: (c.line, c.day))
        if change.day <= world.calendar.last
    ]
    calendar = world.calendar
    ends = np.array([change.end for _, _, change in found])
    return {
        "line_no": [line.id for _, line, _ in found],
        "customer_no": [number(terms.account) for terms, _, _ in found],
        "effective": dates(calendar, [change.day for _, _, change in found], german=True),
        "product": [PRODUCTS[line.product] for _, line, _ in found],
        "plan": [PLANS[world.customers.plan[terms.account]] if not terms.fee else None for terms, _, _ in found],
        "seats": [str(change.seats) if change.seats else None for _, _, change in found],
        "monthly_amount": money((change.mrr for _, _, change in found), comma=True),
        "currency": [CURRENCIES[world.customers.currency[terms.account]] for terms, _, _ in found],
        "starts": dates(calendar, [line.start for _, line, _ in found], german=True),
        "term_ends": dates(calendar, ends, german=True),
        "notice_by": dates(calendar, np.where(ends >= NEVER, NEVER, ends - NOTICE), german=True),
        "cancelled_to": dates(calendar, [change.cancelled for _, _, change in found], german=True),
        "renewal": ["monthly" if t.monthly else "automatic" if t.renews else "signed" for t, _, _ in found],
    }


def _invoices(world: World, bills: Billing) -> Sheet:
    calendar, found = world.calendar, bills.invoices
    sheet: Sheet = {
        "invoice_no": _invoice_numbers(world, bills),
        "customer_no": [number(a) for a in found.account],
        "issued": dates(calendar, found.issued, german=True),
        "due": dates(calendar, found.due, german=True),
        "paid": dates(calendar, happened(calendar, found.paid), german=True),
        "amount": money(found.amount, comma=True),
        "currency": pick(CURRENCIES, world.customers.currency[found.account]),
        "dispute_opened": dates(calendar, happened(calendar, found.disputed), german=True),
        "dispute_closed": dates(calendar, happened(calendar, found.settled), german=True),
        "voided": dates(calendar, happened(calendar, found.void), german=True),
    }
    spoil(sheet, "issued", 0.4, "31.02.2025")
    spoil(sheet, "amount", 0.7, "see contract")
    return twice(sheet, 331)


def _invoice_numbers(world: World, bills: Billing) -> list[str]:
    years = (world.calendar.first + bills.invoices.issued).astype("datetime64[Y]").astype(int) + 1970
    return [f"R{year}-{n + 1:06d}" for n, year in enumerate(years)]


def _payments(world: World, bills: Billing) -> Sheet:
    found = bills.payments
    numbers = _invoice_numbers(world, bills)
    account = bills.invoices.account[found.invoice]
    sheet: Sheet = {
        "payment_no": [f"P{n + 1:07d}" for n in range(len(found.invoice))],
        "customer_no": [number(a) for a in account],
        "invoice_no": [numbers[n] for n in found.invoice],
        "attempted": dates(world.calendar, found.day, german=True),
        "method": pick(METHODS, bills.method[account]),
        "ok": flags(found.succeeded),
    }
    return rows(sheet, [int(n) for n in np.flatnonzero(found.day <= world.calendar.last)])


def _events(world: World) -> Sheet:
    found = [o for c in world.outcomes.contracts for o in c.outcomes if 0 <= o.day <= world.calendar.last]
    found.sort(key=lambda o: (o.day, o.account, o.type))
    return {
        "event_no": [f"E{n + 1:06d}" for n in range(len(found))],
        "customer_no": [number(o.account) for o in found],
        "day": dates(world.calendar, [o.day for o in found], german=True),
        "event": [o.type for o in found],
        "reason": [o.reason for o in found],
        "monthly_change": [f"{o.mrr / 100:.2f}".replace(".", ",") for o in found],
        "currency": [CURRENCIES[world.customers.currency[o.account]] for o in found],
    }


def _rates(world: World) -> Sheet:
    found = rates(world)
    return {
        "day": dates(world.calendar, [day for day, _, _ in found], german=True),
        "currency": [currency for _, currency, _ in found],
        "euros": [f"{rate:.6f}".replace(".", ",") for _, _, rate in found],
    }
