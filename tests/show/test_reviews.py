"""The review queue, the record and authority on a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keepwell.show.authority import show_authority
from keepwell.show.reviews import show_audit, show_check, show_reviews
from tests.show.review_samples import AUDIT, AUTHORITY, CHECK, REVIEWS, ROW
from tests.show.samples import paper


@pytest.mark.parametrize("width", [80, 160])
def test_items_say_who_is_asked_what_by_when_and_why(width: int) -> None:
    console, sheet = paper(width)
    show_reviews(REVIEWS, console)
    text = " ".join(sheet.getvalue().split())
    assert "Review 8 is deferred until 2026-04-01, says Hanna: on holiday" in text
    assert "Draft of 8: [red]Hello[/red]" in text
    assert "\x1b" not in text
    if width == 160:
        assert "it renews in 31 days" in text
        assert "2026-03-19 late" in text
    console, sheet = paper()
    show_reviews(replace(REVIEWS, items=(ROW,) * 50, changed=None), console)
    assert "and 10 more; --json has all" in sheet.getvalue()


def test_the_record_and_its_check_are_shown_with_the_head_to_keep() -> None:
    console, sheet = paper()
    show_audit(AUDIT, console)
    show_check(CHECK, console)
    show_check(replace(CHECK, broken="row 10 is missing", broken_at=10), console)
    text = " ".join(sheet.getvalue().split())
    assert "[b]Eve[/b]" in text
    assert "1 of 9 rows; --json has all of each" in text
    assert "The audit log is whole: 9 rows." in text
    assert f"9:{'b' * 64}" in text.replace(" ", "")
    assert "The audit log is broken: row 10 is missing. It is whole through row 9; what follows is not" in text
    assert text.count("Keep its head") == 1, "a head that is kept of a broken log would vouch for what was changed"


def test_authority_is_shown_with_what_is_met_and_what_was_refused() -> None:
    console, sheet = paper(120)
    show_authority(AUTHORITY, console)
    text = " ".join(sheet.getvalue().split())
    assert "default-ten in segment E may prioritise" in text
    assert "granted: trigger by Rita on 2026-03-20: a good quarter · the policy allows at most assist" in text
    assert "3 of 28 days no" in text
    assert "default-ten may trigger in segment E, says Rita: a good quarter" in text
    assert "Nothing was granted; not met: - trigger: it was watched for long enough" in text
