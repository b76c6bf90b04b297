"""The learner: boosting shows what each signal says, a table of whole points keeps what a person can read.

levels → rounds → selection → crossed signals → boosting in bags → bands → refit → points → calibration
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from keepwell.learning.model import boosting, selection
from keepwell.learning.model.boosting import Settings
from keepwell.learning.model.levels import Levels, levels_of, matrix
from keepwell.learning.model.points import PointsTable
from keepwell.learning.model.tabulate import tabulate
from keepwell.learning.model.trial import Trial
from keepwell.learning.samples import splits
from keepwell.learning.samples.examples import Examples


@dataclass(frozen=True)
class Choices:
    """What a person decides before learning."""

    most_signals: int = selection.MOST
    crossed: bool = True
    directions: Mapping[str, int] = field(default_factory=dict)  # signal → 1: more is riskier, -1: less is
    seed: int = 0


@dataclass(frozen=True)
class SelectionStep:
    """So many signals and their log-loss on held-out rows."""

    signals: tuple[str, ...]
    loss: float


@dataclass(frozen=True)
class Learned:
    """A points table and how it came about."""

    table: PointsTable
    rounds: int
    steps: tuple[SelectionStep, ...]  # from all that were considered to few
    twins: tuple[tuple[str, str], ...]  # (dropped, kept instead)
    crossed: tuple[tuple[str, str], ...]


def learn(examples: Examples, choices: Choices | None = None) -> Learned:
    """Learn a points table."""
    choices = choices or Choices()
    split = splits.inner(examples, choices.seed)
    levels = _levels(examples)
    codes = matrix(levels, examples)
    settings = Settings(
        boosting.MOST_ROUNDS, boosting.least_leaf(examples.size), dict(choices.directions), seed=choices.seed
    )
    trial = Trial(examples, split, levels, codes, settings)
    chosen = trial.selected(choices.most_signals)
    names, picked = tuple(level.name for level in levels), sorted(chosen.chosen)
    trial = replace(trial, levels=tuple(levels[i] for i in picked), codes=codes[:, picked])
    pairs, rounds = trial.pairs(crossed=choices.crossed)
    table = tabulate(examples, trial.levels, replace(settings, rounds=rounds, pairs=pairs))
    kept = [level.name for level in trial.levels]
    return Learned(
        table,
        rounds,
        tuple(SelectionStep(tuple(names[i] for i in step.signals), step.loss) for step in chosen.steps),
        tuple((names[one], names[other]) for one, other in chosen.twins),
        tuple((kept[one], kept[other]) for one, other in pairs),
    )


def _levels(examples: Examples) -> tuple[Levels, ...]:
    """The levels of every signal that has at least two, categories first.

    scikit-learn puts categories first inside, but leaves `interaction_cst` in the order given:
    in any other order it would cross other signals than those asked for.
    """
    found = (levels_of(column) for column in examples.columns)
    telling = (level for level in found if level.count > 1 or level.missing_seen)
    return tuple(sorted(telling, key=lambda one: not one.kinds))
