"""One account described by a person (`keepwell assess`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keepwell.cli import run
from keepwell.use_cases import runs
from keepwell.words.score import RowKind


def assess(file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The JSON of `keepwell assess FILE`."""
    assert run(["assess", str(file), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_techcorp_is_at_risk_for_its_champion_its_falling_use_and_its_tickets(
    examples: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = assess(examples / "techcorp.yml", capsys)
    assert found["tier"] == "at risk"
    lost = {e["signal"]: e["max_points"] - e["points"] for e in found["evidence"] if e["kind"] == "measure"}
    assert sorted(lost, key=lambda s: -lost[s])[:3] == ["usage_change_90d", "champion", "ticket_pressure"]
    assert {"licence_use", "milestones_missed", "awaiting_reply"} <= set(found["missing"])
    assert found["next_action"]
    assert 45 <= found["score"] <= 55
    assert round(100 * found["coverage"]) == 74


@pytest.mark.parametrize(
    ("card", "score"),
    [("default-ten", 46.2), ("weighted-40-30-20-10", 51.6), ("starter-five", 40.5), ("points-model", 100)],
)
def test_techcorp_scores_on_the_other_cards_as_the_catalogue_says(examples: Path, card: str, score: float) -> None:
    found = runs.assess(examples / "techcorp.yml", card).score
    assert found.score_milli is not None
    assert found.score_milli / 1000 == pytest.approx(score, abs=0.15)


@pytest.mark.parametrize(
    ("better", "line"),
    [
        ("use back at five a week", "  usage_change_90d: 0"),
        ("all ten features", "  feature_adoption: {x: 10, y: 10}"),
        ("no tickets", "  ticket_pressure: 0"),
        ("promoter", "  nps: {value: 9}"),
        ("met an executive last week", "  exec_touch: 7"),
        ("last invoice paid as usual", "  days_to_pay_change: 0"),
        ("champion in place", "  champion: in place"),
    ],
)
def test_making_any_listed_fact_better_never_lowers_the_score(
    examples: Path, tmp_path: Path, better: str, line: str
) -> None:
    name = line.split(":", 1)[0].strip()
    lines = (examples / "techcorp.yml").read_text(encoding="utf-8").splitlines()
    file = tmp_path / "better.yml"
    changed = [line if row.strip().startswith(f"{name}:") else row for row in lines]
    assert changed != lines, better
    file.write_text("\n".join(changed), encoding="utf-8")
    before, after = runs.assess(examples / "techcorp.yml").score, runs.assess(file).score
    assert before.score_milli is not None
    assert after.score_milli is not None
    assert after.score_milli > before.score_milli


def test_two_missed_milestones_and_a_silent_sponsor_keep_an_account_out_of_the_top_tier(examples: Path) -> None:
    found = runs.assess(examples / "quiet-sponsor.yml").score
    assert found.tier != "healthy"
    assert found.score_milli == 79_000
    guards = [e for e in found.evidence if e.kind is RowKind.GUARD and e.points_milli < 0]
    assert [g.name for g in guards] == ["outcome_and_silence"]
    assert "owner" in found.reviews
    assert sum(e.points_milli for e in found.evidence) == found.score_milli


def test_an_unknown_signal_suggests_the_nearest_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "typo.yml"
    file.write_text("account: X\nreadings:\n  npss: 6\n", encoding="utf-8")
    assert run(["assess", str(file)]) == 2
    assert f"{file}:3:" in (err := capsys.readouterr().err)
    assert "did you mean 'nps'?" in err


def test_a_cards_own_inputs_may_be_stated(tmp_path: Path) -> None:
    file = tmp_path / "zudo.yml"
    file.write_text("account: X\nscorecard: zudo\nreadings:\n  pulse_10: 8\n", encoding="utf-8")
    found = runs.assess(file).score
    assert "pulse_10" not in found.missing
    assert any(e.signal == "pulse_10" and e.points_milli > 0 for e in found.evidence) or found.score_milli is None
