"""Simulated examples: a known truth, so that a test can say what must be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import expit

from keepwell.learning.samples.examples import Column, Examples, Floats
from keepwell.words.reading import KIND, Better, Signal, Unit

PLANS = ("basic", "plus", "pro")


def signal(name: str, scale: int = 1, categories: Sequence[str] = ()) -> Signal:
    return Signal(
        name=name, title=name.replace("_", " ").capitalize(), family=name, system="other", facts="", parts=(), value="",
        unit=KIND if categories else Unit("count", scale), better=Better.KIND if categories else Better.MIDDLE,
        sentence=f"{name}: {{v}}", next_step="", categories=tuple(categories),
    )  # fmt: skip


def only(examples: Examples, *names: str) -> Examples:
    """The examples with these signals alone, in their own order."""
    return replace(examples, columns=tuple(column for column in examples.columns if column.name in names))


def company(rows: int, seed: int = 0, *, strength: float = 1.0, base: float = -2.0, months: int = 1) -> Examples:
    """Accounts of which some leave: little use and many tickets drive it, `crossed_*` only together, noise never."""
    random = np.random.default_rng(seed)
    use = random.gamma(3, 20, rows)
    tickets = random.poisson(2.0, rows).astype(np.float64)
    tariff = random.integers(0, 3, rows).astype(np.float64)
    left, right = random.uniform(0, 10, rows), random.uniform(0, 10, rows)
    noise = random.normal(0, 5, rows)
    survey = np.where(random.random(rows) < 0.5, np.nan, random.integers(0, 11, rows))
    margin = base + strength * (
        1.5 * (use < 30) - 0.5 * (use > 90) + 0.3 * np.minimum(tickets, 6) - 0.6
        + np.array([0.5, 0.0, -0.5])[tariff.astype(int)]
        + 2.0 * ((left > 5) != (right > 5)) - 1.0
        + np.where(np.isnan(survey), 0.4, -0.1 * np.nan_to_num(survey))
    )  # fmt: skip
    outcome = random.random(rows) < expit(margin)
    columns: dict[str, tuple[Signal, Floats]] = {
        "use": (signal("use", 100), np.rint(use * 100)),
        "tickets": (signal("tickets"), tickets),
        "tariff": (signal("tariff", categories=PLANS), tariff),
        "crossed_left": (signal("crossed_left", 10), np.rint(left * 10)),
        "crossed_right": (signal("crossed_right", 10), np.rint(right * 10)),
        "noise": (signal("noise", 10), np.rint(noise * 10)),
        "survey": (signal("survey"), survey),
    }
    more: dict[str, Any] = {}
    if months > 1:
        more = {"day": np.repeat(np.arange(months), -(-rows // months))[:rows] * 30, "ahead_days": 60,
                "group": np.tile(np.arange(-(-rows // months)), months)[:rows]}  # fmt: skip
    return Examples(
        tuple(Column(*pair) for pair in columns.values()),
        outcome,
        tuple(f"A{number}" for number in range(rows)),
        **more,
    )
