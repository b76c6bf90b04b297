"""The document in each form; `python -m tests.handoff.test_document` writes the snapshots anew."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from keepwell.decisions.handoff import clocks
from keepwell.decisions.rules import HandoffRules
from keepwell.show.handoff_paper import handoff_paper
from keepwell.show.paper.html import html
from keepwell.show.paper.markdown import markdown
from keepwell.show.paper.pdf import pdf, typeset
from keepwell.show.paper.terminal import show_paper
from keepwell.words.dossier import Dossier
from keepwell.words.handoff import Step
from keepwell.words.paper import Lines, Paper
from tests.handoff.samples import CHANGE_OF_CSM, DOSSIER, NASTY
from tests.show.samples import paper as sheet

SNAPSHOTS = Path(__file__).parent / "snapshots"
FORMS = {"md": markdown, "html": html}
DOCUMENTS = {"sale": DOSSIER, "csm-change": CHANGE_OF_CSM}
PARTS = """Three things to know, Vitals, Score, Trajectory, Risks, Expansion signs, Goals and success metrics,
Relationship map, Commitments, Open questions, Recommended actions, Dates"""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_reads_as_in_its_snapshot(name: str, form: str) -> None:
    kept = (SNAPSHOTS / f"{name}.{form}").read_text(encoding="utf-8")
    written = FORMS[form](handoff_paper(DOCUMENTS[name]))
    assert written == kept, "look at the change; then run python -m tests.handoff.test_document"


def things(it: Dossier) -> tuple[str, ...]:
    [block] = handoff_paper(it).sections[0].blocks
    assert isinstance(block, Lines)
    return block.items


def test_it_has_all_its_parts_in_order_and_opens_with_exactly_three_things() -> None:
    for it in DOCUMENTS.values():
        assert [section.heading for section in handoff_paper(it).sections] == PARTS.replace("\n", " ").split(", ")
        assert len(things(it)) == 3
    empty = replace(CHANGE_OF_CSM, commitments=(), flags=(), deals=(), growth=(), open_tickets=0)
    assert len(things(empty)) == 3
    assert things(DOSSIER)[0].startswith("It declined: behaviour and silence took 11.5 points within 27 days")
    assert (
        things(DOSSIER)[1]
        == "It is not ready: readiness 62.0, the gate is 65, and nobody wrote down goals and commitments."
    )


def test_a_score_above_the_gate_is_not_given_as_the_reason_why_it_is_not_ready() -> None:
    assert DOSSIER.handoff is not None
    above = replace(DOSSIER, handoff=replace(DOSSIER.handoff, score_milli=72_800))
    line = "It is not ready, though its score is (readiness 72.8, the gate is 65): nobody wrote down goals and commitments."
    assert line in things(above)


def test_nobody_is_asked_for_a_kickoff_that_was_held_nor_to_send_back_what_was_sent_back() -> None:
    row = replace(next(one for one in DOSSIER.readiness.score.evidence if one.next_step), signal="kickoff_booked")
    row = replace(row, next_step="Offer two dates for the kickoff today.")
    readiness = replace(DOSSIER.readiness, score=replace(DOSSIER.readiness.score, evidence=(row,)))
    assert DOSSIER.handoff is not None
    back = replace(DOSSIER.handoff, step=Step.SENT_BACK)
    waits = replace(DOSSIER, readiness=readiness, clocks=clocks(HandoffRules(), replace(back, kickoff_on=None)))
    said = markdown(handoff_paper(replace(waits, handoff=back)))
    assert "Offer two dates for the kickoff today." in said
    assert "Sales: answer the open questions; then it is accepted." in said
    assert "or send it back" not in said
    held = replace(waits, clocks=clocks(HandoffRules(), back))
    assert "Offer two dates" not in markdown(handoff_paper(held))


def test_what_the_data_says_is_text_and_nothing_else_in_every_form() -> None:
    written = html(handoff_paper(DOSSIER))

    found: set[str] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            del attrs
            found.add(tag)

    Tags().feed(written)
    assert not found & {"script", "a", "img", "link", "iframe"}
    assert "\x1b" not in written
    said = markdown(handoff_paper(DOSSIER))
    assert r"\[link\](http\://x)" in said
    assert r"\<script\>" in said
    console, out = sheet()
    show_paper(handoff_paper(DOSSIER), console)
    assert "\x1b" not in out.getvalue()
    assert "#let x = 1" in out.getvalue()


def test_the_pdf_is_the_same_each_time_and_shows_markup_as_it_is_written() -> None:
    """A text that the typesetter took as markup would look like the one that it means."""
    whole = handoff_paper(DOSSIER)
    assert pdf(whole).startswith(b"%PDF-")
    assert len(typeset(whole, "png")) == 2
    named = Paper(NASTY, "", (), ())
    assert typeset(named, "png") == typeset(named, "png")
    assert typeset(named, "png") != typeset(replace(named, title="bold link code alert(1)"), "png")
    assert typeset(replace(named, title="*a*"), "png") != typeset(replace(named, title="a"), "png")


def write_snapshots() -> None:
    """Write every snapshot as the documents read now."""
    for name, it in DOCUMENTS.items():
        for form, written in FORMS.items():
            (SNAPSHOTS / f"{name}.{form}").write_text(written(handoff_paper(it)), encoding="utf-8")


if __name__ == "__main__":
    write_snapshots()
