"""The evaluation: a scorecard's figures on rows it has not seen, beside what else could be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from keepwell.learning import leaks, metrics, splits
from keepwell.learning.examples import Column, Examples, Flags, Floats, Whole
from keepwell.learning.points import PER_LOG_ODDS
from keepwell.learning.predictors import Predictor, Told, base_rate, black_box, cross_fitted
from keepwell.learning.splits import Split
from keepwell.words.learning import Border, Contrast, Estimate, Evaluation, Miss, Zone
from keepwell.words.learning import Predictor as Figures

SUBJECT, BLACK_BOX, STAYS, EXPERT = "this card", "black box", "always stays", "expert card"
TIERS = (("healthy", 70.0), ("watch", 50.0), ("at risk", 30.0), ("critical", None))
MOST_MISSES = 10
MOST_CONTRASTS = 15
YEAR = 365


def evaluate(
    examples: Examples,
    name: str,
    subject: Predictor,
    expert: Predictor | None = None,
    tiers: Sequence[tuple[str, float | None]] = TIERS,
) -> Evaluation:
    """Examine `subject` on folds of the examples; nothing it tells was learned from the rows it is judged on."""
    folds = splits.folds(examples)
    wanted: dict[str, Predictor] = {SUBJECT: subject, STAYS: base_rate, BLACK_BOX: black_box}
    wanted |= {EXPERT: expert} if expert is not None else {}
    told = {who: cross_fitted(examples, folds, predictor) for who, predictor in wanted.items()}
    seen = np.flatnonzero(~np.isnan(told[SUBJECT].risk))
    told[STAYS] = Told(np.full(examples.size, told[STAYS].risk[seen].mean()))  # one number: it ranks nobody
    window = splits.last_window(examples)
    last = seen[np.isin(seen, window.test)] if window is not None else seen[:0]
    rows = examples.take(seen)
    figures = _figures(examples, seen, told)
    return Evaluation(
        scorecard=name,
        rows=rows.size,
        events=rows.events,
        base_rate=rows.base_rate,
        how=_how(examples, folds),
        predictors=figures,
        beats=_beats(examples, seen, told),
        tenths=metrics.tenths(rows.outcome, told[SUBJECT].risk[seen]),
        zones=_zones(examples, seen, told[SUBJECT], tiers),
        borders=_borders(examples, seen, told[SUBJECT], tiers),
        misses=_misses(examples, seen, told[SUBJECT]),
        contrasts=_contrasts(rows),
        mrr_auc=_weighted(examples, seen, told[SUBJECT].risk),
        last_window=_figures(examples, last, told) if _both(examples, last) else (),
        fold_gains=_gains(examples, folds, told),
        notes=_notes(figures[0]),
    )


def _how(examples: Examples, folds: Sequence[Split]) -> str:
    if examples.day is not None and splits.origins(examples):
        apart = "; no account on both sides" if examples.group is not None else ""
        ahead = f"learning ends {examples.ahead_days} days before each window"
        return f"rolling origin, {len({fold.name for fold in folds})} windows, {ahead}{apart}"
    return f"{len(folds)} folds of whole accounts" if examples.group is not None else f"{len(folds)} stratified folds"


def _figures(examples: Examples, rows: Whole, told: Mapping[str, Told]) -> tuple[Figures, ...]:
    outcome, blocks = examples.outcome[rows], examples.blocks[rows]
    return tuple(
        Figures(who, tuple(metrics.measured(outcome, one.risk[rows], blocks).items())) for who, one in told.items()
    )


def _beats(examples: Examples, rows: Whole, told: Mapping[str, Told]) -> tuple[tuple[str, Estimate], ...]:
    outcome, blocks = examples.outcome[rows], examples.blocks[rows]
    return tuple(
        (who, metrics.difference(outcome, (told[SUBJECT].risk[rows], told[who].risk[rows]), blocks))
        for who in (BLACK_BOX, EXPERT)
        if who in told
    )


def _gains(examples: Examples, folds: Sequence[Split], told: Mapping[str, Told]) -> tuple[Estimate, ...]:
    """Per window what the card ranks better than the expert's."""
    if EXPERT not in told or examples.day is None:
        return ()
    found = []
    for origin in splits.origins(examples):
        rows = np.concatenate([fold.test for fold in folds if fold.name == str(origin)])
        risks = (told[SUBJECT].risk[rows], told[EXPERT].risk[rows])
        found.append(metrics.difference(examples.outcome[rows], risks, examples.blocks[rows]))
    return tuple(found)


