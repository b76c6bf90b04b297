"""From a day's score and the standing before it to the new standing and what should be told; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from keepwell.decisions.alarm import SIGNALS
from keepwell.decisions.rules import Rules
from keepwell.words.decision import PENDING, Counts, Kind, Reason, Standing, Status, Today, Transition
from keepwell.words.score import State

NEW = "new"  # the old status of an account that had none
NOT_FOR_IT = "not for this account"  # the card's `applies` says no


@dataclass(frozen=True)
class Scene:
    """What a rule looks at: the thresholds, the day, the standing before it, and the days counted up to today."""

    rules: Rules
    today: Today
    before: Standing | None
    counts: Counts
    baseline: bool

    @property
    def score(self) -> int | None:
        """The day's milli-points; None: none, or paused."""
        return self.today.score_milli if self.today.state is State.SCORED else None

    @property
    def below(self) -> bool:
        """Whether the day lies on the side of risk."""
        return _below(self.rules, self.today)

    @property
    def border(self) -> int:
        """The border of risk in milli-points; asked only where there is one."""
        return _border(self.rules, self.today) or 0


Episodes = dict[str, date]
Told = tuple[Kind, date] | None  # a transition with the episode that it belongs to
Rule = Callable[[Scene, Episodes], Told]


def decide(
    rules: Rules, today: Today, before: Standing | None, *, first: bool = False
) -> tuple[Standing, tuple[Transition, ...]]:
    """The new standing of an account and its transitions.

    On the `first` day of all, and on the first by another recipe, it is a silent baseline: what is so already
    is no news. An account that comes later begins like one that stood steady.
    """
    known = before if before is not None and before.recipe == today.recipe else None
    baseline = first or known is not before
    scene = Scene(rules, today, known, _counted(rules, today, known), baseline)
    episodes = dict(known.episodes) if known else {}
    if today.unscored_why == NOT_FOR_IT and today.state is State.UNSCORED:
        episodes, told = {}, []
    else:
        told = [found for rule in RULES if (found := rule(scene, episodes)) is not None]
    standing = _standing(scene, before, episodes)
    if baseline:
        return standing, ()
    return standing, tuple(_transition(kind, episode, scene, standing) for kind, episode in told)


# --- the rules: each may open or close episodes, and tells of at most one


def _risk(scene: Scene, episodes: Episodes) -> Told:
    """At risk once it is clear of noise or has lasted; recovered once it is back for good. Between, one episode."""
    if scene.score is None or _border(scene.rules, scene.today) is None:
        return None
    today = scene.today.as_of
    if Kind.AT_RISK in episodes:
        return (Kind.RECOVERED, episodes.pop(Kind.AT_RISK)) if _settled(scene) else None
    if scene.below and _is_clear_risk(scene):
        episodes.pop(PENDING, None)
        episodes[Kind.AT_RISK] = today
        return Kind.AT_RISK, today
    if scene.below:
        episodes.setdefault(PENDING, today)
    elif _settled(scene):
        episodes.pop(PENDING, None)
    return None


def _is_clear_risk(scene: Scene) -> bool:
    """Below by more than noise, put there by a guard, or for long enough."""
    score = scene.score or 0
    forced = scene.today.low_tier and score >= scene.border
    return (
        scene.baseline
        or forced
        or score < scene.border - scene.rules.noise_milli
        or scene.counts.pending >= scene.rules.confirm_days
    )


def _settled(scene: Scene) -> bool:
    """Back over the border clear of noise for some days, or at all for many."""
    if scene.below or scene.score is None:
        return False
    clear = scene.counts.clear
    beyond = scene.score >= scene.border + scene.rules.noise_milli
    return (beyond and clear >= scene.rules.recover_days) or clear >= scene.rules.settle_days


