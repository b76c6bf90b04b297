"""Texts for a customer's eyes: no score, no tier, no reason code, no word of risk."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from keepwell.words.inert import clean

# what we say among ourselves about how safe an account is
AMONG_US = (
    *("scor(?:e|es|ed|ing|ecards?)", "tier(?:s|ed)?", "risk(?:s|y|ier|iest)?", "churn\\w*", "(?:un)?health\\w*"),
    *("critical\\w*", "red flags?", "detractors?", "retention", "cancel\\w*", "downgrad\\w*", "escalat\\w*"),
    *("reason codes?", "early warnings?", "playbooks?", "csm pulse", "attrition"),
    *("(?:at|high|low|no|churn)risk", "risk(?:scores?|levels?|flags?|factors?)"),  # as fields are named
)
GRADES = "poor|watch|healthy|recovered|missing|stale|shown|risk|opportunity"
CODE = rf"[a-z]\w*\.(?:{GRADES})|(?:guard|data|tier|child)\.[a-z]\w*"
NAME = "[a-z]+(?:_[a-z0-9]+)+"  # of a signal, a status, a transition
INDISCREET = re.compile(
    rf"(?<![^\W\d])(?:{'|'.join((*AMONG_US, CODE, NAME))})(?![^\W\d])"
)  # a number beside it hides nothing


def indiscreet(text: str, tiers: Iterable[str] = ()) -> str | None:
    """The first word that no customer should read, as it is compared; None: there is none.

    >>> indiscreet("Your Score fell"), indiscreet("champion.poor"), indiscreet("I saw your team uses reports less")
    ('score', 'champion.poor', None)
    >>> indiscreet("All is stable", ["stable"]), indiscreet("sc\u200bore")
    ('stable', 'score')
    """
    plain = _plain(text)
    found = INDISCREET.search(plain)
    if found is not None:
        return found[0]
    return next(
        (tier for tier in map(_plain, tiers) if tier and re.search(rf"(?<!\w){re.escape(tier)}(?!\w)", plain)), None
    )


def _plain(text: str) -> str:
    """As it reads: letters of one form, nothing invisible, one kind of space."""
    seen = (one for one in unicodedata.normalize("NFKC", clean(text)) if unicodedata.category(one) != "Cf")
    return " ".join("".join(seen).casefold().split())
