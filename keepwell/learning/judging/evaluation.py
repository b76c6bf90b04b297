"""The evaluation: a scorecard's figures on rows it has not seen, beside what else could be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from keepwell.learning.judging import ladder, metrics, slices
from keepwell.learning.judging.contrasts import contrasts, said
from keepwell.learning.judging.falling import trend_accuracy
from keepwell.learning.judging.lead_time import lead_time
from keepwell.learning.judging.predictors import Predictor, Told, base_rate, black_box, by_card, cross_fitted
from keepwell.learning.model.card import tiers_of
from keepwell.learning.model.points import PER_LOG_ODDS
from keepwell.learning.samples import splits
from keepwell.learning.samples.examples import Examples, Floats, Whole
from keepwell.learning.samples.splits import Split
from keepwell.words.learning import EXPERT, Border, Estimate, Evaluation, Miss, SegmentFigures, Zone
from keepwell.words.learning import Predictor as Figures

SUBJECT, BLACK_BOX, STAYS = "this card", "black box", "always stays"
Tiers = Sequence[tuple[str, float | None]]  # name and lower border, best first; the last has none
MOST_MISSES = 10
EVIDENCE = 5  # signals that are shown of an account the score was wrong about
YEAR = 365
LITTLE = 0.6  # an AUC that is not certainly higher ranks hardly anybody


def evaluate(
    examples: Examples,
    name: str,
    subject: Predictor,
    expert: Predictor | None = None,
    tiers: Tiers | None = None,
) -> Evaluation:
    """Examine `subject` on folds of the examples; nothing it tells was learned from the rows it is judged on."""
    folds = splits.folds(examples)
    wanted: dict[str, Predictor] = {SUBJECT: subject, STAYS: base_rate, BLACK_BOX: black_box}
    wanted |= {EXPERT: expert} if expert is not None else {}
    told = {who: cross_fitted(examples, folds, predictor) for who, predictor in wanted.items()}
    return examined(examples, folds, told, name, tiers or tiers_for(examples.target))


def tiers_for(target: str) -> Tiers:
    """The tiers of a learned card with their lower borders; the last has none."""
    *upper, (last, _) = tiers_of(target).items()
    return [*((tier, float(border)) for tier, border in upper), (last, None)]


def backtest(examples: Examples, cards: Mapping[str, Tiers]) -> tuple[Evaluation, ...]:
    """Examine hand-written cards, whose scores the examples have, on all rows, each beside the others.

    Only what turns a score into a probability is learned, from other accounts than it is judged on. A black
    box stands beside them where there are enough outcomes to learn anything.
    """
    folds = splits.of_accounts(examples)
    wanted: dict[str, Predictor] = {STAYS: base_rate}
    if examples.events >= ladder.REFUSED_UNDER:
        wanted[BLACK_BOX] = black_box
    known = {who: cross_fitted(examples, folds, predictor) for who, predictor in wanted.items()}
    told = {name: cross_fitted(examples, folds, by_card(name)) for name in cards}
    found = []
    for name, tiers in cards.items():
        others = {other: one for other, one in told.items() if other != name}
        found.append(examined(examples, folds, {SUBJECT: told[name], **known, **others}, name, tiers))
    return tuple(found)


def examined(examples: Examples, folds: Sequence[Split], told: dict[str, Told], name: str, tiers: Tiers) -> Evaluation:
    """The figures of what was told of rows that nobody had learned from; `told` names the card SUBJECT."""
    seen = np.flatnonzero(~np.isnan(told[SUBJECT].risk))
    told[STAYS] = Told(np.full(examples.size, told[STAYS].risk[seen].mean()))  # one number: it ranks nobody
    window = splits.last_window(examples)
    last = seen[np.isin(seen, window.test)] if window is not None else seen[:0]
    rows, risk, score = examples.take(seen), told[SUBJECT].risk[seen], _scores(told[SUBJECT], seen)
    top, told_apart = tiers[0][1], contrasts(rows)
    figures, segments = _figures(examples, seen, told), slices.by_segment(rows, risk)
    return Evaluation(
        scorecard=name,
        rows=rows.size,
        events=rows.events,
        base_rate=rows.base_rate,
        how=_how(examples, folds),
        predictors=figures,
        beats=_beats(examples, seen, told),
        tenths=metrics.tenths(rows.outcome, risk),
        zones=_zones(examples, seen, told[SUBJECT], tiers),
        borders=_borders(examples, seen, told[SUBJECT], tiers),
        misses=_misses(rows, risk, score, [one.signal for one in told_apart[:EVIDENCE]]),
        contrasts=told_apart,
        mrr_auc=slices.by_revenue(rows, risk),
        segments=segments,
        lead_time=lead_time(rows, score, top) if score is not None and top is not None else None,
        trend=trend_accuracy(rows, score) if score is not None else None,
        pulse=slices.against_pulse(rows, risk),
        last_window=_figures(examples, last, told) if _both(examples, last) else (),
        fold_gains=_gains(examples, folds, told),
        notes=_notes(figures[0], segments),
    )


def _how(examples: Examples, folds: Sequence[Split]) -> str:
    windows = {fold.name for fold in folds} & {str(origin) for origin in splits.origins(examples)}
    if windows:
        apart = "; no account on both sides" if examples.group is not None else ""
        ahead = f"learning ends {examples.ahead_days + examples.late_days} days before each window"
        return f"rolling origin, {len(windows)} windows, {ahead}{apart}"
    return f"{len(folds)} folds of whole accounts" if examples.group is not None else f"{len(folds)} stratified folds"


def _figures(examples: Examples, rows: Whole, told: Mapping[str, Told]) -> tuple[Figures, ...]:
    known = {who: rows[~np.isnan(one.risk[rows])] for who, one in told.items()}
    return tuple(
        Figures(
            who,
            tuple(metrics.measured(examples.outcome[some], told[who].risk[some], examples.blocks[some]).items()),
        )
        for who, some in known.items()
        if len(some) == len(rows) or _both(examples, some)
    )


def _beats(examples: Examples, rows: Whole, told: Mapping[str, Told]) -> tuple[tuple[str, Estimate], ...]:
    others = [who for who in told if who not in (SUBJECT, STAYS)]
    gains = ((who, _gain(examples, rows, told, who)) for who in others)
    return tuple((who, gain) for who, gain in gains if gain is not None)


def _gain(examples: Examples, rows: Whole, told: Mapping[str, Told], over: str) -> Estimate | None:
    """What the card ranks better than another, on the rows that both tell something of; None: on none of both kinds."""
    some = rows[~np.isnan(told[over].risk[rows])]
    if not _both(examples, some):
        return None
    risks = (told[SUBJECT].risk[some], told[over].risk[some])
    return metrics.difference(examples.outcome[some], risks, examples.blocks[some])


def _scores(told: Told, rows: Whole) -> Floats | None:
    return None if told.score is None else told.score[rows]


def _gains(examples: Examples, folds: Sequence[Split], told: Mapping[str, Told]) -> tuple[Estimate, ...]:
    """Per window what the card ranks better than the expert's."""
    if EXPERT not in told or examples.day is None:
        return ()
    found = []
    for origin in splits.origins(examples):
        rows = np.concatenate([fold.test for fold in folds if fold.name == str(origin)])
        found.append(_gain(examples, rows, told, EXPERT))
    return tuple(gain for gain in found if gain is not None)


