"""The learners beside ours: each takes levels and outcomes and foretells probabilities."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from catboost import CatBoostClassifier
from interpret.glassbox import ExplainableBoostingClassifier
from lightgbm import LGBMClassifier, early_stopping
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from keepwell.learning.model.boosting import BAGS
from keepwell.learning.model.learner import learn
from keepwell.learning.samples.examples import Examples, Floats
from keepwell.learning.samples.splits import inner

ROUNDS, PATIENCE = 2_000, 50


@dataclass(frozen=True)
class Told:
    """Probabilities of the examples that examine, and the CPU seconds of fitting."""

    risk: Floats
    seconds: float


Rival = Callable[[Examples, Examples], Told]


def points(train: Examples, test: Examples) -> Told:
    """Our own table of whole points."""
    start = time.process_time()
    table = learn(train).table
    return Told(table.probability(test), time.process_time() - start)


def lightgbm(train: Examples, test: Examples) -> Told:
    """LightGBM, rounds by what it holds out, then fitted to all rows."""
    split, rows, kinds = inner(train), _matrix(train), _kinds(train)
    start = time.process_time()
    settings = {"learning_rate": 0.03, "num_leaves": 8, "n_jobs": 1, "verbose": -1, "random_state": 0}
    trial = LGBMClassifier(n_estimators=ROUNDS, **settings).fit(
        rows[split.train],
        train.outcome[split.train],
        eval_X=rows[split.test],
        eval_y=train.outcome[split.test],
        categorical_feature=kinds,
        callbacks=[early_stopping(PATIENCE, verbose=False)],
    )
    model = LGBMClassifier(n_estimators=max(trial.best_iteration_, 1), **settings)
    model.fit(rows, train.outcome, categorical_feature=kinds)
    seconds = time.process_time() - start
    return Told(model.predict_proba(_matrix(test))[:, 1], seconds)


def catboost(train: Examples, test: Examples) -> Told:
    """CatBoost with its own defaults, rounds by what it holds out."""
    split, kinds = inner(train), _kinds(train)
    rows, told = _objects(train), _objects(test)
    start = time.process_time()
    settings = {
        "thread_count": 1,
        "verbose": False,
        "random_seed": 0,
        "allow_writing_files": False,
        "cat_features": kinds,
    }
    trial = CatBoostClassifier(iterations=ROUNDS, learning_rate=0.05, early_stopping_rounds=PATIENCE, **settings)
    held_out = ([rows[i] for i in split.test], train.outcome[split.test].astype(int))
    trial.fit([rows[i] for i in split.train], train.outcome[split.train].astype(int), eval_set=held_out)
    model = CatBoostClassifier(iterations=max(trial.get_best_iteration(), 1), learning_rate=0.05, **settings)
    model.fit(rows, train.outcome.astype(int))
    seconds = time.process_time() - start
    return Told(np.asarray(model.predict_proba(told))[:, 1], seconds)


def logistic(train: Examples, test: Examples) -> Told:
    """Logistic regression on scaled numbers and one column a category."""
    kinds = _kinds(train)
    numbers = [i for i in range(len(train.columns)) if i not in kinds]
    model = make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
            (OneHotEncoder(handle_unknown="ignore"), kinds),
        ),
        LogisticRegression(max_iter=2_000),
    )
    start = time.process_time()
    model.fit(_matrix(train), train.outcome)
    seconds = time.process_time() - start
    return Told(model.predict_proba(_matrix(test))[:, 1], seconds)


def ebm(train: Examples, test: Examples) -> Told:
    """The explainable boosting machine, pairs included, in as many bags as ours."""
    kinds = set(_kinds(train))
    types = ["nominal" if i in kinds else "continuous" for i in range(len(train.columns))]
    model = ExplainableBoostingClassifier(feature_types=types, outer_bags=BAGS, n_jobs=1, random_state=0)
    start = time.process_time()
    model.fit(_matrix(train), train.outcome)
    seconds = time.process_time() - start
    return Told(model.predict_proba(_matrix(test))[:, 1], seconds)


RIVALS: dict[str, Rival] = {
    "points": points,
    "lightgbm": lightgbm,
    "catboost": catboost,
    "logistic": logistic,
    "ebm": ebm,
}


def _matrix(examples: Examples) -> Floats:
    return np.column_stack([column.values for column in examples.columns])


def _kinds(examples: Examples) -> list[int]:
    return [i for i, column in enumerate(examples.columns) if column.signal.categories]


def _objects(examples: Examples) -> list[list[float | str]]:
    kinds = set(_kinds(examples))
    return [[str(v) if i in kinds else float(v) for i, v in enumerate(row)] for row in _matrix(examples)]