def _poor(scene: Scene, episodes: Episodes) -> Told:
    """Below the border for weeks; once in an episode of risk."""
    if Kind.AT_RISK not in episodes:
        episodes.pop(Kind.POOR_FOR_WEEKS, None)
        return None
    if scene.score is None or scene.counts.low < scene.rules.poor_days:
        return None
    return _opened(episodes, Kind.POOR_FOR_WEEKS, scene.today.as_of)


def _renewal(scene: Scene, episodes: Episodes) -> Told:
    """A renewal comes near while the account is at risk; once for each renewal."""
    renewal = scene.today.owned.renewal_day
    if renewal is None or Kind.AT_RISK not in episodes or episodes.get(Kind.RENEWAL_AT_RISK) == renewal:
        return None
    if not 0 <= (renewal - scene.today.as_of).days <= scene.rules.renewal_days:
        return None
    episodes[Kind.RENEWAL_AT_RISK] = renewal
    return Kind.RENEWAL_AT_RISK, renewal


def _drop(scene: Scene, episodes: Episodes) -> Told:
    return _fallen(scene, episodes, Kind.DROP, (scene.today.fall30_milli, scene.rules.drop_milli))


def _weekly_drop(scene: Scene, episodes: Episodes) -> Told:
    return _fallen(scene, episodes, Kind.WEEKLY_DROP, (scene.today.fall7_milli, scene.rules.weekly_drop_milli))


def _fallen(scene: Scene, episodes: Episodes, kind: Kind, fall: tuple[int | None, int]) -> Told:
    """Behaviour and silence took so many points; over once it is less by more than noise. No score is no fall."""
    found, threshold = fall
    if scene.score is None or found is None:
        return None
    if found >= threshold:
        return _opened(episodes, kind, scene.today.as_of)
    if found < threshold - scene.rules.noise_milli:
        episodes.pop(kind, None)
    return None


def _expansion(scene: Scene, episodes: Episodes) -> Told:
    """High for long enough; over once it is lower by more than noise."""
    if scene.score is None:
        return None
    if scene.counts.high >= scene.rules.expansion_days:
        return _opened(episodes, Kind.EXPANSION_READY, scene.today.as_of)
    if scene.score < scene.rules.expansion_milli - scene.rules.noise_milli:
        episodes.pop(Kind.EXPANSION_READY, None)
    return None


def _unscored(scene: Scene, episodes: Episodes) -> Told:
    """A score that was there is gone; over once it is back for good."""
    if scene.counts.scored >= scene.rules.recover_days:
        episodes.pop(Kind.UNSCORED, None)
    was_scored = scene.before is not None and scene.before.state is State.SCORED
    if scene.today.state is State.UNSCORED and was_scored:
        return _opened(episodes, Kind.UNSCORED, scene.today.as_of)
    return None


def _no_snapshot(scene: Scene, episodes: Episodes) -> Told:
    """Nothing recent is known of the health of an account that had a score."""
    scored_on = scene.before.scored_on if scene.before else None
    if scene.score is not None:
        episodes.pop(Kind.NO_SNAPSHOT, None)
    elif scored_on is not None and (scene.today.as_of - scored_on).days > scene.rules.snapshot_days:
        return _opened(episodes, Kind.NO_SNAPSHOT, scene.today.as_of)
    return None


def _opened(episodes: Episodes, kind: Kind, day: date) -> Told:
    if kind in episodes:
        return None
    episodes[kind] = day
    return kind, day


def _alarm(kind: Kind) -> Rule:
    """A signal tells it alone; over once it no longer rings. A flag raised after the one that was told is news."""

    def rule(scene: Scene, episodes: Episodes) -> Told:
        rings, raised = scene.today.alarms.get(kind), scene.today.flagged
        another = kind is Kind.RISK_FLAG and kind in episodes and raised is not None and raised > episodes[kind]
        if rings is False or another:
            episodes.pop(kind, None)
        return _opened(episodes, kind, scene.today.as_of) if rings else None

    return rule


