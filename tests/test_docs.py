"""The documentation says what is there: its examples load, its commands and links exist, its tables are complete.

`python -m tests.test_docs` writes the tables of fact kinds into docs/sources.md.
"""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import typer.main
from pydantic import BaseModel

from keepwell import channels, document
from keepwell.cli import app
from keepwell.decisions import playbook, policy
from keepwell.decisions.transitions import RULES
from keepwell.project import Config, packaged_scorecards
from keepwell.scoring import scorecard
from keepwell.scoring.planner import plan
from keepwell.signals.catalogue import CATALOGUE
from keepwell.sources import column_map
from keepwell.sources.map_check import read_source
from keepwell.use_cases import runs
from keepwell.words.decision import Kind as Decided
from keepwell.words.decision import Status
from keepwell.words.fact import KINDS, Column, Form, Kind, Load, Watermark
from keepwell.words.score import RowKind

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
WITH_COMMANDS = [
    ROOT / "README.md",
    DOCS / "tour.md",
    DOCS / "sources.md",
    DOCS / "scorecards.md",
    DOCS / "learning.md",
    DOCS / "decisions-and-policy.md",
    DOCS / "handoff.md",
    DOCS / "delivery.md",
    DOCS / "review.md",
    DOCS / "playbooks.md",
    DOCS / "feedback.md",
    DOCS / "briefings.md",
    DOCS / "running.md",
]
SOURCES = (DOCS / "sources.md").read_text(encoding="utf-8")
DELIVERY = (DOCS / "delivery.md").read_text(encoding="utf-8")
POLICIES = (DOCS / "decisions-and-policy.md").read_text(encoding="utf-8")
PLAYBOOKS = (DOCS / "playbooks.md").read_text(encoding="utf-8")
SCORECARDS = (DOCS / "scorecards.md").read_text(encoding="utf-8")

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
KINDS_PART = re.compile(r"(<!-- kinds: .*? -->\n)(.*)(<!-- end of kinds -->)", re.DOTALL)

POLICY_PARTS = [
    policy.Policy,
    policy.Thresholds,
    policy.Lasting,
    policy.Alarms,
    policy.Noise,
    policy.WhoActs,
    policy.Repeats,
    policy.Sla,
]
POLICY_PARTS += [
    policy.Coverage,
    policy.Exempt,
    policy.StopRules,
    policy.Authority,
    policy.Feedback,
    policy.HandoffTerms,
]

SOURCE_HEAD = "source: a\nsystem: other\n"
ACCOUNT_FACT = "facts: [{kind: account, id: id}]\n"
MAP_PARTS = [column_map.SourceMap, column_map.TableMap, column_map.FactMap, column_map.ColumnMap]
MAP_PARTS += [column_map.Key, column_map.Reference, column_map.Deleted]
CARD_PARTS = [
    *(scorecard.Scorecard, scorecard.Dimension, scorecard.Levels, scorecard.Measure, scorecard.Case, scorecard.Band),
    *(scorecard.Policy, scorecard.Tier, scorecard.Requirement, scorecard.Guard, scorecard.Bonus, scorecard.Segment),
    scorecard.Input,
]


# --- the tables of fact kinds


def kinds_text() -> str:
    """One section a kind, one row a column."""
    return "\n".join(_kind_text(kind) for kind in KINDS.values())


def _kind_text(kind: Kind) -> str:
    form = "A state" if kind.form is Form.STATE else "An event"
    load = "a snapshot" if kind.load is Load.SNAPSHOT else "appended"
    through = "the day of the load" if kind.watermark is Watermark.LOAD else "its newest row's day"
    rows = "".join(_column_text(column) for column in kind.columns)
    return (
        f"### {kind.name}\n\n{kind.doc[0].upper()}{kind.doc[1:].rstrip('. ')}.\n"
        f"{form}, dated by `{kind.dated_by}`; {load}; complete through {through}.\n\n| column | type | |\n|---|---|---|\n{rows}"
    )


def _column_text(column: Column) -> str:
    said = [part for part in ("required" if column.required else "", column.doc) if part]
    return f"| {' | '.join([f'`{column.name}`', column.type, '; '.join(said)])} |\n".replace("|  |", "| |")


def write_kinds() -> None:
    """Bring the tables in docs/sources.md up to date."""
    (DOCS / "sources.md").write_text(_with_kinds(SOURCES), encoding="utf-8")


def _with_kinds(page: str) -> str:
    return KINDS_PART.sub(lambda found: f"{found[1]}\n{kinds_text()}\n{found[3]}", page)


