"""Signals and random scorecards for the tests of scoring."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from keepwell.words.reading import COUNT, DAYS, KIND, PERCENT, POINTS, SCORE, Band, Better, Clock, Signal, Unit

DAY = date(2025, 6, 30)


def signal(name: str, unit: Unit, better: Better, bands: dict[str, Band | None] | None = None, **more: Any) -> Signal:
    """A signal with the parts that scoring reads."""
    words = {"family": name, "sentence": "", "next_step": f"Look at {name}.", "system": "product", **more}
    title = name.replace("_", " ").capitalize()
    return Signal(
        name=name, title=title, facts="usage", parts=(), value="", unit=unit, better=better, bands=bands, **words
    )


H, L = Better.HIGHER, Better.LOWER
SIGNALS = {
    s.name: s
    for s in (
        signal(
            "licence_use",
            PERCENT,
            H,
            {"S": Band(60, 30), "M": Band(65, 35), "E": Band(70, 40)},
            sentence="{active} of {seats} seats ({v} %)",
        ),
        signal("usage_change_90d", PERCENT, H, {"*": Band(-10, -50)}, least=-100),
        signal("feature_adoption", PERCENT, H, {"*": Band(60, 20)}, most=100),
        signal("ticket_pressure", POINTS, L, {"S": Band(3, 10), "M": Band(5, 15), "E": Band(6, 18)}),
        signal("nps", SCORE, H, {"*": Band(9, 5)}, most=10, window_note="one answer"),
        signal("csat", PERCENT, H, {"*": Band(90, 65)}),
        signal(
            "overdue_days",
            DAYS,
            L,
            {"S": Band(7, 21), "M": Band(7, 30), "E": Band(7, 45)},
            family="payment",
            clock=Clock.SILENCE,
        ),
        signal("days_to_pay_change", DAYS, L, {"*": Band(10, 60)}, family="payment"),
        signal("champion", KIND, Better.KIND, categories=("in place", "successor not met", "gone"), family="sponsor"),
        signal(
            "exec_touch",
            DAYS,
            L,
            {"S": None, "M": Band(120, 300), "E": Band(90, 270)},
            family="sponsor",
            clock=Clock.SILENCE,
        ),
        signal("awaiting_reply", DAYS, L, {"S": Band(10, 28), "M": Band(7, 20), "E": Band(7, 20)}, clock=Clock.SILENCE),
        signal(
            "two_way_contact", DAYS, L, {"S": Band(60, 120), "M": Band(30, 75), "E": Band(21, 60)}, clock=Clock.SILENCE
        ),
        signal("milestones_missed", COUNT, L, {"*": Band(0, 2)}),
        signal("days_to_decision", DAYS, H, {"*": Band(120, 30)}, clock=Clock.CALENDAR),
    )
}

# few signals, so that random conditions and measures meet
SOME = {
    n: SIGNALS[n]
    for n in ("usage_change_90d", "ticket_pressure", "nps", "champion", "overdue_days", "milestones_missed")
}


def row(account: str = "a", /, **given: Any) -> dict[str, Any]:
    """A readings row: stored values by signal name; None is missing; `n_a` lists what does not apply, `stale` what is."""
    stale, n_a = given.pop("stale", ()), given.pop("n_a", ())
    attributes = {k: v for k, v in given.items() if k.startswith(("a_", "d_", "o_", "b_"))}
    found = {"account_id": account, "as_of": given.pop("as_of", DAY), **attributes}
    for name in SIGNALS:
        value = given.get(name)
        status = "missing" if value is None else "stale" if name in stale else "fresh"
        found |= {f"v_{name}": value, f"q_{name}": "not_applicable" if name in n_a else status}
    return found


@st.composite
def readings(draw: st.DrawFn, names: tuple[str, ...] = tuple(SOME)) -> dict[str, Any]:
    """A row with random values, statuses and attributes."""
    found: dict[str, Any] = {
        "account_id": "a",
        "as_of": DAY,
        "a_segment": draw(st.sampled_from(["S", "M", "E", None, "X"])),
        "a_plan": draw(st.sampled_from(["basic", "pro", None])),
        "a_age_days": draw(st.one_of(st.none(), st.integers(0, 500))),
        "a_mrr_minor": draw(st.one_of(st.none(), st.integers(0, 2_000_000))),
        "a_has_product": draw(st.sampled_from([True, False, None])),
    }
    for name in names:
        top = SIGNALS[name]
        value = draw(st.integers(0, 2) if top.categories else values(top.unit.scale))
        status = draw(st.sampled_from(["fresh", "fresh", "fresh", "stale", "missing", "not_applicable"]))
        found |= {f"v_{name}": value if status in ("fresh", "stale") else None, f"q_{name}": status}
    return found


def values(scale: int) -> st.SearchStrategy[int]:
    """Stored values around the usual edges, on them and beside them."""
    whole = st.integers(-70, 130).map(lambda v: v * scale)
    return st.one_of(whole, st.integers(-70 * scale, 130 * scale))


NUMBERS = st.sampled_from([-60, -50, -10.5, 0, 1, 2, 5, 7.5, 9, 12, 30, 60, 100])
UPWARD = st.sampled_from([0, 10, 20, 33.333, 50, 60.5, 80, 100])


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2, graded: bool = True) -> str:
    """A random condition over a few signals and attributes."""
    if depth and draw(st.booleans()):
        a, b = draw(conditions(depth - 1, graded)), draw(conditions(depth - 1, graded))
        return draw(st.sampled_from([f"({a}) and ({b})", f"({a}) or ({b})", f"not ({a})"]))
    number = draw(NUMBERS)
    name = draw(st.sampled_from(["usage_change_90d", "ticket_pressure", "nps", "overdue_days", "milestones_missed"]))
    sign = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">="]))
    states = ["missing", "not missing", "stale", "fresh", "known", "not applicable"]
    if graded:
        states += ["poor", "healthy", "watch"]
    return draw(
        st.sampled_from(
            [
                f"{name} {sign} {number}",
                f"{name} is {draw(st.sampled_from(states))}",
                f"{name} between 1 and {number}",
                "champion = gone",
                "champion in ('in place', gone)",
                f"segment {draw(st.sampled_from(['=', '!=']))} M",
                "segment in (M, E)",
                "plan = pro",
                "age_days < 180",
                "mrr > 5000",
                "has_product",
                "plan is missing",
            ]
        )
    )


@st.composite
def scales(draw: st.DrawFn, kind: bool, summed: bool, own: bool = True) -> dict[str, Any]:
    """A random way to be scored; `kind`: of a category signal."""
    number = st.sampled_from([-20, -7.5, 0, 3.3333, 10, 15]) if summed else UPWARD
    flag = {"when": draw(conditions(1, graded=False)), "points": draw(number), "otherwise": draw(number)}
    if kind:
        listed = {"categories": {"in place": draw(number), "gone": draw(number)}, "otherwise": draw(number)}
        return draw(st.sampled_from([listed, flag] + ([] if summed or not own else [{}])))
    poor, healthy = draw(
        st.lists(st.sampled_from([-50, -10, 0, 2, 5, 7.5, 60, 100]), min_size=2, max_size=2, unique=True)
    )
    edges = {"healthy": healthy, "poor": poor, "healthy_points": draw(number), "poor_points": draw(number)}
    split = {**edges, "healthy": {"S": 61, "M": 66}, "poor": {"S": poor / 2, "M": poor / 2}}
    low, high = sorted((poor, healthy))
    banded = [{"up_to": low, "points": draw(number)}, {"below": high, "points": draw(number)}, {"points": draw(number)}]
    corners = [[low - 20, draw(number)], [low, draw(number)], [high, draw(number)], [high + 9.5, draw(number)]]
    curve: dict[str, Any] = {"curve": corners}
    if draw(st.booleans()):
        curve["outside"] = draw(number)
    each = {"each": -2.5, "at_most": -40} if summed else {"each": 1.5, "at_most": 90}
    options = [edges, split, {"bands": banded}, curve, each, flag]
    return draw(st.sampled_from(options + ([] if summed or not own else [{}])))


POLICIES = st.sampled_from(["redistribute", "redistribute", "neutral", 35, "abstain"])


@st.composite
def measures(draw: st.DrawFn, summed: bool, number: int) -> tuple[str, dict[str, Any]]:
    """A named random measure."""
    name = draw(st.sampled_from(list(SOME)))
    kind = bool(SIGNALS[name].categories)
    found = {"signal": name, **draw(scales(kind, summed))}
    if draw(st.integers(0, 3)) == 0:
        number_ = st.sampled_from([-5, 0, 5.5]) if summed else UPWARD
        found["cases"] = [{"if": draw(conditions(0, graded=False)), "points": draw(number_)}]
        if draw(st.booleans()):
            found["cases"].append({"if": "plan = basic", "not_applicable": True})
    if not summed and draw(st.booleans()):
        found["weight"] = draw(st.sampled_from([0, 1, 3, 12, 12.5, 40]))
    if summed and draw(st.integers(0, 5)) == 0:
        found = {"signal": name, "weight": 0}
    if draw(st.booleans()):
        found["missing"] = draw(POLICIES)
    if draw(st.booleans()):
        found["stale"] = draw(st.one_of(POLICIES, st.sampled_from(["hold", "missing"])))
    return f"m{number}", found


@st.composite
def scorecards(draw: st.DrawFn) -> dict[str, Any]:
    """A random card of any form, as the file would say it."""
    summed = draw(st.booleans())
    count = iter(range(1000))

    def dimension(depth: int) -> dict[str, Any]:
        combine = draw(
            st.sampled_from(
                ["sum", "sum", "min", "max"] if summed else ["mean", "mean", "mean", "min", "max", "any_poor"]
            )
        )
        found: dict[str, Any] = {"combine": combine}
        size = draw(st.integers(1, 4))
        found["measures"] = dict(draw(measures(summed, next(count))) for _ in range(size))
        if depth and draw(st.booleans()):
            found["dimensions"] = {f"d{next(count)}": dimension(depth - 1) for _ in range(draw(st.integers(1, 2)))}
        if not summed:
            for inner in found.get("dimensions", {}).values():
                inner["weight"] = draw(st.sampled_from([1, 5, 20, 33.3]))
        elif combine == "sum":
            for inner in found.get("dimensions", {}).values():
                if inner["combine"] == "sum" and draw(st.integers(0, 2)) == 0:
                    inner["clamp"] = [-12.5, 20]
        return found

    card: dict[str, Any] = {
        "scorecard": "random",
        "form": draw(st.sampled_from(["points", "learned"])) if summed else "weighted",
        **dimension(2),
        "tiers": [{"name": "good", "from": 70}, {"name": "fair", "from": 40.5}, {"name": "bad", "from": 0}],
    }
    if draw(st.booleans()):
        card["tiers"][0]["requires"] = [draw(conditions(1)), {"when": draw(conditions(0)), "unknown": "unmet"}]
    if summed:
        card["baseline"] = draw(st.sampled_from([0, 50, 100]))
        card["rounding"] = draw(st.sampled_from(["none", "measure", "final"]))
    else:
        card["rounding"] = draw(
            st.sampled_from(["none", "measure", "dimension", "final", ["measure", "dimension", "final"]])
        )
    card["digits"] = draw(st.integers(0, 2))
    card["missing"] = draw(POLICIES.filter(lambda p: p != "abstain"))
    card["min_coverage"] = draw(st.sampled_from([0, 0, 40, 62.5]))
    if draw(st.booleans()):
        card["clamp"] = draw(st.sampled_from([None, [0, 100], [10, 60.5]]))
    if draw(st.booleans()):
        card["neutral"] = draw(st.sampled_from([0, 45.5]))
    if draw(st.integers(0, 3)) == 0:
        card["applies"] = draw(conditions(1))
    given: list[float] = draw(st.sampled_from([[], [5.0], [-3.5, 8.0]]))
    card["bonuses"] = [{"name": f"b{i}", "when": draw(conditions(1)), "points": p} for i, p in enumerate(given)]
    card["guards"] = [draw(guards(i)) for i in range(draw(st.integers(0, 3)))]
    card["segments"] = [draw(segments(card, summed, i)) for i in range(draw(st.integers(0, 2)))]
    return card


@st.composite
def guards(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """A random guard."""
    effects: list[dict[str, Any]] = [
        {"cap": 59},
        {"cap": 39.5, "review": "owner"},
        {"floor": 45},
        {"cap": 80, "floor": 20},
        {"tier": "bad"},
        {"review": "owner"},
    ]
    return {"name": f"g{number}", "when": draw(conditions(2)), **draw(st.sampled_from(effects))}


@st.composite
def segments(draw: st.DrawFn, card: dict[str, Any], summed: bool, number: int) -> dict[str, Any]:
    """A random segment that changes some weights, scales or tiers."""
    found: dict[str, Any] = {"name": f"s{number}", "when": draw(conditions(1, graded=False))}
    name, measure = draw(st.sampled_from(list(card["measures"].items())))
    if not summed:
        found["weights"] = {name: draw(st.sampled_from([0, 2, 50]))} if measure.get("weight") != 0 else {}
    if draw(st.booleans()) and measure.get("weight") != 0:
        found["measures"] = {name: draw(scales(bool(SIGNALS[measure["signal"]].categories), summed, own=False))}
    if draw(st.booleans()):
        found["tiers"] = {"upper": 55, "lower": 0}
    return found
