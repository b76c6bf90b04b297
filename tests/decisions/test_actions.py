"""Whole runs over a small project: late, after missed days, twice, from two schedulers, with exceptions."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from keepwell.book import shelf
from keepwell.book.scorer import Scorer
from keepwell.cli import run
from keepwell.deciding import standings, suppressions
from keepwell.deciding.agreements import policies
from keepwell.use_cases import actions, reviewing, runs, suppressing
from keepwell.words.decision import Kind, Mode, Status, Transition
from keepwell.words.problem import KeepwellError
from tests.decisions.fallen import BASELINE, FELL, LAST, LIVE, POLICY, prepared
from tests.small_project import CARD, SmallProject


def told(small: SmallProject) -> tuple[Transition, ...]:
    return standings.transitions(Scorer(small.project).state, "small", BASELINE, date(2026, 12, 31))


def decide(small: SmallProject, *days: date) -> None:
    for day in days:
        small.decide(day)


def test_day_by_day_twice_or_late_after_missed_days_tells_the_same_once(small: SmallProject, scored: Path) -> None:
    late = SmallProject.copy(scored, small.folder.parent / "late")
    decide(small, BASELINE, FELL, FELL, BASELINE, LAST)
    decide(late, BASELINE)
    assert told(late) == ()
    report = late.decide(LAST)
    assert report.cards[0].days == (FELL, LAST)
    assert report.cards[0].transitions == told(late) == told(small)
    found, other = (standings.standings(Scorer(one.project).state, "small") for one in (small, late))
    assert found == other

    at_risk, drop, weekly = told(small)
    assert [t.kind for t in told(small)] == [Kind.AT_RISK, Kind.DROP, Kind.WEEKLY_DROP]
    assert (at_risk.as_of, at_risk.account_id, at_risk.owned.name, at_risk.owned.owner) == (FELL, "A", "Alpha", "Olaf")
    assert (at_risk.old_tier, at_risk.new_tier, at_risk.mode) == ("good", "bad", Mode.LIVE)
    assert at_risk.reason.code == "ticket_pressure.watch"
    assert "2 problem tickets in 90 days" in at_risk.evidence[0].reason
    assert at_risk.evidence[0].observed_at == FELL
    assert drop.fall_milli == weekly.fall_milli == (drop.old_milli or 0) - (drop.new_milli or 0) > 20_000
    change = runs.explain(small.project, "A", as_of=FELL, since=date(2026, 2, 18)).change
    assert change is not None
    assert drop.fall_milli == -sum(c.points_milli for c in change.causes if c.name in ("behaviour", "silence"))
    assert (found["A"].status, found["B"].status) == (Status.AT_RISK, Status.STEADY)
    assert found["A"].reason.text == at_risk.evidence[0].reason
    assert found["A"].delta7_milli == -(drop.fall_milli or 0)


def test_two_schedulers_at_once_tell_each_transition_once(small: SmallProject) -> None:
    decide(small, BASELINE)
    project = small.project
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: actions.transitions(project, as_of=LAST), range(2)))
    decided = [day for report in reports for day in report.cards[0].days]
    assert sorted(decided) == [FELL, LAST]
    assert len(told(small)) == 3


def test_days_that_nobody_scored_are_scored_first_and_the_first_fortnight_is_a_rehearsal(
    tmp_path: Path, state_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEPWELL_STATE_URL", state_url)
    small = prepared(tmp_path / "project")
    small.write("policy/ours.yml", POLICY)
    decide(small, date(2026, 3, 19), FELL, FELL)
    assert [t.kind for t in told(small)] == [Kind.AT_RISK, Kind.DROP, Kind.WEEKLY_DROP]
    assert {t.mode for t in told(small)} == {Mode.REHEARSAL}


def test_a_first_run_is_silent_and_another_card_counts_whom_it_moves(small: SmallProject) -> None:
    decide(small, FELL)
    assert told(small) == ()
    standing = standings.standings(Scorer(small.project).state, "small")["A"]
    assert (standing.status, Kind.DROP in standing.episodes) == (Status.AT_RISK, True)
    text = (small.folder / "scorecards" / "small.yml").read_text(encoding="utf-8")
    small.write("scorecards/small.yml", text.replace("good: 50", "good: 10"))
    report = small.decide(LAST)
    assert (report.cards[0].by_recipe, told(small)) == (1, ())


def test_days_that_nobody_ran_are_scored_together_under_one_batch(small: SmallProject) -> None:
    decide(small, date(2026, 3, 14))
    before, missed = Scorer(small.project).batch, [date(2026, 3, day) for day in (15, 16, 17)]
    decide(small, missed[-1])
    assert Scorer(small.project).batch == before + 1
    assert shelf.lacking(Scorer(small.project), missed) == set()


def test_what_an_exception_covers_is_recorded_and_held_back(
    small: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    exempt = "{segment: E, reason: outage, author: Rita, since: 2026-03-01, until: 2026-03-20}"
    small.write("policy/ours.yml", f"{LIVE}suppressions: [{exempt}]\n")
    where = ["--project", str(small.project.folder)]
    assert run(["transitions", "--as-of", "2026-03-19", *where]) == 0
    assert "2026-03-19 is the baseline: what is so already is no news" in capsys.readouterr().out
    why = ["--reason", "billing_dispute", "--by", "Rita", "--until", "2026-04-09", "--from", "2026-03-01"]
    assert run(["suppress", "--account", "Alpha", "--code", "ticket_pressure", *why, *where]) == 0
    assert "Suppression 1 is written." in capsys.readouterr().out
    assert run(["transitions", "--as-of", "2026-03-20", "--json", *where]) == 0
    [card] = json.loads(capsys.readouterr().out)["cards"]
    kinds = ["at_risk", "drop", "weekly_drop"]
    assert [(t["kind"], t["mode"], t["suppression"]) for t in card["transitions"]] == [
        (kind, "suppressed", "1") for kind in kinds
    ]
    assert run(["transitions", "--as-of", "2026-03-20", "--since", "2026-03-18", *where]) == 0
    again = capsys.readouterr().out
    assert "nothing new to decide, 3 transitions" in again
    assert "at risk (suppressed)" in again
    for words, line in (
        (["--end", "1"], "nobody says so; add --by NAME"),
        (["--portfolio", "Olav", *why], "unknown owner 'Olav'; did you mean 'Olaf'?"),
        (["--segment", "E", "--reason", "outage", "--by", " ", "--until", "2026-04-09"], "which is nobody"),
    ):
        assert run(["suppress", *words, *where]) == 2
        assert line in capsys.readouterr().err
    assert run(["suppress", "--end", "1", "--by", "Rita", "--json", *where]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["written"]["number"], found["written"]["ended"]) == ("1", "2026-04-01")
    held = {row["number"]: [t["kind"] for t in row["held_back"]] for row in found["suppressions"]}
    assert held == {"ours.yml, no. 1": [], "1": kinds}


@pytest.mark.parametrize("answer", ["review 1 --approve --reason right", "suppress --reviewed 1"])
def test_an_exception_that_is_over_asks_its_author_whether_it_was_right_to_hold_back(
    small: SmallProject, answer: str
) -> None:
    small.today = "2026-03-19"
    small.decide(BASELINE)
    for account in "AB":  # that of B holds nothing back: nobody is asked
        request = suppressing.SuppressRequest({"account": account}, "recently_contacted", "Rita", FELL)
        suppressing.suppress(small.project, request)
    small.today = "2026-03-21"
    small.decide(FELL, LAST, LAST)
    [item] = reviewing.list_reviews(small.project).items
    assert (item.item.kind, item.item.asked, item.item.account_id) == ("suppression", "Rita", "A")
    assert item.item.title == "Alpha: the exception for account A is over (recently contacted, says Rita)"
    assert item.item.body.startswith(
        "Was it right to hold this back? 3 changes were not told, 3 still so: Alpha, at risk on"
    )
    assert run([*answer.split(), "--by", "Rita", "--project", str(small.project.folder)]) == 0
    assert reviewing.list_reviews(small.project).items == ()
    assert suppressing.to_review(small.project).held == ()
    [seen] = [one for one in suppressions.every(Scorer(small.project).state) if one.reviewed]
    assert (seen.key, seen.reviewed_by) == ("1", "Rita")


def test_policy_check_answers_five_questions_for_the_whole_book(
    small: SmallProject, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--project", str(small.project.folder)]
    small.write(
        "policy/ours.yml", f"{LIVE}coverage: {{segments: {{XL: pooled}}}}\n".replace("Olga", "{fields: [manager]}")
    )
    nothing = "reason: outage, author: Rita, since: 2026-03-01, until: 2026-04-20}"
    exempt = (
        f"[{{portfolio: Olav, {nothing}, {{account: A, code: csta.poor, {nothing}, {{account: A, code: csat, {nothing}]"
    )
    with (small.folder / "policy" / "ours.yml").open("a", encoding="utf-8") as file:
        file.write(f"suppressions: {exempt}\n")
    assert run(["policy", "check", "--json", *where]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["as_of"] == "2026-03-21"
    assert [finding.partition(";")[0] for finding in report["findings"]] == [
        "2 accounts have no owner: A, B",
        "2 accounts have no cs manager: A, B",
        "2 accounts have no revops: A, B",
        "'coverage' of the policy 'ours' names the segment 'XL'",
        "the policy 'ours' pools accounts and names nobody for them",
        "suppression no. 1 of the policy 'ours' covers no account: there is none of the portfolio 'Olav'",
        "suppression no. 2 of the policy 'ours' names 'csta.poor', which is no reason of any card",
    ]
    [card] = report["cards"]
    assert (card["scorecard"], card["accounts"], card["decision"]) == ("small", 2, "whom to call")
    assert [signal["signal"] for signal in card["signals"]] == ["ticket_pressure", "days_since_use", "feature_adoption"]
    assert (card["models"], [one["accounts"] for one in card["suppressed"]]) == ({"named": 2}, [0, 1, 1])

    small.write("policy/ours.yml", LIVE.replace("owner: Olga", "owner: Olga, cs_manager: Hanna, revops: Rita"))
    assert run(["policy", "check", *where]) == 0
    out = capsys.readouterr().out
    assert "1. What does the score decide?" in out
    assert "owner: 2 accounts by 1 person" in out
    assert "Reviewed by Rita within 14 days." in out
    assert "Nothing is left open." in out


def test_each_card_has_one_policy(small: SmallProject) -> None:
    small.write("scorecards/other.yml", CARD.replace("scorecard: small", "scorecard: other"))
    project = small.project
    cards = Scorer(project).cards
    assert {card: one.policy for card, one in policies(project, cards).items()} == {"small": "ours", "other": "ours"}
    small.write("policy/more.yml", "policy: more\ndecision: whom to grow\nscorecards: [other]\n")
    assert {card: one.policy for card, one in policies(project, cards).items()} == {"small": "ours", "other": "more"}
    small.write("policy/more.yml", "policy: more\ndecision: whom to grow\nscorecards: [othr]\n")
    with pytest.raises(KeepwellError, match=r"more.yml:3:14: 'othr' is no card of this project; did you mean 'other'?"):
        policies(project, cards)
    small.write("policy/more.yml", "policy: more\ndecision: whom to grow\n")
    with pytest.raises(KeepwellError, match=r"ours.yml:1:9: two policies name no scorecards, this one and .*more.yml"):
        policies(project, cards)
    small.write("policy/more.yml", "policy: ours\ndecision: whom to grow\nscorecards: [small]\n")
    with pytest.raises(KeepwellError, match=r"ours.yml:1:9: two policies are named 'ours', this one and .*more.yml"):
        policies(project, cards)
    (small.folder / "policy" / "ours.yml").unlink()
    with pytest.raises(KeepwellError, match="no policy for the card 'other'; name it under 'scorecards:' or add"):
        policies(project, cards)
    (small.folder / "policy" / "more.yml").unlink()
    assert policies(project, cards)["small"].policy == "default"


WRONG_USE = [
    ("transitions --as-of 2026-04-01", "2026-04-01 has not closed yet; the last closed day is 2026-03-31"),
    ("transitions --since 2026-04-01", "--since: 2026-04-01 is after 2026-03-31; expected the earlier day first"),
    ("suppress --account A --reason outage", "a suppression needs --by, --until; see"),
    ("suppress --reason outage --by R --until 2026-05-01", "one of account, segment, portfolio, source; none"),
    ("suppress --segment S --account A --reason outage --by R --until 2026-05-01", "account, segment; see"),
    ("suppress --segment S --reason custom --by R --until 2026-05-01", "a custom reason needs 'note:'"),
    ("suppress --segment S --reason outage --by R --until 2026-03-01 --from 2026-02-01", "2026-03-01 is over"),
    ("suppress --source dask --reason outage --by R --until 2026-05-01", "unknown source 'dask'; known: crm, desk"),
    (
        "suppress --account A --code tickt_pressure --reason outage --by R --until 2026-05-01",
        "is no reason; did you mean",
    ),
    ("suppress --account A --reason outge --by R --until 2026-05-01", "'--reason': 'outge' is not one of"),
    ("alerts --claim one --by R", "'--claim': expected a whole number; see"),
    ("suppress --account Q --reason outage --by R --until 2026-05-01", "no account 'Q' as of"),
    ("suppress --end 9", "no suppression 9; 'keepwell suppress' lists them"),
]


def test_wrong_use_is_one_line(small: SmallProject, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--project", str(small.project.folder)]
    for words, line in WRONG_USE:
        assert run([*words.split(), *where]) == 2
        assert line in capsys.readouterr().err
