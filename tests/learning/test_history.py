"""Examples from a company's own history: who is one, what is known, what followed."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from keepwell.book.scorer import Scorer
from keepwell.learning.samples import history, leaks
from keepwell.learning.samples.history import History, Wanted
from keepwell.signals.catalogue import CATALOGUE
from keepwell.use_cases import lessons
from keepwell.words.learning import CompanyHistory, Foretold, TrainRequest
from keepwell.words.problem import KeepwellError, StopRule
from tests.small_project import CRM, SmallProject

BILLING = """source: billing
system: billing
folder: exports
tables:
  - file: contracts.csv
    facts:
      - kind: subscription
        id: id
        account: account
        since: created
        columns: {product: product, mrr: mrr, currency: currency, start_day: start, end_day: {column: end, optional: true, known: on_date}}
"""
LOSSES = """source: losses
system: crm
folder: exports
tables:
  - file: losses.csv
    facts:
      - kind: outcome
        id: id
        account: account
        since: created
        columns: {outcome_day: day, type: type}
"""
UNTIL = date(2026, 3, 31)


def project(tmp_path: Path, ends: dict[str, str], *more: str) -> SmallProject:
    """One account per name, under contract since 2025 until its end ('' for none), and `more` lines of contracts."""
    small = SmallProject(tmp_path, today="2026-03-29")
    small.write("sources/billing.yml", BILLING.replace("system: billing", "system: crm"))
    small.write("exports/accounts.csv", "id,name,created\n" + "".join(f"{a},{a} Ltd,2024-06-01\n" for a in ends))
    rows = [f"c{a},{a},core,100,EUR,2025-01-01,{end}\n" for a, end in ends.items()]
    rows += [f"{line}\n" for line in more]
    small.write("exports/contracts.csv", "id,account,product,mrr,currency,start,end\n" + "".join(rows))
    first = next(iter(ends))
    small.write(
        "exports/tickets.csv", f"id,account,opened,severity\n1,{first},2025-08-20,high\n2,{first},2025-11-20,high\n"
    )
    small.ingest()
    return small


SIGNALS = {name: CATALOGUE[name] for name in ("ticket_pressure", "mrr", "account_age")}


def read(small: SmallProject, months: int = 3) -> History:
    """The examples as of the end of March 2026."""
    return history.read(Scorer(small.project), Wanted(SIGNALS, months=months), UNTIL)


def test_an_outcome_counts_from_the_day_after_the_gap_to_the_end_of_the_horizon(tmp_path: Path) -> None:
    """The last days of contracts, seen from 30 November 2025: thirty days of gap, sixty of horizon."""
    ends = {
        "STAYS": "",
        "IN_GAP": "2025-12-29",  # lost on 30 December, day 30
        "FIRST": "2025-12-30",  # day 31
        "LAST": "2026-02-27",  # day 90
        "AFTER": "2026-02-28",  # day 91
        "GONE": "2025-11-29",  # no customer on 30 November
    }
    found = read(project(tmp_path, ends), months=1)
    assert found.days == (date(2025, 11, 30),)
    outcomes = dict(zip(found.examples.keys, found.examples.outcome.tolist(), strict=True))
    assert outcomes == {
        "AFTER on 2025-11-30": False,
        "FIRST on 2025-11-30": True,
        "LAST on 2025-11-30": True,
        "STAYS on 2025-11-30": False,
    }
    assert found.dropped == 1


def test_what_shrank_or_grew_is_foretold_of_those_who_stay_and_a_loss_in_the_gap_makes_no_example(
    tmp_path: Path,
) -> None:
    """A loss after the gap leaves its row in, without the outcome: it neither shrank nor grew."""
    ends = {"STAYS": "", "LOST_SOON": "2025-12-20", "LOST_LATER": "2026-01-20", "GROWS": "", "SHRINKS": ""}
    small = project(tmp_path, ends, "g,GROWS,more,20,EUR,2026-01-15,", "s,SHRINKS,more,20,EUR,2025-01-01,2026-01-14")
    for target, one in ((Foretold.CONTRACTION, "SHRINKS"), (Foretold.EXPANSION, "GROWS")):
        found = history.read(Scorer(small.project), Wanted(SIGNALS, target, months=1), UNTIL)
        outcomes = dict(zip(found.examples.keys, found.examples.outcome.tolist(), strict=True))
        names = ("GROWS", "LOST_LATER", "SHRINKS", "STAYS")
        assert outcomes == {f"{name} on 2025-11-30": name == one for name in names}
        assert (found.dropped, found.examples.target) == (1, target.value)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallProject, History]:
    """One account that stays and one whose contract ends in January, and what they teach."""
    small = project(tmp_path_factory.mktemp("two"), {"A": "", "B": "2026-01-15"})
    return small, read(small)


def test_the_newest_month_is_one_whose_outcomes_are_certain(two: tuple[SmallProject, History]) -> None:
    """Contracts tell an end thirty days late, so the last month's end lies 120 days before the load of 30 March."""
    _, found = two
    assert found.days == (date(2025, 9, 30), date(2025, 10, 31), date(2025, 11, 30))
    assert found.outcomes.closed == date(2026, 2, 28)
    assert (found.examples.ahead_days, found.examples.late_days) == (90, 30)


