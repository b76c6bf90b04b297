"""The simulated company with its truth, which only this benchmark reads: what learning finds of what was planted.

The newest half year of month-ends judges. What judges an account was learned before from other
accounts: two halves of the accounts teach each other, and learning ends before the window begins.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from scipy.stats import spearmanr

from keepwell.book.scorer import Scorer
from keepwell.demo.company import write_company
from keepwell.learning.judging import ladder, metrics, predictors
from keepwell.learning.judging.ladder import Rung
from keepwell.learning.judging.predictors import Predictor, Told, cross_fitted
from keepwell.learning.model.learner import Choices, learn
from keepwell.learning.samples import history
from keepwell.learning.samples.examples import Examples, Floats, Whole
from keepwell.learning.samples.splits import Split
from keepwell.scoring.compile import Compiled
from keepwell.use_cases import runs
from keepwell.words.learning import CompanyHistory, Estimate

WINDOW = 6  # month-ends that judge
HALVES = 2  # of the accounts
CHURNS = (20, 40, 80, 160)  # that a younger company has to learn from
DRAWS = 3  # of such companies
FOLLOWS = 0.1  # rank correlation with the hidden condition from which a signal is driven by it
TRUTH = """
SELECT account_id || ' on ' || month_end, condition::DOUBLE,
       (churn_probability_90d::DOUBLE - churn_probability_30d::DOUBLE) / (1 - churn_probability_30d::DOUBLE)
FROM read_csv(?, all_varchar = true)
"""


@dataclass(frozen=True)
class Company:
    """Examples of its history with the expert's scores, and of each the hidden condition and the true chance."""

    examples: Examples
    expert: Compiled
    condition: Floats
    chance: Floats


@dataclass(frozen=True)
class Judged:
    """What judges: the splits, and the rows of the window."""

    splits: tuple[Split, ...]
    rows: Whole


def figures(folder: Path, accounts: int) -> dict[str, object]:
    """All figures of a company of so many accounts, which `folder` has or gets."""
    clock = {"start": time.process_time()}
    if not (folder / "keepwell.yml").exists():
        write_company(folder, accounts)
        runs.ingest(runs.open_project(folder))
    clock["written"] = time.process_time()
    company = read(folder)
    clock["read"] = time.process_time()
    judged = window(company.examples)
    found = {"accounts": accounts, "examples": company.examples.size, "churns": company.examples.events}
    found |= beside_the_truth(company, judged) | drivers(company, judged)
    clock["learned"] = time.process_time()
    ladders = {str(churns): rung(company, judged, churns) for churns in CHURNS}
    clock["ladder"] = time.process_time()
    spent = zip(list(clock.items())[1:], clock.values(), strict=False)
    seconds = {name: round(end - start, 1) for (name, end), start in spent}
    return found | {"ladder": {name: one for name, one in ladders.items() if one}, "cpu_s": seconds}


def read(folder: Path) -> Company:
    """The examples that `keepwell train` learns from, with the truth beside them."""
    project = runs.open_project(folder)
    scorer = Scorer(project)
    card = scorer.headline()
    until = project.last_closed_day(runs.now_of(project))
    examples = history.sample_of(scorer, CompanyHistory(), until, [card]).examples
    with duckdb.connect() as connection:
        rows = connection.execute(TRUTH, [str(folder / "truth" / "churn_probability.csv")]).fetchall()
    truth = {key: (condition, chance) for key, condition, chance in rows}
    condition, chance = np.array([truth.get(key, (np.nan, np.nan)) for key in examples.keys], float).T
    known = ~np.isnan(chance)  # a parent without a contract of its own has no chance
    return Company(examples.take(known), card.compiled, condition[known], chance[known])


def window(examples: Examples, seed: int = 0) -> Judged:
    """The newest month-ends, each half of the accounts foretold from the other's past."""
    if examples.day is None or examples.group is None:
        raise TypeError("a history has days and accounts")
    days = np.unique(examples.day)[-WINDOW:]
    before, inside = examples.day + examples.ahead_days <= days[0], np.isin(examples.day, days)
    known, at = np.unique(examples.group, return_inverse=True)
    half = (np.random.default_rng(seed).permutation(len(known)) % HALVES)[at]
    splits = tuple(
        Split(np.flatnonzero(before & (half != side)), np.flatnonzero(inside & (half == side)))
        for side in range(HALVES)
    )
    return Judged(splits, np.flatnonzero(inside))