RULES: tuple[Rule, ...] = (  # risk first: what follows asks whether it is open
    _risk,
    _poor,
    _renewal,
    _drop,
    _weekly_drop,
    _expansion,
    _unscored,
    _no_snapshot,
    *map(_alarm, SIGNALS),
)


# --- what they look at


def _border(rules: Rules, today: Today) -> int | None:
    return today.border_milli if rules.at_risk_milli is None else rules.at_risk_milli


def _below(rules: Rules, today: Today) -> bool:
    border = _border(rules, today)
    if today.score_milli is None or border is None:
        return False
    return today.score_milli < border or (rules.at_risk_milli is None and today.low_tier)


def _counted(rules: Rules, today: Today, before: Standing | None) -> Counts:
    """The days in a row up to today; a first standing begins with those that the lake keeps."""
    was = before.counts if before else Counts(max(today.high_run - 1, 0), max(today.low_run - 1, 0))
    if today.state is not State.SCORED or today.score_milli is None:
        return was if today.state is State.PAUSED else replace(was, scored=0)
    below = _below(rules, today)
    pending = was.pending if before is not None and PENDING in before.episodes else 0
    return Counts(
        high=was.high + 1 if today.score_milli >= rules.expansion_milli else 0,
        low=was.low + 1 if below else 0,
        clear=0 if below else was.clear + 1,
        scored=was.scored + 1,
        pending=pending + below,
    )


def _status(today: Today, episodes: Mapping[str, date], *, below: bool) -> Status:
    if today.state is State.PAUSED:
        return Status.PAUSED
    if today.state is not State.SCORED:
        return Status.NOT_COVERED if today.unscored_why == NOT_FOR_IT else Status.UNSCORED
    if Kind.AT_RISK in episodes:
        return Status.AT_RISK if below else Status.RECOVERING
    if PENDING in episodes:
        return Status.PENDING
    return Status.EXPANSION_READY if Kind.EXPANSION_READY in episodes else Status.STEADY


def _standing(scene: Scene, before: Standing | None, episodes: Episodes) -> Standing:
    today, known = scene.today, scene.before
    return Standing(
        account_id=today.account_id,
        as_of=today.as_of,
        batch=today.batch,
        recipe=today.recipe,
        state=today.state,
        status=_status(today, episodes, below=scene.below),
        score_milli=scene.score,
        tier=today.tier,
        previous_milli=known.score_milli if known else None,
        previous_tier=known.tier if known else None,
        delta7_milli=today.delta7_milli,
        delta30_milli=today.delta30_milli,
        coverage_ppm=today.coverage_ppm,
        owned=before.owned if today.state is None and before is not None else today.owned,
        scored_on=today.as_of if scene.score is not None else before.scored_on if before else None,
        counts=scene.counts,
        episodes=episodes,
        reason=known.reason if known else Reason(),
    )


def _transition(kind: Kind, episode: date, scene: Scene, now: Standing) -> Transition:
    before, today = scene.before, scene.today
    was = (before.score_milli, before.tier) if before else (None, None)
    new, fall = (now.score_milli, now.tier), None
    if kind in (Kind.DROP, Kind.WEEKLY_DROP):  # by the card, from the score of then, not of yesterday
        monthly, by_card = kind is Kind.DROP, today.by_card or today
        delta = by_card.delta30_milli if monthly else by_card.delta7_milli
        fall = today.fall30_milli if monthly else today.fall7_milli
        new = (by_card.score_milli, by_card.tier)
        was = (None if new[0] is None or delta is None else new[0] - delta, None)
    return Transition(
        account_id=now.account_id,
        kind=kind,
        episode=episode,
        as_of=now.as_of,
        old=before.status.value if before else NEW,
        new=now.status.value,
        old_milli=was[0],
        new_milli=new[0],
        old_tier=was[1],
        new_tier=new[1],
        fall_milli=fall,
        owned=now.owned,
    )
