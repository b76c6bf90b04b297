"""A training or an evaluation on the terminal."""

from __future__ import annotations

from rich.console import Console

from keepwell.show.screen import clean, table, words
from keepwell.words.learning import Estimate, Evaluation, Predictor, TrainReport

MEASURES = (("auc", "AUC"), ("pr_auc", "PR-AUC"), ("brier", "Brier"), ("log_loss", "log-loss"), ("ece", "ECE"))


def show_training(report: TrainReport, console: Console) -> None:
    """The verdict, the signals and the figures."""
    console.print(clean(f"{report.scorecard}: {report.rung}, may {report.authority}"), style="bold", markup=False)
    for reason in report.reasons:
        console.print(f"  {clean(reason)}", markup=False)
    if report.signals:
        grid = table("signal", "rows", "points", right=("rows", "points"))
        for one in report.signals:
            grid.add_row(words(one.name), words(str(one.rows)), words(f"{one.lowest:+d} to {one.highest:+d}"))
        console.print(grid)
    for dropped, kept in report.twins:
        console.print(clean(f"{dropped} says the same as {kept} and was left out"), markup=False)
    for name, why in report.left_out:
        console.print(clean(f"{name} is no signal: {why}"), markup=False)
    for leak in report.leaks:
        console.print(clean(f"accepted: {leak.text}"), markup=False)
    if report.evaluation is not None:
        show_evaluation(report.evaluation, console)
    console.print(clean(f"written: {report.file}, {report.model_card}"), markup=False)


def show_evaluation(it: Evaluation, console: Console) -> None:
    """Figures side by side, then what each tier meant."""
    head = f"{it.scorecard} on {it.rows:,} examples, {it.events:,} outcomes ({100 * it.base_rate:.1f} %); {it.how}"
    console.print(clean(head), markup=False)
    for note in it.notes:
        console.print(clean(note), style="bold", markup=False)
    _predictors(it.predictors, console)
    for other, gain in it.beats:
        console.print(clean(f"AUC against {other}: {_signed(gain)}"), markup=False)
    if it.zones:
        grid = table(
            "tier",
            "accounts",
            "foretold",
            "observed",
            "per year",
            right=("accounts", "foretold", "observed", "per year"),
        )
        for zone in it.zones:
            yearly = "–" if zone.per_year is None else f"{100 * zone.per_year:.1f} %"
            shares = (f"{100 * zone.foretold:.1f} %", f"{100 * zone.observed:.1f} %", yearly)
            grid.add_row(words(zone.tier), words(f"{zone.rows:,}"), *(words(share) for share in shares))
        console.print(grid)


def _predictors(given: tuple[Predictor, ...], console: Console) -> None:
    grid = table("", *(title for _, title in MEASURES), right=tuple(title for _, title in MEASURES))
    for one in given:
        grid.add_row(words(one.name), *(words(_interval(one.estimate(name))) for name, _ in MEASURES))
    console.print(grid)


def _interval(it: Estimate) -> str:
    return f"{it.value:.3f} ({it.low:.3f}–{it.high:.3f})"


def _signed(it: Estimate) -> str:
    return f"{it.value:+.3f} ({it.low:+.3f} to {it.high:+.3f})"
