"""Whole runs: who crossed, once, whenever the run comes; the decline is told to all three who must know."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from keepwell.book.scorer import Scorer
from keepwell.deciding import standings
from keepwell.handoff import records
from keepwell.state import State
from keepwell.use_cases import actions, dispatch, handing_over
from keepwell.words.decision import Kind, Mode
from keepwell.words.handoff import Because, Handoff, Input, News, Step, Track
from tests.handoff.crossing import BASELINE, FELL, LAST, POLICY, STAGED, WON
from tests.small_project import CARD, SmallProject


def kept(small: SmallProject) -> dict[str, Handoff]:
    return {it.account_id: it for it in records.every(State(small.project.state_url))}


def messages(small: SmallProject) -> list[str]:
    dispatch.deliver(small.project, dispatch.DeliverRequest(), print)
    return [file.read_text(encoding="utf-8") for file in sorted((small.folder / "told").glob("*"))]


def test_day_by_day_twice_or_late_after_missed_days_opens_the_same_handoffs_once(
    small: SmallProject, done: SmallProject
) -> None:
    """The day after the baseline is a rehearsal."""
    small.write("policy/ours.yml", POLICY.replace("rehearsal_days: 0", "rehearsal_days: 1"))
    told = list(handing_over.decide(small.project, as_of=BASELINE).tidings)
    assert [(it.account_id, it.silent, it.since) for it in kept(small).values()] == [("O", True, date(2025, 12, 31))]
    for day in (WON, WON, BASELINE):
        report = handing_over.decide(small.project, as_of=day)
        told += report.tidings
        assert report.rehearsal_until == WON
    assert messages(small) == [], "N would have been told of"
    first = kept(small)["N"]
    assert (first.because, first.since, first.step, first.owner_on) == (Because.CLOSED_WON, WON, Step.OPEN, None)
    assert (first.track, first.missing) == (Track.STANDARD, (Input.COMMITMENTS,)), "the score alone is no gate"
    told += handing_over.decide(small.project, as_of=date(2026, 3, 16)).tidings
    now, staged = kept(small)["N"], kept(small)["P"]
    assert (now.missing, now.owner_on, now.kickoff_on) == ((), date(2026, 3, 11), date(2026, 3, 16))
    assert (now.score_milli or 0) > (first.score_milli or 0)
    assert now.baseline == first.baseline
    assert (staged.because, staged.since, staged.track) == (Because.LIFECYCLE, STAGED, Track.SALES_REVIEW)
    told += handing_over.decide(small.project, as_of=LAST).tidings
    assert kept(small) == kept(done)
    seen = [(one.handoff.as_of, one.handoff.account_id, one.news) for one in told]
    assert [row for row in seen if row[2] is not News.LATE] == [
        (WON, "N", News.OPENED),
        (STAGED, "P", News.OPENED),
        (FELL, "N", News.DECLINED),
        (date(2026, 3, 25), "O", News.ENDED),
    ]
    late = {
        (one.handoff.account_id, one.handoff.as_of.day): [what.value for what in one.late] for one in told if one.late
    }
    assert late == {("N", 14): ["accepted"], ("P", 16): ["accepted"], ("N", 25): ["first_login"], ("P", 27): ["kickoff", "first_login"]}  # fmt: skip


def test_a_decline_alerts_the_owner_the_seller_and_the_manager_and_stands_among_the_transitions(
    done: SmallProject,
) -> None:
    [told] = standings.transitions(Scorer(done.project).state, "small", BASELINE, LAST)
    assert (told.kind, told.account_id, told.episode, told.as_of, told.mode) == (Kind.HANDOFF_DECLINE, "N", WON, FELL, Mode.LIVE)  # fmt: skip
    assert told.fall_milli is not None
    assert told.fall_milli >= 10_000
    assert "problem ticket" in told.evidence[0].reason
    [row] = [row for row in actions.list_alerts(done.project).alerts if row.kind is Kind.HANDOFF_DECLINE]
    assert (row.owner, row.account_id) == ("Olaf", "N")
    declined = [text for text in messages(done) if "decline after handoff" in text]
    assert sorted(name for text in declined for name in ("Olaf", "Sven", "Hanna") if f"For: {name}" in text) == ["Hanna", "Olaf", "Sven"]  # fmt: skip
    waits = "It waits\nPromise noted on 2026-03-11; Hanna is asked"
    assert all(waits in text for text in declined), "for what is promised alone: there is evidence enough"


def test_a_decline_leaves_alone_what_standings_told_of_the_same_day(small: SmallProject) -> None:
    small.decide(FELL - timedelta(days=1), FELL)
    for day in (BASELINE, FELL):
        handing_over.decide(small.project, as_of=day)
    assert {row.kind for row in actions.list_alerts(small.project).alerts} == {Kind.DROP, Kind.HANDOFF_DECLINE}
    assert sum("drop in 30 days" in text for text in messages(small)) == 1


def test_a_day_of_standings_that_is_decided_after_its_handoffs_takes_no_decline_back(done: SmallProject) -> None:
    """The step before had failed, and is done by the next run."""
    done.decide(FELL - timedelta(days=1), FELL)
    assert {row.kind for row in actions.list_alerts(done.project).alerts} == {Kind.DROP, Kind.HANDOFF_DECLINE}
    assert sum("decline after handoff" in text for text in messages(done)) == 3


def test_another_recipe_of_the_card_ends_no_watch_the_first_day_is_read_again_by_it(small: SmallProject) -> None:
    for day in (BASELINE, WON):
        handing_over.decide(small.project, as_of=day)
    small.write("scorecards/small.yml", CARD.replace("ticket_pressure: 1", "ticket_pressure: 2"))
    told = handing_over.decide(small.project, as_of=FELL).tidings
    [fell] = [one.handoff for one in told if one.news is News.DECLINED]
    assert (fell.account_id, fell.declined_on) == ("N", FELL)
    assert fell.baseline is not None
    assert fell.baseline.recipe != small.hash(), "what was frozen stays on record as it was"


def test_opening_and_lateness_are_told_to_whom_they_concern(done: SmallProject) -> None:
    texts = messages(done)
    [opened] = [text for text in texts if "crossed from sales on 2026-03-10" in text]
    assert "For: Olga" in opened, "nobody owns it yet"
    assert "Missing: commitments." in opened
    [review] = [text for text in texts if "crossed from sales on 2026-03-12: back to sales review" in text]
    assert "For: Selma" in review, "the seller by the policy"
    assert any("15 days after it crossed from sales without first login" in text for text in texts)


def test_two_schedulers_at_once_decide_each_day_once_and_an_exception_holds_back_what_it_covers(
    small: SmallProject,
) -> None:
    exempt = (
        "suppressions: [{account: N, reason: implementation, author: Rita, since: 2026-03-01, until: 2026-04-30}]\n"
    )
    small.write("policy/ours.yml", POLICY + exempt)
    handing_over.decide(small.project, as_of=BASELINE)
    project = small.project
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: handing_over.decide(project, as_of=FELL), range(2)))
    assert sorted(day.day for report in reports for day in report.days) == list(range(10, 21))
    assert sorted(kept(small)) == ["N", "O", "P"]
    [told] = standings.transitions(Scorer(small.project).state, "small", BASELINE, LAST)
    assert told.mode is Mode.SUPPRESSED
    texts = messages(small)
    assert not [text for text in texts if "Nova" in text]
    assert any("Pine crossed from sales" in text for text in texts)


def test_a_later_load_that_tells_of_a_customer_first_opens_a_handoff_and_the_first_load_of_a_source_none(
    done: SmallProject,
) -> None:
    """Q and R come with a second load; R was created a year ago. S and T are of a source that is new."""
    accounts = (done.folder / "exports/accounts.csv").read_text(encoding="utf-8")
    rows = "Q,Quill,2026-04-01,2026-03-30,Olaf,Sven,M,customer\nR,Rust,2026-04-01,2025-03-30,Olaf,Sven,M,customer\n"
    done.write("exports/accounts.csv", accounts + rows)
    done.write("exports/old.csv", "id,name,stage\nS,Stone,customer\nT,Tin,onboarding\n")
    columns = "columns: {name: name, lifecycle: stage}"
    table = f"tables:\n  - file: old.csv\n    facts:\n      - {{kind: account, id: id, {columns}}}\n"
    done.write("sources/old.yml", f"source: old\nsystem: crm\nfolder: exports\n{table}")
    done.today = "2026-04-01"
    done.ingest()  # on the morning of the 2nd, after the 1st has closed
    done.today = "2026-04-02"
    handing_over.decide(done.project)
    assert sorted(kept(done)) == ["N", "O", "P", "Q"]
    assert (kept(done)["Q"].because, kept(done)["Q"].since) == (Because.LIFECYCLE, date(2026, 4, 2))


def test_an_import_that_names_a_new_customer_days_later_is_not_known_on_the_day_it_crossed(done: SmallProject) -> None:
    """Q comes alone with the CRM's load, three days later with five others from a second source; the days are decided late."""
    accounts = (done.folder / "exports/accounts.csv").read_text(encoding="utf-8")
    done.write("exports/accounts.csv", f"{accounts}Q,Quill,2026-04-01,2026-03-30,Olaf,Sven,M,customer\n")
    done.write("exports/old.csv", "id,name,stage\nS,Stone,customer\n")
    table = "tables: [{file: old.csv, facts: [{kind: account, id: id, columns: {name: name, lifecycle: stage}}]}]\n"
    done.write("sources/old.yml", f"source: old\nsystem: crm\nfolder: exports\n{table}")
    done.today = "2026-04-01"
    done.ingest()  # on the morning of the 2nd, after the 1st has closed
    imported = "".join(f"{name},{name}-Corp,customer\n" for name in "SQUVWXY")
    done.write("exports/old.csv", f"id,name,stage\n{imported}")
    done.today = "2026-04-04"
    done.ingest()
    done.today = "2026-04-05"
    [unclear] = handing_over.decide(done.project).unclear
    assert (kept(done)["Q"].because, kept(done)["Q"].since) == (Because.LIFECYCLE, date(2026, 4, 2))
    assert [name for name, _ in unclear.accounts] == ["U", "V", "W", "X", "Y"]


