"""The matching: phrases of a description as the signals and the packaged dimensions they mean, else as questions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from keepwell.scoring.scorecard import Dimension, Scorecard
from keepwell.suggestion import draft, packaged
from keepwell.suggestion.phrases import Phrase, parse
from keepwell.words.reading import Signal
from keepwell.words.suggestion import Question, Suggestion

HEADER = ("title", "predicts", "horizon_days", "decision", "form", "min_coverage", "tiers")
IDLE = frozenset(
    "a an and the of in on our their your with by score scores health customer customers account accounts".split()
)


@dataclass(frozen=True)
class Topic:
    """What people speak of, the words they use for it, and what it counts."""

    name: str
    words: frozenset[str]
    counts: Dimension


def _topic(name: str, said: str, signals: str = "") -> tuple[str, str, str]:
    return name, said, signals


TOPICS = (  # without signals: the dimension of that name in the packaged weighted card
    _topic(
        "product_usage",
        "product usage use uses used utilisation utilization adoption activity engagement login licence license seat user"
        " telemetry feature",
    ),
    _topic("support_satisfaction", "support ticket helpdesk service case incident satisfaction escalation"),
    _topic("payment_timeliness", "payment pay paying paid timeliness invoice billing finance financial overdue debt"),
    _topic(
        "stakeholder_engagement",
        "stakeholder relationship engagement champion sponsor executive exec contact people meeting communication",
    ),
    _topic("voice", "voice nps survey feedback satisfaction advocacy promoter loyalty", "nps csat"),
    _topic("outcomes", "outcome goal milestone success plan value roi result", "milestones_missed goals_on_track"),
    _topic("commercial", "revenue mrr arr contract commercial expansion growth spend downgrade contraction", "mrr_change"),
    _topic("onboarding", "onboarding implementation rollout launch activation", "first_value_delay onboarding_progress"),
    _topic("judgement", "pulse csm judgement judgment gut opinion owner", "csm_pulse"),
)  # fmt: skip


@dataclass(frozen=True)
class Match:
    """A phrase and what it counts: a topic, or one signal."""

    phrase: Phrase
    topic: Topic | None
    signal: str | None

    @property
    def signals(self) -> tuple[str, ...]:
        """The signals it counts."""
        return tuple(self.topic.counts.measures) if self.topic else (self.signal or "",)


def described(
    name: str, text: str, signals: Mapping[str, Signal], answers: Mapping[str, str]
) -> tuple[Scorecard | None, Suggestion]:
    """The card that a description means; without it the questions that must be answered first."""
    phrases = parse(text)
    found = [
        _match(phrase, signals, answers.get(phrase.text, phrase.text))
        for phrase in phrases
        if phrase.weight is not None
    ]
    questions = [one for one in found if isinstance(one, Question)]
    matches = _apart([one for one in found if isinstance(one, Match)])
    questions += [_taken(one, matches) for one in matches if not one.signals]
    questions += _sum(phrases)
    if questions:
        return None, Suggestion(name, None, None, 0, questions=tuple(questions))
    card = _card(name, matches, signals)
    made = draft.checked(card, signals)
    reasons = {
        signal: f"'{one.phrase.text}', {_number(one.phrase.weight)} %" for one in matches for signal in one.signals
    }
    return card, Suggestion(name, None, None, 0, draft.measured(made, reasons, {}), draft.tiers_of(made))


def _match(phrase: Phrase, signals: Mapping[str, Signal], said: str) -> Match | Question:
    """A signal by name or title, else the one topic that most of the words speak of."""
    words = _words(said)
    for signal in signals.values():
        if (signal.bands or signal.categories) and words and words in (_words(signal.name), _words(signal.title)):
            return Match(phrase, None, signal.name)
    topics = _topics()
    votes = {topic.name: sum(word in topic.words for word in words) for topic in topics}
    most = max(votes.values())
    best = [topic for topic in topics if votes[topic.name] == most]
    weight = f" ({_number(phrase.weight)} %)"
    if most == 0 or 2 * most < len(words):
        known = ", ".join(topic.name.replace("_", " ") for topic in topics)
        what = f"'{said}'{weight} matches nothing that is measured; name a signal ('keepwell signals' lists them) or one of:"
        return Question(phrase.text, f"{what} {known}")
    if len(best) > 1:
        either = " or ".join(topic.name.replace("_", " ") for topic in best)
        return Question(phrase.text, f"'{said}'{weight} may mean {either}; say which")
    return Match(phrase, best[0], None)


def _words(text: str) -> frozenset[str]:
    """The words that matter, without plural."""
    found = re.findall(r"[a-z0-9]+", text.lower().replace("'s", ""))
    return frozenset(_singular(word) for word in found if word not in IDLE)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _topics() -> tuple[Topic, ...]:
    shipped = packaged.card(packaged.WEIGHTED).dimensions
    return tuple(
        Topic(name, _words(said), _counting(names.split()) if names else shipped[name]) for name, said, names in TOPICS
    )


def _counting(names: Sequence[str]) -> Dimension:
    return Dimension.model_validate({"measures": dict.fromkeys(names, 1)})


def _apart(matches: Sequence[Match]) -> list[Match]:
    """What a narrower phrase names leaves the wider one, and the earlier of two equals keeps it."""
    taken: set[str] = set()
    found: dict[int, Match] = {}
    for at in sorted(range(len(matches)), key=lambda at: (len(matches[at].signals), at)):
        one = matches[at]
        left = [signal for signal in one.signals if signal not in taken]
        taken.update(one.signals)
        found[at] = _only(one, left)
    return [found[at] for at in range(len(matches))]


def _only(one: Match, names: Sequence[str]) -> Match:
    if one.topic is None:
        return one if names else Match(one.phrase, Topic("", frozenset(), _counting([])), None)
    counts = one.topic.counts
    kept = {name: measure for name, measure in counts.measures.items() if name in names}
    return Match(one.phrase, Topic(one.topic.name, one.topic.words, counts.model_copy(update={"measures": kept})), None)


def _taken(one: Match, matches: Sequence[Match]) -> Question:
    others = " and ".join(f"'{other.phrase.text}'" for other in matches if other is not one and other.signals)
    text = f"'{one.phrase.text}' counts nothing that {others} do not count already; merge them or name other signals"
    return Question(one.phrase.text, text)


def _sum(phrases: Sequence[Phrase]) -> Iterator[Question]:
    if not phrases:
        yield Question(None, 'nothing is described; write it as in "40% product usage, 60% support satisfaction"')
        return
    unsaid = [phrase.text for phrase in phrases if phrase.weight is None]
    for text in unsaid:
        yield Question(None, f"'{text}' has no weight, or more than one; write it as in '20% {text}'")
    total = sum((phrase.weight for phrase in phrases if phrase.weight is not None), Decimal(0))
    if not unsaid and total != 100:
        off = f"{_number(abs(100 - total))} too {'few' if total < 100 else 'many'}"
        yield Question(None, f"the weights add up to {_number(total)}, {off}; which of them changes?")


def _card(name: str, matches: Sequence[Match], signals: Mapping[str, Signal]) -> Scorecard:
    model = packaged.words(packaged.card(packaged.WEIGHTED))
    dimensions: dict[str, Any] = {}
    measures: dict[str, Any] = {}
    for one in matches:
        if one.topic is None:
            measures[one.signal or ""] = {"weight": one.phrase.weight}
        else:
            dimensions[_slug(one.phrase.text)] = {**packaged.words(one.topic.counts), "weight": one.phrase.weight}
    apart = packaged.families_apart(
        [families for one in matches for families in _families(one, signals)],
    )
    return Scorecard.model_validate(
        {
            "scorecard": name,
            **{key: model[key] for key in HEADER},
            "title": "Customer health as described",
            **({"count_apart": apart} if apart else {}),
            **({"dimensions": dimensions} if dimensions else {}),
            **({"measures": measures} if measures else {}),
        }
    )


def _families(one: Match, signals: Mapping[str, Signal]) -> list[set[str]]:
    families = [{signals[name].family} for name in one.signals]
    worst_counts = one.topic is not None and one.topic.counts.combine in ("min", "max", "any_poor")
    return [set().union(*families)] if worst_counts else families


def _slug(text: str) -> str:
    """The name of a dimension: it begins with a letter."""
    return re.sub(r"^(?=\d)", "n", "_".join(re.findall(r"[a-z0-9]+", text.lower())))


def _number(value: Decimal | None) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if value is not None and "." in f"{value:f}" else f"{value:f}"
