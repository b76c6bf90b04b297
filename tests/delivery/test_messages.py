"""A message in every form that leaves the house; `python -m tests.delivery.test_messages` writes the snapshots anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.models.blocks import ActionsBlock, Block, HeaderBlock, SectionBlock

from keepwell.delivery.blocks import blocks, fallback
from keepwell.delivery.html import html
from keepwell.delivery.markdown import markdown
from keepwell.delivery.payload import payload
from keepwell.delivery.text import text
from keepwell.words.message import Message
from tests.delivery.samples import ALERT, BRIEF, ENDLESS, HOSTILE, NASTY, NOTE, RECOVERED

SNAPSHOTS = Path(__file__).parent / "snapshots"
WRITTEN = datetime(2026, 3, 2, 6, 30)
FORMS: dict[str, Callable[[Message], str]] = {
    "txt": text,
    "md": markdown,
    "html": html,
    "slack.json": lambda it: _shown(blocks(it, buttons=True)),
    "webhook.json": lambda it: _shown(json.loads(payload(it, WRITTEN))),
}
MESSAGES: dict[str, Message] = {
    "at-risk": ALERT,
    "recovered": RECOVERED,
    "note": NOTE,
    "brief": BRIEF,
    "hostile": NASTY,
}


def _shown(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_reads_as_in_its_snapshot(name: str, form: str) -> None:
    kept = (SNAPSHOTS / f"{name}.{form}").read_text(encoding="utf-8")
    assert FORMS[form](MESSAGES[name]) == kept, "look at the change; then run python -m tests.delivery.test_messages"


def test_an_alert_says_all_that_its_owner_needs() -> None:
    said = text(ALERT)
    for part in ("Olaf", "Ädams & Söhne", "55.0 → 41.3", "watch → poor", "10,000 EUR", "2026-09-30, 213 days ahead"):
        assert part in said
    for part in (
        "$8,500, 21 days past due [2026-02-08]",
        "data through 2026-02-28",
        "billing dispute",
        "Escalation 812",
    ):
        assert part in said
    for part in ("save-review", "2026-03-03 14:00+01:00", str(ALERT.link)):
        assert part in said
    assert "a fourth reason" not in said


# --- Slack's limits, by Slack's own models


def parsed(found: list[dict[str, Any]]) -> list[Block]:
    """The blocks as slack-sdk's models, each of which checks itself and its parts."""
    made = [block for one in found if (block := Block.parse(one)) is not None]
    assert len(made) == len(found)
    for block in made:
        block.validate_json()
        parts = getattr(block, "elements", None) or getattr(block, "fields", None) or []
        for part in [*parts, getattr(block, "text", None)]:
            if part is not None:
                part.validate_json()
    return made


@pytest.mark.parametrize("message", [*MESSAGES.values(), ENDLESS], ids=[*MESSAGES, "endless"])
def test_slack_messages_are_valid_by_slacks_own_models(message: Message) -> None:
    for found in (blocks(message, buttons=True), blocks(message), blocks(message, closed_by=RECOVERED)):
        made = parsed(found)
        assert len(made) <= 50
        assert {type(block) for block in made} <= {HeaderBlock, SectionBlock, ActionsBlock}
        for one in found:
            assert len(one.get("text", {}).get("text", "")) <= (150 if one["type"] == "header" else 3000)
            assert all(len(field["text"]) <= 2000 for field in one.get("fields", ()))
    assert len(fallback(message)) <= 3000


def texts(node: Any) -> Iterator[tuple[str, str]]:
    """(type, text) of every text object."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["type"], node["text"]
        for inner in node.values():
            yield from texts(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from texts(inner)


@pytest.mark.parametrize("message", [NASTY, ENDLESS], ids=["hostile", "endless"])
def test_nothing_that_data_says_can_mention_link_or_format_in_slack(message: Message) -> None:
    found = list(texts(blocks(message, buttons=True)))
    for kind, said in [*found, ("plain_text", fallback(message))]:
        assert "<" not in said
        assert ">" not in said
        assert said.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").count("&") == 0, "half an escape"
        if kind == "mrkdwn":
            assert said.strip("*").isascii(), "only our own labels are marked up"
            assert len(said) < 30
    assert {kind for kind, said in found if "evil" in said or "&lt;" in said} == {"plain_text"}
    assert "javascript:" not in json.dumps(blocks(message))


def test_buttons_carry_the_alert_and_go_once_it_is_over() -> None:
    *_, actions = blocks(ALERT, buttons=True)
    pressed = {one["action_id"]: one.get("value") for one in actions["elements"]}
    names = ("keepwell_claim", "keepwell_snooze", "keepwell_false_alarm")
    assert pressed == {**dict.fromkeys(names, ALERT.key), "keepwell_open": None}
    for found in (blocks(ALERT), blocks(ALERT, buttons=True, closed_by=RECOVERED), blocks(RECOVERED, buttons=True)):
        assert [one["action_id"] for one in found[-1]["elements"]] == ["keepwell_open"]
    assert "recovered, 49.0 → 63.0" in blocks(ALERT, closed_by=RECOVERED)[1]["text"]["text"]


# --- HTML and text


class Tags(HTMLParser):
    """All tags with their attributes, and the text between."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data


def test_nothing_that_data_says_is_markup_in_html() -> None:
    nasty, plain = Tags(html(NASTY)), Tags(html(ALERT))
    assert {tag for tag, _ in nasty.tags} <= {tag for tag, _ in plain.tags}
    assert {name for _, attributes in nasty.tags for name in attributes} <= {
        "lang",
        "charset",
        "name",
        "content",
        "style",
        "scope",
    }
    assert "<script>alert(1)</script>" in nasty.said, "it is shown as what it is"
    assert [attributes["href"] for tag, attributes in plain.tags if tag == "a"] == [ALERT.link]


def test_nothing_that_data_says_can_begin_a_line_or_steer_a_terminal() -> None:
    said = text(NASTY)
    assert not any(line.startswith("Bcc") for line in said.splitlines())
    assert not {"\x1b", "\u202e", "\r"} & set(said)
    assert len(HOSTILE.splitlines()) == 2


def test_a_webhook_has_type_timestamp_and_exact_figures() -> None:
    body = json.loads(payload(ALERT, WRITTEN))
    assert (body["type"], body["timestamp"]) == ("alert.at_risk", "2026-03-02T06:30:00Z")
    data = body["data"]
    assert (data["key"], data["thread"], data["new_milli"], data["new_score"]) == (
        ALERT.key,
        ALERT.thread,
        41_250,
        41.25,
    )
    assert (data["mrr"], data["mrr_minor"], data["due"]) == (10_000.0, 1_000_000, "2026-03-03T14:00:00+01:00")
    assert json.loads(payload(NOTE, WRITTEN))["type"] == "note.source_outage"


def write_snapshots() -> None:
    """Write every snapshot as the messages read now."""
    for name, message in MESSAGES.items():
        for form, written in FORMS.items():
            (SNAPSHOTS / f"{name}.{form}").write_text(written(message), encoding="utf-8")


if __name__ == "__main__":
    write_snapshots()