def test_every_fact_kind_and_column_has_its_row() -> None:
    assert _with_kinds(SOURCES) == SOURCES, "run python -m tests.test_docs"
    found = KINDS_PART.search(SOURCES)
    assert found
    for kind in KINDS.values():
        section = found[2].split(f"### {kind.name}\n")[1].split("### ")[0]
        assert [c.name for c in kind.columns] == re.findall(r"^\| `(\w+)`", section, re.MULTILINE)


# --- examples


def yaml_blocks(page: str) -> list[str]:
    return [body for language, body in FENCE.findall(page) if language == "yaml"]


def _item(body: str, depth: int) -> str:
    """The body as the only item of a list."""
    return f"{'  ' * (depth - 1)}-\n{textwrap.indent(body, '  ' * depth)}"


def whole_map(block: str) -> str:
    """A column map around a part of one; its first line says which part it is."""
    marker, _, body = block.partition("\n")
    if marker.startswith("# columns of a"):
        columns = textwrap.indent(body, "  ")
        marker, body = "# in a fact", f"kind: {marker.split()[-1]}\nid: id\naccount: a\ncolumns:\n{columns}"
    if marker == "# in a fact":
        marker, body = "# in a table", f"file: a.csv\nfacts:\n{_item(body, 1)}"
    if marker == "# in a table":
        facts = "" if "facts:" in body else ACCOUNT_FACT
        return f"{SOURCE_HEAD}tables:\n{_item(body + facts, 1)}"
    if marker == "# in a source":
        table = _item(f"file: a.csv\n{ACCOUNT_FACT}", 1)
        return f"{SOURCE_HEAD}{body}tables:\n{table}"
    return block


def whole_card(block: str) -> str:
    """A scorecard around a part of one; its first line says which part it is."""
    marker, _, body = block.partition("\n")
    match marker:
        case "# in a weighted card":
            return f"scorecard: a\nform: weighted\n{body}"
        case "# measures of a weighted card":
            return f"scorecard: a\nform: weighted\nmeasures:\n{textwrap.indent(body, '  ')}"
        case "# measures of a card of points":
            return f"scorecard: a\nform: points\nmeasures:\n{textwrap.indent(body, '  ')}"
        case _:
            return block


@pytest.mark.parametrize("block", yaml_blocks(SOURCES))
def test_every_example_of_a_map_loads(block: str, tmp_path: Path) -> None:
    if block.startswith("# in keepwell.yml\n"):
        document.parse(f"version: 1\nname: a\n{block}").check(Config)
        return
    file = tmp_path / "a.yml"
    file.write_text(whole_map(block), encoding="utf-8")
    assert read_source(file).tables


@pytest.mark.parametrize("block", yaml_blocks(SCORECARDS))
def test_every_example_of_a_card_can_be_planned(block: str) -> None:
    parsed = document.parse(whole_card(block))
    assert plan(scorecard.read(parsed), CATALOGUE, parsed).leaves()


@pytest.mark.parametrize("block", yaml_blocks(POLICIES))
def test_every_example_of_a_policy_loads(block: str) -> None:
    marker, _, body = block.partition("\n")
    text = f"policy: a\ndecision: whom to call\n{body}" if marker == "# in a policy" else block
    assert policy.read(document.parse(text)).rules().noise_milli


@pytest.mark.parametrize("block", yaml_blocks(PLAYBOOKS))
def test_every_example_of_a_playbook_loads(block: str) -> None:
    assert playbook.read(document.parse(block)).plays


@pytest.mark.parametrize("part", [playbook.Playbook, playbook.Play, playbook.When, playbook.Task, playbook.Draft])
def test_every_key_and_action_of_a_playbook_is_explained(part: type[BaseModel]) -> None:
    assert {key for key in keys(part) if f"`{key}`" not in PLAYBOOKS} == set()
    assert all(f"`{action}`" in PLAYBOOKS for action in playbook.ACTIONS)


@pytest.mark.parametrize("block", yaml_blocks(DELIVERY))
def test_every_example_of_channels_loads(block: str) -> None:
    assert document.parse(f"version: 1\nname: a\n{block}").check(Config).channels


@pytest.mark.parametrize("part", get_args(channels.AnySetting))
def test_every_key_of_a_channel_is_explained(part: type[BaseModel]) -> None:
    assert {key for key in keys(part) if f"`{key}`" not in DELIVERY and f"`{key}: " not in DELIVERY} == set()


