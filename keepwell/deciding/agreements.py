"""Which policy holds for which card, and which exceptions are in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from keepwell import document
from keepwell.book.scorer import Card
from keepwell.deciding import suppressions
from keepwell.decisions import policy, suppression
from keepwell.decisions.policy import Policy
from keepwell.decisions.review import Item, may_decide
from keepwell.document import Document
from keepwell.project import Project
from keepwell.state import State
from keepwell.words.decision import Owned, Suppression
from keepwell.words.problem import KeepwellError, Problem, nearest

Read = tuple[Document, Policy]
HERE = "policy/default.yml"  # where the policy of all cards is expected


def policies(project: Project, cards: Mapping[str, Card]) -> dict[str, Policy]:
    """Card → the policy that holds for it: the one that names it, else the one that names none.

    A card that is only watched beside the headline card rehearses without an end: it is shown and tells nobody.
    """
    names = list(cards)
    read = [(found, policy.read(found)) for found in map(document.read, project.policy_files())]
    _refuse_two_of_a_name(read)
    general = [one for one in read if one[1].scorecards is None]
    if len(general) > 1:
        (first, _), (second, _) = general[:2]
        what = f"two policies name no scorecards, this one and {first.file}"
        raise KeepwellError(second.problem(["policy"], what, "one policy for the cards that no other names"))
    named = _named(read, names)
    missing = [name for name in names if name not in named]
    if missing and not general:
        what = f"no policy for the card '{missing[0]}'"
        raise KeepwellError(Problem(what, project.folder / "policy", fix=f"name it under 'scorecards:' or add {HERE}"))
    found = {name: named[name] if name in named else general[0][1] for name in names}
    return {name: _rehearsing(one) if is_watched(cards, name) else one for name, one in found.items()}


def is_watched(cards: Mapping[str, Card], name: str) -> bool:
    """Whether a card is only scored beside the headline card, the first: a learned one, or the one that it replaced."""
    first = next(iter(cards.values())).compiled.plan.card
    card = cards[name].compiled.plan.card
    return card is not first and ("rung" in card.trained or first.replaces == name)


def _rehearsing(given: Policy) -> Policy:
    return given.model_copy(update={"rehearsal_days": policy.ENDLESS})


def _named(read: Iterable[Read], names: list[str]) -> dict[str, Policy]:
    found: dict[str, Policy] = {}
    for file, one in read:
        for place, card in enumerate(one.scorecards or ()):
            path = ("scorecards", place)
            if card not in names:
                raise KeepwellError(
                    file.problem(path, f"'{card}' is no card of this project", fix=nearest(card, names))
                )
            if card in found:
                what = f"'{card}' has a policy already, '{found[card].policy}'"
                raise KeepwellError(file.problem(path, what, "one policy a card"))
            found[card] = one
    return found


def _refuse_two_of_a_name(read: Iterable[Read]) -> None:
    first: dict[str, Path] = {}
    for file, one in read:
        if one.policy in first:
            what = f"two policies are named '{one.policy}', this one and {first[one.policy]}"
            raise KeepwellError(file.problem(["policy"], what, "a name of its own for each"))
        first[one.policy] = file.file


def exceptions(state: State, agreed: Policy) -> list[Suppression]:
    """The exceptions of a policy's file, then those that people wrote since."""
    return [*suppression.agreed(agreed), *suppressions.every(state)]


def deciders(agreed: Mapping[str, Policy], item: Item, owned: Owned) -> tuple[str, ...]:
    """Who may decide an item about an account, by the policy of its card; none: anybody."""
    of_card = agreed.get(item.scorecard or "") or next(iter(agreed.values()))
    account = {"owner": owned.owner, "seller": owned.seller, "manager": owned.manager, "segment": owned.segment}
    return may_decide(of_card, item, account)


def may(agreed: Mapping[str, Policy], item: Item, *, by: str, owned: Owned) -> bool:
    """Whether somebody is one of those."""
    names = deciders(agreed, item, owned)
    return not names or by.strip().casefold() in [name.casefold() for name in names]
