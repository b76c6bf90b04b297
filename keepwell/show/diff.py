"""Who would move tier with another scorecard, on the month-ends of history."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console

from keepwell.show import figures
from keepwell.show.screen import table, tier_text, words
from keepwell.words.report import DiffReport, TierMove

MOST_MOVES = 20  # of the newest month-end on a terminal; --json has all of them


def show_diff(report: DiffReport, console: Console) -> None:
    """Print the newest month-end's moves, their sums per segment and owner, and how many every month had."""
    title = f"{report.scorecard_b} instead of {report.scorecard_a}"
    if not report.month_ends:
        console.print(words(f"{title}: no month-end lies in the history", "bold"))
        return
    newest = report.month_ends[-1]
    moves = [move for move in report.moves if move.month_end == newest]
    text = f"{title}, as of {newest}: {len(moves):,} of {figures.count(report.accounts[-1], 'account')} change tier"
    console.print(words(text, "bold"))
    if moves:
        _moves(report, moves, console)
        _sums("Segment", moves, lambda move: move.segment, report, console)
        _sums("Owner", moves, lambda move: move.owner, report, console)
    _months(report, console)


def _moves(report: DiffReport, moves: Sequence[TierMove], console: Console) -> None:
    mrr = f"MRR {report.currency}"
    grid = table("Account", "From", "", "To", "", mrr, "Segment", "Owner", right=("", mrr), flexible=("Account",))
    for move in sorted(moves, key=lambda m: (m.mrr_minor is None, -(m.mrr_minor or 0)))[:MOST_MOVES]:
        grid.add_row(
            words(move.name if move.name == move.account_id else f"{move.name} ({move.account_id})"),
            tier_text(move.tier_a or "unscored", report.tiers_a),
            words(figures.points(move.score_a_milli)),
            tier_text(move.tier_b or "unscored", report.tiers_b),
            words(figures.points(move.score_b_milli)),
            words(figures.money(move.mrr_minor, report.currency).removesuffix(f" {report.currency}")),
            words(move.segment),
            words(move.owner),
        )
    console.print(grid)
    if len(moves) > MOST_MOVES:
        console.print(f"and {len(moves) - MOST_MOVES:,} more (--json lists them)")


def _sums(
    title: str,
    moves: Sequence[TierMove],
    key: Callable[[TierMove], str | None],
    report: DiffReport,
    console: Console,
) -> None:
    groups: dict[str, list[TierMove]] = {}
    for move in moves:
        groups.setdefault(key(move) or "none", []).append(move)
    grid = table(
        title, "Better", "Worse", "Other", "MRR that moves", right=("Better", "Worse", "Other", "MRR that moves")
    )
    for name, group in sorted(groups.items(), key=lambda item: (-_mrr(item[1]), item[0])):
        ways = [direction(move, report) for move in group]
        counts = (str(ways.count(way)) for way in ("better", "worse", "other"))
        grid.add_row(words(name), *counts, words(_revenue(group, report.currency)))
    console.print()
    console.print(grid)


def direction(move: TierMove, report: DiffReport) -> str:
    """Whether the second card sees the account in a better or worse place; other: unscored on one side."""
    if move.tier_a not in report.tiers_a or move.tier_b not in report.tiers_b:
        return "other"
    place_a, place_b = _place(move.tier_a, report.tiers_a), _place(move.tier_b, report.tiers_b)
    if place_a == place_b:
        return "other"
    return "better" if place_b < place_a else "worse"


def _place(tier: str | None, tiers: Sequence[str]) -> float:
    """0 for the best tier, 1 for the worst, so that cards with different tiers compare."""
    return tiers.index(tier or "") / max(len(tiers) - 1, 1)


def _mrr(moves: Sequence[TierMove]) -> int:
    return sum(move.mrr_minor or 0 for move in moves)


def _revenue(moves: Sequence[TierMove], currency: str) -> str:
    """The sum of what is known, and of how many accounts it is not."""
    unknown = sum(move.mrr_minor is None for move in moves)
    known = [figures.money(_mrr(moves), currency)] if unknown < len(moves) or not moves else []
    return " + ".join([*known, *([f"{unknown:,} unknown"] if unknown else [])])


def _months(report: DiffReport, console: Console) -> None:
    columns = ("Accounts", "Change tier", "Better", "Worse", "MRR that moves")
    grid = table("Month-end", *columns, right=columns)
    for month_end, accounts in zip(report.month_ends, report.accounts, strict=True):
        moves = [move for move in report.moves if move.month_end == month_end]
        ways = [direction(move, report) for move in moves]
        counts = (accounts, len(moves), ways.count("better"), ways.count("worse"))
        mrr = words(_revenue(moves, report.currency))
        grid.add_row(str(month_end), *(f"{count:,}" for count in counts), mrr)
    console.print()
    console.print(grid)
