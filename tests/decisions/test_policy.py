"""The policy file: what it may say, where a slip stands, and who acts for whom."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from keepwell import document
from keepwell.decisions.border import border_of
from keepwell.decisions.owners import model, who
from keepwell.decisions.policy import Policy, read
from keepwell.decisions.rules import Rules
from keepwell.project import packaged_policy, packaged_scorecards
from keepwell.scoring import scorecard
from keepwell.words.problem import KeepwellError

HEAD = "policy: a\ndecision: whom to call\n"


def policy(text: str) -> Policy:
    return read(document.parse(HEAD + text, Path("policy/a.yml")))


def test_the_shipped_policy_says_what_the_rules_do_by_default() -> None:
    shipped = read(document.read(packaged_policy()))
    assert shipped.rules() == Rules()
    assert shipped.model_copy(update={"owners": {}, "decision": "", "sla": None}) == policy("").model_copy(
        update={"policy": "default", "owners": {}, "decision": "", "sla": None}
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("threshold: {}\n", r"policy/a.yml:3:1: unknown key 'threshold'; did you mean 'thresholds'\?"),
        ("thresholds:\n  dropp: 3\n", r"policy/a.yml:4:10: unknown key 'dropp'; did you mean 'drop'\?"),
        ("thresholds:\n  drop: lots\n", r"policy/a.yml:4:9: 'thresholds.drop'"),
        ("sla: {hours: {at_rsk: 24}}\n", r"policy/a.yml:3:23: unknown key 'at_rsk'; did you mean 'at_risk'\?"),
        ("owners: {revop: Rita}\n", r"policy/a.yml:3:17: unknown key 'revop'; did you mean 'revops'\?"),
        ("owners: {boss: Rita}\n", r"policy/a.yml:3:16: unknown key 'boss'; expected 'owner', 'seller'"),
        ("thresholds: {drop: ten}\n", r"policy/a.yml:3:20: 'thresholds.drop' is 'ten'; expected a number"),
        (
            "suppressions:\n  - {account: A, reason: outage, author: a, since: 01.06.2026, until: 2026-07-02}\n",
            r"policy/a.yml:4:\d+: 'suppressions.0.since' is '01.06.2026'; expected a day as 2026-03-31",
        ),
        (
            "suppressions:\n  - {account: A, reason: outage, author: a, since: 2026-06-01, until: 2026-31-12}\n",
            r"policy/a.yml:4:\d+: '2026-31-12' is no day; expected a day as 2026-03-31",
        ),
        ("sla: {holidays: [2026-12-25, 2026-02-30 10:00:00]}\n", r"policy/a.yml:3:30: '2026-02-30 10:00:00' is no day"),
        (
            "sla: {default: 2026-01-02T25:00:00}\n",
            r"policy/a.yml:.*a value cannot be read; put quotation marks around it",
        ),
        (
            "owners:\n  owner: {fields: owner}\n",
            r"policy/a.yml:4:19: 'owners.owner.fields' is 'owner'; expected a list, as \[owner\]",
        ),
        ("noise: {points: -1}\n", r"policy/a.yml:3:17: 'noise.points'"),
        ("authority: {level: rule}\n", r"policy/a.yml:3:20: 'authority.level' is 'rule'; expected 'diagnose', "),
        (
            "authority: {conditions: {acted: 101}}\n",
            r"policy/a.yml:3:33: 'authority.conditions.acted': input should be less than or equal to 100",
        ),
        (
            "authority:\n  conditions:\n    recorded: 60\n",
            r"policy/a.yml:5:15: 'authority.conditions.recorded': input should be greater .* 95",
        ),
        (
            "authority: {conditions: {owned: true}}\n",
            r"policy/a.yml:3:33: 'authority.conditions.owned': input should be a valid integer",
        ),
        ("authority: {conditions: {act: 90}}\n", r"policy/a.yml:3:31: unknown key 'act'; did you mean 'acted'"),
        (
            "stop_rules: {talk: {en: pricing}}\n",
            r"policy/a.yml:3:25: 'stop_rules.talk.en' is 'pricing'; expected a list, as \[pricing\]",
        ),
        ("stop_rules: {talk: {en: [7]}}\n", r"policy/a.yml:3:26: '7' is no word; expected letters"),
        ("stop_rules:\n  talk: [pricing]\n", r"policy/a.yml:4:3: .* is no list of words by language; expected as"),
        ("stop_rules: {talk: {en: ['*']}}\n", r"policy/a.yml:3:\d+: '\*' is no word; expected letters"),
        ("owners:\n  owner: {fields: [ownr]}\n", r"'ownr' is no attribute of an account; did you mean 'owner'\?"),
        ("owners:\n  owner: {}\n", r"policy/a.yml:4:3: nobody is named; expected 'fields:', 'else:' or both"),
        ("owners: {owner: seller, seller: owner}\n", r"goes in a circle: owner -> seller -> owner; name a person"),
        ("sla: {hours: {at_rsk: 3}}\n", r"policy/a.yml:3:"),
        (
            "suppressions:\n  - {account: A, segment: S, reason: outage, author: a, since: 2026-01-01, until: 2026-01-02}\n",
            r"policy/a.yml:4:.*a scope names one of account, segment, portfolio, source; account, segment",
        ),
        (
            "suppressions:\n  - {account: A, reason: outage, author: a, since: 2026-01-01}\n",
            r"policy/a.yml:4:5: 'until' is missing; add 'until:'",
        ),
        (
            "suppressions:\n  - {segment: S, reason: outage, author: a, since: 2026-02-01, until: 2026-01-02}\n",
            r"ends on 2026-01-02, before it starts on 2026-02-01",
        ),
        (
            "suppressions:\n  - {segment: S, reason: custom, author: a, since: 2026-01-01, until: 2026-01-02}\n",
            r"a custom reason needs 'note:'",
        ),
        (
            "suppressions:\n  - {segment: S, reason: outage, author: Keepwell, since: 2026-01-01, until: 2026-01-02}\n",
            r"its author is 'Keepwell', which is nobody; expected the name of a person",
        ),
    ],
)
def test_a_slip_in_a_policy_is_one_line_with_its_place(text: str, line: str) -> None:
    with pytest.raises(KeepwellError, match=line):
        policy(text)


def test_a_policy_needs_the_decision_it_supports() -> None:
    with pytest.raises(KeepwellError, match="'decision' is missing"):
        read(document.parse("policy: a\n"))


def test_a_role_takes_the_accounts_own_field_then_the_next_role_then_a_person() -> None:
    agreed = policy(
        "owners:\n  owner: {fields: [owner, territory], else: cs_manager}\n"
        "  cs_manager: {fields: [manager], else: Hanna}\n  revops: Rita\n"
    )
    assert who(agreed, "owner", {"owner": "Olaf"}) == "Olaf"
    assert who(agreed, "owner", {"territory": "North"}) == "North"
    assert who(agreed, "owner", {"manager": "Max"}) == "Max"
    assert who(agreed, "owner", {}) == "Hanna"
    assert (who(agreed, "revops", {}), who(agreed, "seller", {})) == ("Rita", None)


def test_pooled_accounts_are_the_pools_whoever_they_belong_to() -> None:
    agreed = policy("owners: {owner: {fields: [owner]}}\ncoverage: {segments: {S: pooled}, pool: Paul}\n")
    assert who(agreed, "owner", {"owner": "Olaf", "segment": "S"}) == "Paul"
    assert who(agreed, "owner", {"owner": "Olaf", "segment": "E"}) == "Olaf"
    assert (model(agreed, "S"), model(agreed, None)) == ("pooled", "named")


def test_the_first_fortnight_after_the_first_run_is_a_rehearsal() -> None:
    first = date(2026, 3, 1)
    assert [policy("").rehearses(first, first + timedelta(days=n)) for n in (1, 14, 15)] == [True, True, False]
    assert not policy("rehearsal_days: 0\n").rehearses(first, first + timedelta(days=1))


BORDERS = {
    "default-ten": 60,
    "points-model": 50,
    "natero": 31,
    "handoff-readiness": 40,
    "retentioncheck": 35,
    "onboarding": 40,
}


@pytest.mark.parametrize("name", BORDERS)
def test_risk_begins_at_the_cards_own_border(name: str) -> None:
    card = scorecard.read(document.read(packaged_scorecards()[name]))
    assert card.tiers is not None
    found = border_of([(tier.name, int(tier.start * 1000)) for tier in card.tiers])
    assert found is not None
    assert found.milli == BORDERS[name] * 1000


def test_a_card_of_one_tier_has_no_border() -> None:
    assert border_of([("all", 0)]) is None