def _zones(examples: Examples, rows: Whole, told: Told, tiers: Sequence[tuple[str, float | None]]) -> tuple[Zone, ...]:
    if told.score is None:
        return ()
    score, risk, outcome = told.score[rows], told.risk[rows], examples.outcome[rows]
    found, top = [], np.inf
    for tier, border in tiers:
        inside = (score < top) & (score >= (-np.inf if border is None else border))
        observed = float(outcome[inside].mean()) if inside.any() else 0.0
        foretold = float(risk[inside].mean()) if inside.any() else 0.0
        found.append(Zone(tier, border, int(inside.sum()), foretold, observed, per_year(observed, examples.ahead_days)))
        top = -np.inf if border is None else border
    return tuple(found)


def per_year(share: float, days: int) -> float | None:
    """The share that would be gone after a year of such horizons; None where the horizon is not known.

    >>> round(per_year(0.02, 90), 3)
    0.079
    """
    return 1 - (1 - share) ** (YEAR / days) if days else None


def _borders(
    examples: Examples, rows: Whole, told: Told, tiers: Sequence[tuple[str, float | None]]
) -> tuple[Border, ...]:
    if told.score is None:
        return ()
    score, outcome = told.score[rows], examples.outcome[rows]
    return tuple(metrics.at_border(outcome, score, border) for _, border in tiers if border is not None)


def _misses(examples: Examples, rows: Whole, told: Told) -> tuple[Miss, ...]:
    """The surest that went wrong: half of them stayed against all signs, half left without any."""
    risk, outcome = told.risk[rows], examples.outcome[rows]
    away = np.abs(outcome - risk)
    half = MOST_MISSES // 2
    chosen = [
        i
        for happened in (True, False)
        for i in [j for j in np.argsort(-away, kind="stable") if outcome[j] == happened][:half]
    ]
    score = told.score[rows] if told.score is not None else -PER_LOG_ODDS * np.log(risk / (1 - risk))
    return tuple(
        Miss(
            examples.keys[rows[i]], float(score[i]), float(risk[i]), bool(outcome[i]), _evidence(examples, int(rows[i]))
        )
        for i in chosen
    )


def _evidence(examples: Examples, row: int) -> tuple[tuple[str, str], ...]:
    return tuple((column.name, _shown(column, row)) for column in examples.columns[:5])


def _shown(column: Column, row: int) -> str:
    value = column.values[row]
    if np.isnan(value):
        return "missing"
    return column.signal.categories[int(value)] if column.signal.categories else column.signal.unit.show(int(value))


def _contrasts(examples: Examples) -> tuple[Contrast, ...]:
    """Signal by signal what those with the outcome read at the time, against the others; the most telling first."""
    found = []
    for column in examples.columns:
        auc = leaks.alone(column.values, bool(column.signal.categories), examples)
        kinds = bool(column.signal.categories)
        found.append(
            Contrast(
                column.name,
                None if kinds else _median(column, examples.outcome),
                None if kinds else _median(column, ~examples.outcome),
                auc,
            )
        )
    return tuple(sorted(found, key=lambda one: -one.auc)[:MOST_CONTRASTS])


def _median(column: Column, rows: Flags) -> float | None:
    values = column.values[rows]
    known = values[~np.isnan(values)]
    return float(np.median(known)) / column.signal.unit.scale if len(known) else None


def _weighted(examples: Examples, rows: Whole, risk: Floats) -> float | None:
    """The AUC with every account counted by its revenue."""
    if examples.mrr is None:
        return None
    weight = np.nan_to_num(examples.mrr[rows])
    return metrics.weighted_auc(examples.outcome[rows], risk[rows], weight) if weight.sum() > 0 else None


def _both(examples: Examples, rows: Whole) -> bool:
    return len(rows) > 0 and len(np.unique(examples.outcome[rows])) == 2


def _notes(figures: Figures) -> tuple[str, ...]:
    """What a reader must be told first."""
    auc = figures.estimate("auc")
    interval = f"AUC {auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})"
    if auc.low <= 0.5:
        return (f"there is nothing certain to learn here: {interval}, chance is 0.5",)
    if auc.value < 0.65:
        return (f"there is little to learn here: {interval}",)
    return ()