def test_a_load_of_many_old_customers_opens_no_handoffs_but_asks_revops_once_of_whom_no_date_tells(
    small: SmallProject,
) -> None:
    """Six come at once without a date; V had a ticket in 2025, and W's won deal came with it."""
    tickets = (small.folder / "exports/tickets.csv").read_text(encoding="utf-8")
    small.write("exports/tickets.csv", tickets + "3,V,2025-06-01,low\n")
    small.ingest()
    handing_over.decide(small.project, as_of=LAST)
    imported = "".join(f"{name},{name}-Corp,2026-04-01,,Olaf,Sven,M,customer\n" for name in "UVWXYZ")
    accounts = (small.folder / "exports/accounts.csv").read_text(encoding="utf-8")
    small.write("exports/accounts.csv", accounts + imported)
    deals = (small.folder / "exports/deals.csv").read_text(encoding="utf-8")
    small.write("exports/deals.csv", deals + "D4,W,new,Won,2026-03-01,2026-03-29,2026-03-29,true\n")
    small.today = "2026-04-01"
    small.ingest()  # on the morning of the 2nd, after the 1st has closed
    small.today = "2026-04-02"
    report = handing_over.decide(small.project)
    assert {name for name in kept(small) if name in "UVWXYZ"} == {"W"}
    assert kept(small)["W"].because is Because.CLOSED_WON
    [unclear] = report.unclear
    assert (unclear.day, [name for name, _ in unclear.accounts]) == (date(2026, 4, 2), ["U", "X", "Y", "Z"])
    [note] = [text for text in messages(small) if "came with an import" in text]
    assert "For: Hanna" in note, "the policy names nobody of RevOps"
    assert "U-Corp" in note
    assert handing_over.decide(small.project).unclear == ()