@pytest.mark.parametrize("part", POLICY_PARTS)
def test_every_key_of_a_policy_appears(part: type[BaseModel]) -> None:
    assert missing_keys(part, POLICIES) == set()


def test_every_status_and_transition_is_explained() -> None:
    told = re.findall(r"^\| `(\w+)` \|", POLICIES.split("## The policy file")[0], re.MULTILINE)
    assert sorted(told) == sorted([*Status, *Decided])
    assert len(RULES) == len(Decided) - 2  # one rule tells at risk and recovered, handoffs tell their decline


def keys(part: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in part.model_fields.items()}


def missing_keys(part: type[BaseModel], page: str) -> set[str]:
    """Keys that neither stand in backticks nor in an example."""
    examples = "\n".join(yaml_blocks(page))
    return {k for k in keys(part) if f"`{k}`" not in page and not re.search(rf"(?<![\w-]){k}: ", examples)}


@pytest.mark.parametrize("part", MAP_PARTS)
def test_every_key_of_a_map_is_explained(part: type[BaseModel]) -> None:
    assert {key for key in keys(part) if f"`{key}`" not in SOURCES} == set()


@pytest.mark.parametrize("part", CARD_PARTS)
def test_every_key_of_a_card_appears(part: type[BaseModel]) -> None:
    assert missing_keys(part, SCORECARDS) == set()


def test_every_key_at_the_top_of_a_card_is_explained() -> None:
    assert {key for key in keys(scorecard.Scorecard) if f"`{key}`" not in SCORECARDS} == set()


def test_every_shipped_card_is_listed_with_its_form_and_origin() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", SCORECARDS.split("## The shipped cards")[1], re.MULTILINE))
    cards = {name: scorecard.read(document.read(file)) for name, file in packaged_scorecards().items()}
    assert set(rows) & set(cards) == set(cards)
    for name, card in cards.items():
        assert rows[name].startswith(f"{card.form} |")
        assert (card.source or "") in rows[name]


def test_the_worked_example_shows_what_the_engine_computes() -> None:
    score = runs.assess(ROOT / "examples" / "techcorp.yml").score
    assert score.score_milli is not None
    assert score.low_milli is not None
    assert score.high_milli is not None
    range_ = f"range {score.low_milli / 1000:.1f} to {score.high_milli / 1000:.1f}"
    headline = f"{score.score_milli / 1000} of 100, {score.tier}, {range_}, coverage {score.coverage_ppm // 10_000} %"
    section = SCORECARDS.split("## How a score is computed")[1].split("\n## ")[0]
    assert headline in section.replace("\n", " ")
    shown = dict(re.findall(r"^\| `(\w+)` \| .* \| ([\d.]+) \|$", section, re.MULTILINE))
    points = {e.name: e.points_milli for e in score.evidence if e.kind is RowKind.MEASURE and e.points_milli}
    assert {name: round(float(text) * 1000) for name, text in shown.items()} == points


# --- commands and links


def commands(page: str) -> Iterator[list[str]]:
    """Every call of keepwell in the shell blocks and the inline code of a page, as its words."""
    shell = [body for language, body in FENCE.findall(page) if language in ("sh", "bash", "console")]
    inline = re.findall(r"`([^`\n]+)`", FENCE.sub("", page))
    for line in [*"\n".join(shell).splitlines(), *inline]:
        for call in re.split(r"&&|;|\|", line) if re.match(r"\s*(keepwell|cd|cp) ", line) else [line]:
            if call.strip().startswith("keepwell "):
                yield shlex.split(call, comments=True)[1:]


@pytest.mark.parametrize("file", WITH_COMMANDS, ids=lambda file: file.name)
def test_every_command_and_option_exists(file: Path) -> None:
    group = typer.main.get_command(app)
    known = getattr(group, "commands", {})
    for name, *rest in commands(file.read_text(encoding="utf-8")):
        assert name in known
        options = {option for parameter in known[name].params for option in parameter.opts} | {"--help", "-h"}
        assert {word.partition("=")[0] for word in rest if word.startswith("-")} <= options, name


def anchors(page: str) -> set[str]:
    """The names under which headings can be linked to, as GitHub makes them."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(FENCE.sub("", page)))
    return {text.replace(" ", "-") for text in plain}


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_leads_somewhere(file: Path) -> None:
    page = file.read_text(encoding="utf-8")
    for link in LINK.findall(FENCE.sub("", page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = file.parent / path if path else file
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


if __name__ == "__main__":
    write_kinds()