def test_readings_are_those_of_their_day(two: tuple[SmallProject, History]) -> None:
    """Tickets of August count in September and November, the one of November in November only."""
    small, found = two
    scorer = Scorer(small.project)
    pairs = [
        scorer.pair(key.partition(" on ")[0], date.fromisoformat(key.partition(" on ")[2]))
        for key in found.examples.keys
    ]
    rows = scorer.read(scorer.connect(), pairs, SIGNALS)
    alone = [rows[pair.account_id, pair.as_of] for pair in pairs]
    for column in found.examples.columns:
        fresh = [row[f"v_{column.name}"] if row[f"q_{column.name}"] == "fresh" else None for row in alone]
        assert [None if np.isnan(value) else value for value in column.values.tolist()] == fresh
    pressure = dict(zip(found.examples.keys, found.examples.column("ticket_pressure").values.tolist(), strict=True))
    assert pressure["A on 2025-10-31"] > 0
    assert pressure["A on 2025-11-30"] > 0


def test_what_is_known_later_changes_no_reading_and_only_the_outcome_it_tells(tmp_path: Path) -> None:
    """A contract's end and a ticket that come in March: the rows of October and November are lost, their readings stand."""
    small = project(tmp_path, {"A": "", "B": ""})
    before = read(small)
    small.write(
        "exports/contracts.csv",
        "id,account,product,mrr,currency,start,end\ncA,A,core,100,EUR,2025-01-01,\ncB,B,core,100,EUR,2025-01-01,2026-01-15\n",
    )
    small.today = "2026-03-30"
    small.ingest()
    after = read(small)
    assert after.examples.keys == before.examples.keys
    for then, now in zip(before.examples.columns, after.examples.columns, strict=True):
        assert np.array_equal(then.values, now.values, equal_nan=True)
    changed = after.examples.outcome != before.examples.outcome
    assert [key for key, differs in zip(after.examples.keys, changed, strict=True) if differs] == [
        "B on 2025-10-31",
        "B on 2025-11-30",
    ]


def test_a_part_of_a_group_that_leaves_is_lost_although_the_groups_contract_goes_on(tmp_path: Path) -> None:
    """The group holds the contract; a source tells that one of its two parts was lost on 20 November."""
    small = SmallProject(tmp_path, today="2026-03-29")
    small.write("sources/billing.yml", BILLING.replace("system: billing", "system: crm"))
    small.write("sources/losses.yml", LOSSES)
    rows = "G,Group,,2024-06-01\nONE,One,G,2024-06-01\nTWO,Two,G,2024-06-01\n"
    small.write("exports/accounts.csv", f"id,name,parent,created\n{rows}")
    small.write("exports/contracts.csv", "id,account,product,mrr,currency,start,end\nc1,G,core,100,EUR,2025-01-01,\n")
    small.write("exports/losses.csv", "id,account,day,type\n1,TWO,2025-11-20,churned\n")
    small.ingest()
    found = read(small, months=4).examples
    assert {key for key, lost in zip(found.keys, found.outcome, strict=True) if lost} == {
        "TWO on 2025-08-31",
        "TWO on 2025-09-30",
    }
    assert len(set(found.group.tolist() if found.group is not None else [])) == 1
    assert {key for key in found.keys if key.startswith("TWO")} == {
        "TWO on 2025-08-31",
        "TWO on 2025-09-30",
    }


def test_months_before_one_loss_tell_of_one_outcome(two: tuple[SmallProject, History]) -> None:
    """Two rows see the same contract end; it is one event for whoever asks how many there are."""
    examples = two[1].examples
    assert (int(examples.outcome.sum()), examples.events) == (2, 1)