def beside_the_truth(company: Company, judged: Judged) -> dict[str, object]:
    """The learned table beside the expert's card, and how much of the truth both find."""
    examples, rows = company.examples, judged.rows
    ways = {"learned": predictors.learned(Choices()), "expert": _expert(company)}
    told = {name: cross_fitted(examples, judged.splits, way) for name, way in ways.items()}
    risks = {name: one.risk[rows] for name, one in told.items()} | {"truth": company.chance[rows]}
    outcome, blocks = examples.outcome[rows], examples.blocks[rows]
    part = examples.take(rows)
    found: dict[str, object] = {
        "window": {"examples": part.size, "churns": part.events, "base_rate": round(part.base_rate, 4)}
    }
    for name, risk in risks.items():
        measures = metrics.measured(outcome, risk, blocks)
        found[name] = {measure: _shown(measures[measure]) for measure in ("auc", "log_loss")}
    both = (risks["learned"], risks["expert"])
    found["auc_over_expert"] = _shown(metrics.difference(outcome, both, blocks))
    gap = metrics.difference(outcome, (risks["learned"], risks["truth"]), blocks, "log_loss")
    found["log_loss_over_truth"] = _shown(gap)
    found["rank_correlation_with_truth"] = {name: _alike(risks[name], risks["truth"]) for name in ways}
    return found


def drivers(company: Company, judged: Judged) -> dict[str, object]:
    """Whether points rise with what was planted: the hidden condition, else the true chance to stay.

    A signal that follows the condition is one of its symptoms; what does not, such as how soon a contract
    ends, acts on the chance itself.
    """
    before = np.sort(np.concatenate([split.train for split in judged.splits]))
    examples = company.examples.take(before)
    condition, chance = company.condition[before], company.chance[before]
    table = learn(examples).table
    codes = table.codes(examples)
    found = {}
    for part, points in zip(table.parts, table.points, strict=True):
        given = points[part.row_of(codes)].astype(np.float64)
        known = ~np.isnan(np.column_stack([codes[name] for name in part.signals])).any(axis=1)
        symptom = max(abs(_alike(codes[name][known], condition[known])) for name in part.signals) >= FOLLOWS
        planted = condition if symptom else -chance
        found[part.name] = {
            "follows": "condition" if symptom else "chance",
            "agreement": _alike(given[known], planted[known]),
            "spread": round(float(given.std()), 1),  # points
        }
    right = sum(one["agreement"] > 0 for one in found.values() if isinstance(one["agreement"], float))
    return {"drivers": {"right": right, "of": len(found), "signals": found}}


def rung(company: Company, judged: Judged, churns: int) -> dict[str, object] | None:
    """What the ladder chooses to learn from so few churns, beside the expert's card; None where there are fewer."""
    examples, rows = company.examples, judged.rows
    if any(examples.take(split.train).events < churns for split in judged.splits):
        return None
    outcome, blocks = examples.outcome[rows], examples.blocks[rows]
    gains, rungs = [], set()
    for draw in range(DRAWS):
        splits = [Split(_young(examples, split.train, churns, draw), split.test) for split in judged.splits]
        rungs |= {str(_verdict(examples.take(split.train)).rung) for split in splits}
        # by scores: what turns them into probabilities differs between the halves, and by chance after few churns
        ways = (_by_ladder(company.expert), _expert(company))
        chosen, expert = (-_scores(cross_fitted(examples, splits, way), rows) for way in ways)
        gains.append(metrics.difference(outcome, (chosen, expert), blocks))
    return {
        "rung": sorted(rungs),
        "auc_over_expert": [_shown(gain) for gain in gains],
        "significantly_worse": sum(gain.high < 0 for gain in gains),
    }


def _young(examples: Examples, rows: Whole, churns: int, seed: int) -> Whole:
    """The rows of accounts drawn until so many churns are among them: a company of that age and size."""
    groups = examples.blocks[rows]
    drawn = np.random.default_rng(seed).permutation(np.unique(groups))
    numbers = examples.event if examples.event is not None else examples.blocks
    lost = rows[examples.outcome[rows]]
    events = {group: len(np.unique(numbers[lost][examples.blocks[lost] == group])) for group in examples.blocks[lost]}
    enough = int(np.searchsorted(np.cumsum([events.get(group, 0) for group in drawn]), churns)) + 1
    return rows[np.isin(groups, drawn[:enough])]


def _verdict(train: Examples) -> ladder.Verdict:
    return ladder.verdict(train.events, train.size, min(ladder.FULL_SIGNALS, len(train.columns)))


def _by_ladder(expert: Compiled) -> Predictor:
    """What training would learn from the rows that teach."""

    def told(train: Examples, test: Examples) -> Told:
        verdict = _verdict(train)
        if verdict.rung is Rung.SHRINK:
            return predictors.shrunk(expert)(train, test)
        return predictors.learned(Choices(most_signals=verdict.most_signals))(train, test)

    return told


def _expert(company: Company) -> Predictor:
    return predictors.by_card(company.expert.plan.name)


def _scores(told: Told, rows: Whole) -> Floats:
    if told.score is None:
        raise TypeError("a card has scores")
    return told.score[rows]


def _alike(one: Floats, other: Floats) -> float:
    """Spearman's rank correlation; 0 where one of them is the same throughout."""
    if len(np.unique(one)) < 2 or len(np.unique(other)) < 2:
        return 0.0
    return round(float(spearmanr(one, other).statistic), 3)


def _shown(it: Estimate) -> Mapping[str, float]:
    return {"value": round(it.value, 4), "low": round(it.low, 4), "high": round(it.high, 4)}
