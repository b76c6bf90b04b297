"""One account's snapshot: how it stands, why, how sure we are, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rich.console import Console
from rich.text import Text

from keepwell.show import figures
from keepwell.show.change import show_change
from keepwell.show.screen import WIDE, fitted, table, tier_text, words
from keepwell.words.report import Explanation
from keepwell.words.score import Evidence, RowKind, State, TierStep

Columns = dict[str, Callable[[Evidence], Text]]  # title → what a row says there

MEASURED = {RowKind.MEASURE, RowKind.CHILD}
ASSUMED = "~"  # before a day that is known from the data's own dates only (SEMANTICS, rule 3)
BARE = {
    "kind",
    "count",
    "score",
    "points",
}  # units that say nothing beside the value, or would be taken for the score's
NO_NUMBERS = ("any", "any other", "no reading")  # rows of a table that hold what no other row does
LARGE = 1_000  # of money: from here on whole, and thousands apart
ROW = "Row of the table"
UNSCORED_NOTE = "not scored"  # of every row of an account without a score
# rows that the card adds by itself, named by what they do when the row brings no sentence
ADJUSTMENTS = {
    RowKind.BASELINE: "every account starts here",
    RowKind.CLAMP: "held within the scale",
    RowKind.ROUNDING: "rounded by the scorecard",
}


def show_explanation(it: Explanation, console: Console) -> None:
    """Print the whole snapshot."""
    _headline(it, console)
    if any(_deciding(row) for row in it.score.evidence):
        _evidence(it, console)
    scored = it.score.state is State.SCORED
    beside = [row for row in it.score.evidence if not row.counted and (scored or row.status != "missing")]
    _aside("Shown, not counted" if scored else "Known so far", [_uncounted(row, it) for row in beside], console)
    _aside("Review asked for", it.score.reviews, console)
    _aside("Caveats", it.caveats, console)
    _aside(
        "Further data would sharpen this" if scored else "Needed for a score", it.sharpen or it.score.missing, console
    )
    console.print()
    play = f" (play: {it.play})" if it.play else ""
    console.print(words("Next action: ", "bold").append_text(words(f"{it.next_action}{play}")))
    if it.score.path and it.score.next_tier:
        console.print(words(f"Path to {it.score.next_tier}: ", "bold").append_text(words(path(it.score.path))))
    if it.change:
        console.print()
        show_change(it.change, console)


def path(steps: Iterable[TierStep]) -> str:
    """The steps to the next tier in one line: "seats in use to 65 %: +6 points; sponsor meeting: +5 points"."""
    return "; ".join(_step(step) for step in steps)


def _step(step: TierStep) -> str:
    text = step.text or step.signal
    return f"{text}: +{figures.plain(step.points_milli)} points" if step.points_milli else text


def _headline(it: Explanation, console: Console) -> None:
    score = it.score
    title = words(it.name, "bold")
    if score.account_id and score.account_id != it.name:
        title.append(f" ({words(score.account_id).plain})", style="dim")
    console.print(title.append_text(words(f", as of {score.as_of} by {score.scorecard}")))
    console.print(_standing(it))
    facts = [
        f"owner {it.owner or 'nobody'}" if it.owner or not it.described else "",
        f"segment {segment}" if (segment := it.segment or score.segment) else "",
        f"MRR {figures.money(it.mrr_minor, it.currency)}" if it.mrr_minor is not None else "",
        f"renewal {it.renewal_day}" if it.renewal_day else "",
        f"newest fact {it.fresh_as_of}" if it.fresh_as_of else "",
    ]
    console.print(words(" · ".join(fact for fact in facts if fact)))
    if it.trend.note:
        console.print(words(f"Trend: {it.trend.note}"))


def _standing(it: Explanation) -> Text:
    score = it.score
    covered = f"coverage {figures.share(score.coverage_ppm)}"
    if score.state is not State.SCORED:
        return words(score.state.value, "bold").append(f" · {covered}")
    line = words(figures.points(score.score_milli), "bold").append(" ")
    line.append_text(tier_text(score.tier, it.tiers))
    if score.low_milli is not None and score.high_milli is not None:
        line.append(f" · range {figures.points(score.low_milli)} to {figures.points(score.high_milli)}")
    return line.append(f" · {covered}")


def _deciding(row: Evidence) -> bool:
    """Whether a row belongs into the sum; what the card could have done and did not is left out."""
    return row.counted and (row.kind not in ADJUSTMENTS or row.points_milli != 0)


def _evidence(it: Explanation, console: Console) -> None:
    console.print()
    rows = sorted(filter(_deciding, it.score.evidence), key=_lost, reverse=True)
    learned = any(row.band for row in rows)
    columns = _of_table(it, console) if learned else _of_card(it, console)
    if any(row.observed_at for row in rows):
        columns["As of"] = lambda row: words(_seen(row))
    grid = table(*columns, right=("Points", "of", "best"), flexible=("Why", ROW))
    for row in rows:
        grid.add_row(*(cell(row) for cell in columns.values()))
    if it.score.score_milli is not None:
        grid.add_section()
        grid.add_row(
            words(figures.points(it.score.score_milli), "bold"), "", words("the score, sum of all rows", "bold")
        )
    console.print(fitted(grid, console.width, ("best",)) if learned else grid)


def _of_card(it: Explanation, console: Console) -> Columns:
    """The columns of a card whose measures earn points, each up to its most."""
    return {
        "Points": lambda row: words(figures.points(row.points_milli)),
        "of": lambda row: Text(figures.points(row.max_points_milli) if _earns(row) else ""),
        "Why": lambda row: words(_why(row)),
        **({"Dimension": lambda row: words(row.dimension)} if console.width >= WIDE else {}),
        "Signal": lambda row: words(row.name),
        "Value": lambda row: words(_value(row, it.currency)),
    }


def _of_table(it: Explanation, console: Console) -> Columns:
    """The columns of a learned card: rows of its table give and take points, and one of them holds the reading."""
    return {
        "Points": lambda row: words(_by_kind(row, row.points_milli)),
        "best": lambda row: Text(figures.signed(row.max_points_milli) if row.kind in MEASURED else ""),
        "Why": lambda row: words(_why(row)),
        **({"Signal": lambda row: words(row.name)} if console.width >= WIDE else {}),
        "Value": lambda row: words(_value(row, it.currency)),
        ROW: lambda row: words(_with_unit(row.band, row, it.currency)),
    }


def _earns(row: Evidence) -> bool:
    return row.kind in MEASURED and row.max_points_milli > 0


def _by_kind(row: Evidence, milli: int) -> str:
    """With its sign, but for where every account starts."""
    return figures.points(milli) if row.kind is RowKind.BASELINE else figures.signed(milli)


def _lost(row: Evidence) -> tuple[bool, int]:
    """Measures by points lost, then what the card did with their sum."""
    measured = row.kind in MEASURED
    return measured, (row.max_points_milli - row.points_milli) if measured else 0


def _why(row: Evidence) -> str:
    sentence = row.reason or ADJUSTMENTS.get(row.kind, "")
    return f"{sentence} [{row.note}]" if row.note else sentence


def _value(row: Evidence, currency: str) -> str | None:
    if row.value is None:
        return row.status if row.status != "fresh" else None
    large = row.unit == "money" and abs(amount := float(row.value)) >= LARGE
    return _with_unit(f"{amount:,.0f}" if large else row.value, row, currency)


def _with_unit(said: str | None, row: Evidence, currency: str) -> str | None:
    if said is None or row.unit is None or row.unit in BARE or said in NO_NUMBERS:
        return said
    return f"{said} {currency if row.unit == 'money' else row.unit}"


def _seen(row: Evidence) -> str | None:
    if row.observed_at is None:
        return None
    mark = ASSUMED if row.basis == "assumed" else ""
    return f"{mark}{row.observed_at} (stale)" if row.status == "stale" else f"{mark}{row.observed_at}"


def _uncounted(row: Evidence, it: Explanation) -> str:
    value = _value(row, it.currency)
    name = f"{row.name}: {value}" if value and value not in row.reason else row.name
    sentence = f"{name}. {row.reason}" if row.reason else name
    return f"{sentence} [{row.note}]" if row.note and row.note not in (value, UNSCORED_NOTE) else sentence


def _aside(title: str, lines: Iterable[str], console: Console) -> None:
    lines = tuple(lines)
    if not lines:
        return
    console.print()
    console.print(title, style="bold")
    for line in lines:
        console.print(words(f"- {line}"))