MARKED = (
    "      - kind: account\n        id: id\n        columns: {name: name, created_day: created, lifecycle: stage}\n"
)


def test_sources_that_disagree_on_who_was_lost_stop_training_with_the_accounts_named(tmp_path: Path) -> None:
    """B was lost and is marked so, D was lost and is not, E is marked and has no loss; D's ticket came before its signup."""
    small = project(tmp_path, {"A": "", "B": "2026-01-10", "C": "", "D": "2026-01-12", "E": "2026-01-14"})
    small.write("sources/crm.yml", CRM.partition("      - kind")[0] + MARKED)
    stages = {"A": "customer", "B": "churned", "C": "customer", "D": "customer", "E": "churned"}
    rows = "".join(f"{account},{account} Ltd,2024-06-01,{stage}\n" for account, stage in stages.items())
    small.write("exports/accounts.csv", f"id,name,created,stage\n{rows}")
    small.write("sources/losses.yml", LOSSES)
    small.write("exports/losses.csv", "id,account,day,type\n1,B,2026-01-10,churned\n2,D,2026-01-12,churned\n")
    small.write("exports/tickets.csv", "id,account,opened,severity\n1,A,2025-08-20,high\n2,D,2024-05-01,high\n")
    small.ingest()
    short = CompanyHistory(months=3, leave_out=tuple(CATALOGUE.keys() - SIGNALS.keys()))
    with pytest.raises(StopRule) as stopped:
        lessons.train(TrainRequest(short, "learned", tmp_path / "learned"), small.project)
    told = [str(problem) for problem in stopped.value.problems]
    assert "accounts with a churn event that are not marked churned: 1 (D)" in told[0]
    assert "accounts marked churned without a churn event: 1 (E)" in told[1]
    assert "tickets opened before their account's signup: 1" in told[2]
    assert "under 20 nothing can be learned" in told[3]
    (judged,) = lessons.backtest(["small"], short, small.project)
    assert "are not marked churned: 1 (D)" in judged.notes[0]


@pytest.mark.parametrize(("since", "leaking"), [(", since: created", {"lifecycle", "seats"}), ("", set())])
def test_what_was_overwritten_at_the_loss_is_a_leak_where_a_map_says_it_never_changed(
    tmp_path: Path, since: str, leaking: set[str]
) -> None:
    """Stages and seats as they are today: of those lost 'churned' and 0. Declared constant they would be known of the past."""
    lost = {f"L{n}": f"2026-01-{10 + n % 15}" for n in range(40)}
    ends = {f"A{n}": "" for n in range(45)} | lost
    small = project(tmp_path, ends)
    stage = MARKED.replace("lifecycle: stage", f"lifecycle: {{column: stage{since}}}")
    small.write("sources/crm.yml", CRM.partition("      - kind")[0] + stage)
    rows = "".join(f"{a},{a} Ltd,2024-06-01,{'churned' if a in lost else 'customer'}\n" for a in ends)
    small.write("exports/accounts.csv", f"id,name,created,stage\n{rows}")
    seats = f"{{seats: {{column: seats{since}}}, product"
    small.write("sources/billing.yml", BILLING.replace("        since: created\n", "").replace("{product", seats))
    rows = "".join(
        f"c{n},{a},{0 if a in lost else 5 + n},core,{100 + n},EUR,2025-01-01,{end}\n"
        for n, (a, end) in enumerate(ends.items())
    )
    small.write("exports/contracts.csv", f"id,account,seats,product,mrr,currency,start,end\n{rows}")
    shutil.rmtree(small.folder / ".keepwell")  # a first load, of which knowledge is assumed
    small.ingest()
    signals = {name: CATALOGUE[name] for name in ("lifecycle", "seats", "account_age")}
    found = history.read(Scorer(small.project), Wanted(signals, months=3), UNTIL).examples
    assert found.events == 40
    assert {leak.name for leak in leaks.find(found)} == leaking


def test_a_company_whose_sources_tell_no_outcome_is_told_what_to_map(tmp_path: Path) -> None:
    """No contracts and no outcomes: nobody knows who was lost."""
    small = SmallProject(tmp_path)
    small.ingest()
    with pytest.raises(KeepwellError, match="nothing tells which customers were lost"):
        read(small)
