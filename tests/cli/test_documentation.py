"""docs/command-line.md names every command, option and JSON field that there is."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keepwell.cli import app, run
from keepwell.show import as_json, decisions_json, handoffs_json, remarks_json, reviews_json
from keepwell.show.briefs import briefs, pack
from keepwell.show.deliveries import deliveries
from keepwell.show.measure import measure_json
from keepwell.show.plays import plays
from keepwell.show.steps import day, span
from keepwell.words.action import Rescored, RescoreReport
from keepwell.words.decision import Standing, Status
from keepwell.words.handoff import HandoffOutcomes, OutcomeRow
from keepwell.words.learning import (
    AgainstPulse,
    Evaluation,
    LeadTime,
    LearnedSignal,
    PromotionReport,
    SegmentFigures,
    TrainReport,
    TrendAccuracy,
)
from keepwell.words.monitoring import Check, Decision, Expected, FalseAlarms, Judged, MonitorReport, Proposal, Review
from keepwell.words.report import (
    BackfillReport,
    CardReport,
    IngestReport,
    Reject,
    RejectGroup,
    ScoreReport,
    TableReport,
)
from keepwell.words.steps import DayReport, DayTold, Ending, Span, StepReport
from keepwell.words.suggestion import EarlyWarning, HandoffGate, Question, SuggestedSignal, Suggestion, TierMeaning
from tests.delivery.samples import DELIVERIES
from tests.feedback.samples import MEASURED, OVERRIDES, PULSE, VERDICTS
from tests.handoff.samples import DECIDED as DECIDED_HANDOFFS
from tests.handoff.samples import DOSSIER
from tests.handoff.samples import REPORT as HANDOFFS
from tests.show.brief_samples import BRIEFS, PACK, PLAYS
from tests.show.decision_samples import ALERTS, POLICY, SUPPRESSIONS, TRANSITIONS
from tests.show.review_samples import AUDIT, AUTHORITY, REVIEWS
from tests.show.review_samples import CHECK as AUDIT_CHECK
from tests.show.samples import BOOK, CHECK, DAY, DIFF, EXPLANATION, INVENTORY

TEXT = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
SECTIONS = {
    heading.split()[0]: body
    for heading, body in re.findall(r"^## keepwell (.+)\n((?:(?!^## ).*\n)*)", TEXT, re.MULTILINE)
}
COMMON = {"--help", "--json", "--project"}
# what is "as in" another command has its names there
SUPPRESSED = dataclasses.replace(
    SUPPRESSIONS, held=tuple(dataclasses.replace(row, transitions=()) for row in SUPPRESSIONS.held)
)
NONE_SUPPRESSED = dataclasses.replace(
    POLICY, cards=tuple(dataclasses.replace(card, suppressed=()) for card in POLICY.cards)
)
STANDING = Standing("A", DAY, 1, "r", None, Status.STEADY)
OBJECTS: dict[str, Any] = {
    "demo": {"span": span(Span(DAY, DAY, (DayTold(DAY, 1, 0, 0, 1, 0),)))},
    "run": day(DayReport(DAY, (StepReport("score", Ending.DONE, "scored"),))),
    "ingest": as_json.ingest(
        IngestReport(
            1,
            (TableReport("a", "b", "c", 1, 1, 0, 0),),
            (Reject("f", 1, "c", "r"),),
            changed=True,
            reject_groups=(RejectGroup("s", "k", "p", "c", 9, 10, "r"),),
        )
    )
    | {
        "rescored": decisions_json.rescored(
            RescoreReport(DAY, "EUR", (Rescored("A", "c", ("ticket_critical",), STANDING, STANDING),))
        )
    },
    "check": as_json.check(CHECK),
    "score": as_json.scored(ScoreReport(DAY, 1, (CardReport("c", "r", 1, 0),))),
    "backfill": as_json.backfill(BackfillReport(DAY, DAY, 1, (DAY,), 0, ("c",), 1)),
    "book": as_json.book(BOOK),
    "explain": as_json.explanation(EXPLANATION),
    "diff": as_json.diff(DIFF),
    "signals": as_json.inventory(INVENTORY),
    "transitions": decisions_json.transitions(TRANSITIONS),
    "alerts": decisions_json.alerts(ALERTS),
    "suppress": decisions_json.suppressions(SUPPRESSED, "EUR"),
    "policy": decisions_json.policy(NONE_SUPPRESSED),
    "review": reviews_json.reviews(REVIEWS),
    "audit": {key: value for key, value in reviews_json.audit(AUDIT).items() if key != "entries"}
    | {"entries": [row | {"details": {}} for row in reviews_json.audit(AUDIT)["entries"]]}
    | reviews_json.check(AUDIT_CHECK),
    "authority": reviews_json.authority(AUTHORITY),
    "handoff": [
        handoffs_json.handoffs(HANDOFFS),
        handoffs_json.outcomes(HandoffOutcomes(DAY, (OutcomeRow("all", "all", 10, 1, 0, 1),))),
        {**handoffs_json.document(DOSSIER), "health": None, "readiness": None},  # as of `explain`
        handoffs_json.decided(DECIDED_HANDOFFS),  # in `transitions`
    ],
    "deliver": deliveries(DELIVERIES),
    "pulse": remarks_json.pulse(PULSE),
    "override": remarks_json.overrides(OVERRIDES),
    "verdict": remarks_json.verdicts(VERDICTS),
    "measure": measure_json(MEASURED),
    "playbook": plays(PLAYS),
    "brief": briefs(BRIEFS),
    "qbr": {name: value for name, value in pack(PACK).items() if name != "facts"},  # by labels
    "postmortem": {name: value for name, value in pack(PACK).items() if name != "facts"},
}


def fields(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from fields(inner)
    elif isinstance(value, list):
        for item in value:
            yield from fields(item)


@pytest.mark.parametrize(
    ("command", "report"),
    [
        ("train", TrainReport),
        ("train", LearnedSignal),
        ("evaluate", Evaluation),
        ("evaluate", LeadTime),
        ("evaluate", TrendAccuracy),
        ("evaluate", SegmentFigures),
        ("evaluate", AgainstPulse),
        ("promote", PromotionReport),
        ("monitor", MonitorReport),
        ("monitor", Review),
        ("monitor", Judged),
        ("monitor", Proposal),
        ("monitor", Decision),
        ("monitor", Check),
        ("monitor", FalseAlarms),
        ("monitor", Expected),
        ("suggest", Suggestion),
        ("suggest", SuggestedSignal),
        ("suggest", TierMeaning),
        ("suggest", EarlyWarning),
        ("suggest", HandoffGate),
        ("suggest", Question),
    ],
)
def test_every_field_of_a_report_that_is_printed_whole_is_documented(command: str, report: Any) -> None:
    documented = set(re.findall(r"`([a-z0-9_]+)`", SECTIONS[command]))
    assert {field.name for field in dataclasses.fields(report)} - documented == set()


def test_every_command_has_its_heading_and_no_other() -> None:
    assert set(SECTIONS) == {command.callback.__name__ for command in app.registered_commands if command.callback}


@pytest.mark.parametrize("command", OBJECTS)
def test_every_json_field_is_documented(command: str) -> None:
    documented = set(re.findall(r"`([a-z0-9_]+)`", SECTIONS[command]))
    assert set(fields(OBJECTS[command])) - documented == set()


@pytest.mark.parametrize("command", sorted(SECTIONS))
def test_every_option_is_documented(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out.split("Options:")[1]))
    heading = next(line for line in TEXT.splitlines() if line.startswith(f"## keepwell {command}"))
    shared = set(re.findall(r"--as-of|--scorecard", TEXT))
    assert {option for option in options - COMMON - shared if option not in SECTIONS[command] + heading} == set()
