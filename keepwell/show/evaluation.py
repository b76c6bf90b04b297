"""A training or an evaluation on the terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from keepwell.show.screen import table, words
from keepwell.words.inert import clean
from keepwell.words.learning import (
    EXPERT,
    Estimate,
    Evaluation,
    LeadTime,
    Predictor,
    SegmentFigures,
    TrainReport,
    TrendAccuracy,
)

MEASURES = (("auc", "AUC"), ("pr_auc", "PR-AUC"), ("brier", "Brier"), ("log_loss", "log-loss"), ("ece", "ECE"))
MOST_NAMED = 8  # signals for one reason
WITH_INTERVAL = ("auc", "pr_auc")  # what a line has room for; the page has all


def show_training(report: TrainReport, console: Console) -> None:
    """The verdict, the signals and the figures."""
    console.print(clean(f"{report.scorecard}: {report.rung}, may {report.authority}"), style="bold", markup=False)
    for reason in report.reasons:
        console.print(f"  {clean(reason)}", markup=False)
    if report.signals:
        grid = table("signal", "what it is", "rows", "points", right=("rows", "points"))
        for one in report.signals:
            span = f"{one.lowest:+d} to {one.highest:+d}"
            grid.add_row(words(one.name), words(one.title), words(str(one.rows)), words(span))
        console.print(grid)
    for dropped, kept in report.twins:
        console.print(clean(f"{dropped} says the same as {kept} and was left out"), markup=False)
    for why in dict.fromkeys(why for _, why in report.left_out):
        names = [name for name, reason in report.left_out if reason == why]
        rest = f" and {len(names) - MOST_NAMED} more (the model card lists them)" if len(names) > MOST_NAMED else ""
        console.print(clean(f"no signal: {', '.join(names[:MOST_NAMED])}{rest}: {why}"), markup=False)
    for leak in report.leaks:
        console.print(clean(f"accepted: {leak.text}"), markup=False)
    if report.evaluation is not None:
        show_evaluation(report.evaluation, console)
    if (said := compared_sentence(report)) is not None:
        console.print(clean(said), markup=False)
    if report.file is not None:
        page = Path(report.file).with_suffix(".html")
        console.print(clean(f"written: {report.file}, {report.model_card}, {page}"), markup=False)


def show_evaluation(it: Evaluation, console: Console) -> None:
    """Figures side by side, then what each tier meant."""
    console.print(clean(f"{it.scorecard}, judged on {examples_sentence(it)}; {it.how}"), markup=False)
    for note in it.notes:
        console.print(clean(note), style="bold", markup=False)
    _predictors(it.predictors, console)
    for other, gain in it.beats:
        console.print(clean(f"AUC against {other}: {_signed(gain)}"), markup=False)
    if it.lead_time is not None:
        console.print(clean(lead_sentence(it.lead_time)), markup=False)
    if it.trend is not None:
        console.print(clean(trend_sentence(it.trend)), markup=False)
    if it.pulse is not None:
        p = it.pulse
        what = f"against the owners' pulse, on {p.rows:,} readings with {p.events} outcomes"
        figures = f"AUC {p.card.value:.3f} and {p.pulse.value:.3f}: {_signed(p.gain)}"
        console.print(clean(f"{what}: {figures}"), markup=False)
    if it.segments:
        _segments(it.segments, console)
    if it.zones:
        grid = table(
            "tier",
            "examples",
            "foretold",
            "observed",
            "per year",
            right=("examples", "foretold", "observed", "per year"),
        )
        for zone in it.zones:
            yearly = "–" if zone.per_year is None else f"{100 * zone.per_year:.1f} %"
            shares = (f"{100 * zone.foretold:.1f} %", f"{100 * zone.observed:.1f} %", yearly)
            grid.add_row(words(zone.tier), words(f"{zone.rows:,}"), *(words(share) for share in shares))
        console.print(grid)


def examples_sentence(it: Evaluation) -> str:
    """How many examples there are; several months may stand before one outcome, so that the share is of examples."""
    return f"{it.rows:,} examples, {it.events:,} outcomes; one followed {100 * it.base_rate:.1f} % of the examples"


def compared_sentence(it: TrainReport) -> str | None:
    """On which months the card was compared with another that outcomes had made too; None: on all that examine it."""
    compared = it.compared_with
    if compared is None or compared.since is None or it.evaluation is None:
        return None
    name, said = f"'{compared.scorecard}'", "outcomes of earlier ones had a say in it"
    if it.evaluation.against(EXPERT) is not None:
        return f"compared with {name} on months from {compared.since} on: {said}"
    return (
        f"not compared with {name}: only months from {compared.since} on are new to it, and too few of them are certain"
    )


def lead_sentence(it: LeadTime) -> str:
    """How early the outcome was foretold."""
    median = f", at the median for {it.median_days:.0f} days" if it.median_days is not None else ""
    timely = f"; 60 to 90 days before it {it.in_time} of {it.readable}" if it.readable else ""
    return (
        f"{it.warned} of {it.accounts} accounts with the outcome were under {it.border:g} at their last reading{median}"
        f"{timely}; of all other readings {100 * it.usual:.0f} % are"
    )


def trend_sentence(it: TrendAccuracy) -> str:
    """Whether a fall goes on."""
    fell = f"{100 * it.worse_if_falling:.0f} % were as much worse again or gone, {100 * it.gone_if_falling:.1f} % gone"
    others = f"{100 * it.worse_if_not:.0f} % and {100 * it.gone_if_not:.1f} %"
    return (
        f"90 days after a fall of {it.least_fall:g} or more points within a month ({it.falling:,} readings) {fell};"
        f" of the {it.others:,} others {others}: {_percent(it.gain)} gone"
    )


def _segments(given: tuple[SegmentFigures, ...], console: Console) -> None:
    right = ("examples", "outcomes", "foretold", "observed", "AUC")
    grid = table("segment", *right, right=right)
    for one in given:
        shares = (f"{100 * one.foretold:.1f} %", f"{100 * one.observed:.1f} %")
        auc = _interval(one.auc) if one.auc is not None else "too few"
        cells = (f"{one.rows:,}", f"{one.events:,}", *shares, auc)
        grid.add_row(words(one.segment), *(words(cell) for cell in cells))
    console.print(grid)


def _percent(it: Estimate) -> str:
    return f"{100 * it.value:+.1f} % ({100 * it.low:+.1f} to {100 * it.high:+.1f})"


def _predictors(given: tuple[Predictor, ...], console: Console) -> None:
    grid = table("", *(title for _, title in MEASURES), right=tuple(title for _, title in MEASURES))
    for one in given:
        figures = [(name, one.estimate(name)) for name, _ in MEASURES]
        cells = [_interval(it) if name in WITH_INTERVAL else f"{it.value:.3f}" for name, it in figures]
        grid.add_row(words(one.name), *(words(cell) for cell in cells))
    console.print(grid)


def _interval(it: Estimate) -> str:
    return f"{it.value:.3f} ({it.low:.3f}–{it.high:.3f})"


def _signed(it: Estimate) -> str:
    return f"{it.value:+.3f} ({it.low:+.3f} to {it.high:+.3f})"