def _zones(examples: Examples, rows: Whole, told: Told, tiers: Tiers) -> tuple[Zone, ...]:
    if told.score is None:
        return ()
    score, risk, outcome = told.score[rows], told.risk[rows], examples.outcome[rows]
    found, top = [], np.inf
    for tier, border in tiers:
        inside = (score < top) & (score >= (-np.inf if border is None else border))
        observed = float(outcome[inside].mean()) if inside.any() else 0.0
        foretold = float(risk[inside].mean()) if inside.any() else 0.0
        found.append(
            Zone(tier, border, int(inside.sum()), foretold, observed, per_year(observed, examples.horizon_days))
        )
        top = -np.inf if border is None else border
    return tuple(found)


def per_year(share: float, days: int) -> float | None:
    """The share that would be gone after a year of such horizons, the gap before them left out; None where none is known.

    >>> round(per_year(0.02, 60), 3)
    0.116
    """
    return 1 - (1 - share) ** (YEAR / days) if days else None


def _borders(examples: Examples, rows: Whole, told: Told, tiers: Tiers) -> tuple[Border, ...]:
    if told.score is None:
        return ()
    score, outcome = told.score[rows], examples.outcome[rows]
    return tuple(metrics.at_border(outcome, score, border) for _, border in tiers if border is not None)


def _misses(examples: Examples, risk: Floats, score: Floats | None, signals: Sequence[str]) -> tuple[Miss, ...]:
    """The surest that went wrong, with what `signals` read: half stayed against all signs, half left without any."""
    outcome = examples.outcome
    away = np.abs(outcome - risk)
    half = MOST_MISSES // 2
    chosen = [
        i
        for happened in (True, False)
        for i in [j for j in np.argsort(-away, kind="stable") if outcome[j] == happened][:half]
    ]
    shown = score if score is not None else -PER_LOG_ODDS * np.log(risk / (1 - risk))
    columns = [examples.column(name) for name in signals]
    return tuple(
        Miss(
            examples.keys[i],
            None if np.isnan(shown[i]) else float(shown[i]),
            float(risk[i]),
            bool(outcome[i]),
            tuple((column.name, said(column, int(i))) for column in columns),
        )
        for i in chosen
    )


def _both(examples: Examples, rows: Whole) -> bool:
    return len(rows) > 0 and len(np.unique(examples.outcome[rows])) == 2


def _notes(figures: Figures, segments: Sequence[SegmentFigures]) -> tuple[str, ...]:
    """What a reader must be told first."""
    auc = figures.estimate("auc")
    if auc.low <= ladder.CHANCE:
        return (f"there is nothing certain to learn here: {_interval(auc)}, chance is 0.5",)
    certain = f"certain is no more than {auc.low:.2f}, chance is 0.5"
    little = (f"there is little to learn here: {_interval(auc)}, {certain}",) if auc.low < LITTLE else ()
    blind = [one for one in segments if one.auc is not None and one.auc.low <= ladder.CHANCE]
    return (
        *little,
        *(f"within {it.segment} nothing certain is told: {_interval(it.auc)}" for it in blind if it.auc is not None),
    )


def _interval(auc: Estimate) -> str:
    return f"AUC {auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})"
