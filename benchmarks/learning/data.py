"""The two public sets as flat tables, with the splits of their protocols."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from sklearn.model_selection import StratifiedKFold

from keepwell.learning.samples.examples import Examples
from keepwell.learning.samples.splits import Split
from keepwell.learning.samples.table import read_table
from keepwell.words.learning import ExampleTable

AHEAD = 90  # days without a purchase that count as lost
NEWEST = 4  # snapshots of retail that examine
# the last two columns of the file are another model's output, CLIENTNUM an identifier: never features
CARD = """
SELECT * EXCLUDE (CLIENTNUM, Attrition_Flag), Attrition_Flag = 'Attrited Customer' AS lost
FROM (SELECT * NOT LIKE 'Naive_Bayes%' FROM read_csv(?, all_varchar = true))
WHERE try_cast(CLIENTNUM AS BIGINT) IS NOT NULL
"""
RETAIL = """
WITH line AS (
    SELECT CAST(CustomerID AS BIGINT) AS customer, CAST(InvoiceDate AS DATE) AS day, InvoiceDate AS moment,
           Quantity AS quantity, Quantity * UnitPrice AS value, Description AS product, Country AS country
    FROM read_parquet(?) WHERE CustomerID IS NOT NULL),
snapshot AS (SELECT unnest([DATE '2011-03-01', DATE '2011-04-01', DATE '2011-05-01', DATE '2011-06-01',
                            DATE '2011-07-01', DATE '2011-08-01', DATE '2011-09-01']) AS seen_on),
known AS (
    SELECT customer, seen_on,
           date_diff('day', max(day) FILTER (quantity > 0), seen_on) AS recency,
           date_diff('day', min(day), seen_on) AS tenure,
           count(DISTINCT moment) FILTER (quantity > 0 AND day >= seen_on - 30) AS orders_30,
           count(DISTINCT moment) FILTER (quantity > 0 AND day >= seen_on - 90) AS orders_90,
           count(DISTINCT moment) FILTER (quantity > 0 AND day >= seen_on - 180 AND day < seen_on - 90) AS orders_before,
           coalesce(sum(value) FILTER (day >= seen_on - 30), 0) AS value_30,
           coalesce(sum(value) FILTER (day >= seen_on - 90), 0) AS value_90,
           coalesce(sum(value) FILTER (day >= seen_on - 180 AND day < seen_on - 90), 0) AS value_before,
           count(*) FILTER (quantity < 0) AS returns,
           count(DISTINCT date_trunc('week', day)) FILTER (quantity > 0) AS active_weeks,
           count(DISTINCT product) FILTER (day >= seen_on - 90) AS products_90,
           min(country) AS country
    FROM line, snapshot WHERE day < seen_on GROUP BY customer, seen_on),
after AS (
    SELECT customer, seen_on,
           count(*) FILTER (quantity > 0 AND day >= seen_on AND day < seen_on + 90) = 0 AS lost
    FROM line, snapshot GROUP BY customer, seen_on)
SELECT known.*, lost FROM known JOIN after USING (customer, seen_on)
WHERE recency <= 90 AND tenure >= 30 ORDER BY seen_on, customer
"""


@dataclass(frozen=True)
class Protocol:
    """Examples and the splits on which every learner is examined."""

    name: str
    examples: Examples
    splits: tuple[Split, ...]


def card(folder: Path, work: Path) -> Protocol:
    """Credit-card customers: five stratified folds."""
    made = _kept(CARD, folder / "card" / "BankChurners.csv", work / "card.csv")
    examples = read_table(ExampleTable(made, "lost")).examples
    folds = StratifiedKFold(5, shuffle=True, random_state=0).split(np.zeros(examples.size), examples.outcome)
    return Protocol("card", examples, tuple(Split(train, test) for train, test in folds))


def retail(folder: Path, work: Path) -> Protocol:
    """A wholesaler's customers by month: four temporal folds, learning ends 90 days before each."""
    made = _kept(RETAIL, folder / "retail" / "online_retail.parquet", work / "retail.csv")
    examples = read_table(ExampleTable(made, "lost", "seen_on", "customer", ahead_days=AHEAD)).examples
    day = examples.day
    if day is None:
        raise TypeError(made)
    newest = np.unique(day)[-NEWEST:]
    splits = (Split(np.flatnonzero(day + AHEAD <= at), np.flatnonzero(day == at)) for at in newest)
    return Protocol("retail", examples, tuple(splits))


def _kept(query: str, given: Path, made: Path) -> Path:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{made}'", [str(given)])
    return made
