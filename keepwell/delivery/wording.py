"""What a message says, once for all channels: a title, facts, lists, a link. Every text in it is inert."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from keepwell.words.figures import money, points
from keepwell.words.inert import clean, cut
from keepwell.words.message import Alert, DatedReason, Message, Note

MOST_REASONS = 3
LONGEST_NAME, LONGEST_LINE = 120, 600  # what a person can read; channels have room for it


@dataclass(frozen=True)
class Block:
    """A heading and its lines; numbered where their order says which comes first."""

    heading: str
    lines: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Wording:
    """A message as everyone shows it."""

    title: str
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    link: str | None

    @property
    def numbered(self) -> Iterator[tuple[str, list[str]]]:
        """Each block's heading with its lines, numbers in front where it has them."""
        for block in self.blocks:
            lines = [f"{n}. {line}" if block.numbered else line for n, line in enumerate(block.lines, 1)]
            yield block.heading, lines


def wording(message: Message) -> Wording:
    """What a message says."""
    return _alert(message) if isinstance(message, Alert) else _note(message)


def _alert(it: Alert) -> Wording:
    score = f"{_score(it.old_milli)} → {_score(it.new_milli)}"
    name = _name(it.account)
    facts = [
        ("For", _name(it.owner)),
        ("Due", _moment(it.due)),
        ("Account", name if it.account == it.account_id else f"{name} ({_name(it.account_id)})"),
        ("Score", score),
        ("Tier", _tiers(it)),
        ("MRR", money(it.mrr_minor, it.currency) if it.mrr_minor is not None else ""),
        ("Renewal", _renewal(it.renewal_day, it.as_of)),
        ("As of", _as_of(it)),
    ]
    step = _line(it.next_step or it.play or "")
    if it.next_step and it.play:
        step = f"{step} (play: {_name(it.play)})"
    blocks = [
        Block("Reasons", tuple(_reason(one) for one in it.reasons[:MOST_REASONS]), numbered=True),
        Block("Exception", (_line(it.exception),) if it.exception else ()),
        Block("Already in hand", tuple(_line(text) for text in it.in_hand)),
        Block("In the pipeline", tuple(_line(text) for text in it.pipeline)),
        Block("Next step", (step,) if step else ()),
        Block("It waits", (_line(it.waits),) if it.waits else ()),
    ]
    told = tuple((label, value) for label, value in facts if value)
    return Wording(f"{name}: {_line(it.what)}, {score}", told, tuple(one for one in blocks if one.lines), _web(it.link))


def _note(it: Note) -> Wording:
    lines = tuple(_line(text) for text in it.lines)
    facts = [("For", it.owner), *it.facts]
    blocks = [Block("", lines), *(Block(_name(one.heading), tuple(map(_line, one.lines))) for one in it.sections)]
    return Wording(
        _line(it.title),
        tuple((label, _name(value)) for label, value in facts if value),
        tuple(block for block in blocks if block.lines),
        _web(it.link),
    )


def _name(text: str) -> str:
    return _short(text, LONGEST_NAME)


def _line(text: str) -> str:
    return _short(text, LONGEST_LINE)


def _short(text: str, longest: int) -> str:
    return cut(clean(text[: 2 * longest]), longest)


def _score(milli: int | None) -> str:
    return "no score" if milli is None else points(milli)


def _tiers(it: Alert) -> str:
    old, new = (_name(tier) if tier else "" for tier in (it.old_tier, it.new_tier))
    return f"{old} → {new}" if old and new and old != new else new or old


def _reason(it: DatedReason) -> str:
    return _line(it.text) + (f" [{it.observed_at}]" if it.observed_at else "")


def _renewal(renewal: date | None, as_of: date) -> str:
    if renewal is None:
        return ""
    days = (renewal - as_of).days
    return f"{renewal}, {abs(days)} day{'' if abs(days) == 1 else 's'} {'ahead' if days >= 0 else 'past'}"


def _as_of(it: Alert) -> str:
    return str(it.as_of) + (f", data through {it.fresh_through}" if it.fresh_through else "")


def _moment(moment: datetime | None) -> str:
    """`2026-03-03 14:00+01:00`, as the owner's clock shows it."""
    return moment.isoformat(" ", "minutes") if moment else ""


def _web(link: str | None) -> str | None:
    """A link that leads to a page and nowhere else."""
    if link is None or clean(link) != link or urlsplit(link).scheme not in ("https", "http"):
        return None
    return link
