"""Every shipped spec is complete, parses, and names only what exists."""

import re

import pytest
import sqlglot
from sqlglot import exp

from keepwell.signals.catalogue import CATALOGUE
from keepwell.signals.compile import MAIN_FACT
from keepwell.signals.relations import RELATIONS, SCALAR_NAMES, main_kinds
from keepwell.words.fact import KINDS, Type
from keepwell.words.reading import KIND, UNITS, Better, Part, Signal

# the 42 rows of the catalogue, in their order, with their families
ROWS = {
    "licence_use": "licence",
    "active_people_change": "usage trend",
    "usage_change_90d": "usage trend",
    "days_since_use": "usage trend",
    "active_weeks": "rhythm",
    "feature_adoption": "depth",
    "actions_per_person": "depth",
    "top_user_share": "dependence",
    "first_value_delay": "onboarding",
    "onboarding_progress": "onboarding",
    "milestones_missed": "outcome",
    "goals_on_track": "outcome",
    "plan_age": "plan",
    "ticket_pressure": "load",
    "ticket_trend": "load",
    "severity_shift": "load",
    "critical_open": "incident",
    "escalations": "incident",
    "resolved_in_target": "service",
    "csat": "service",
    "nps": "voice",
    "nps_change": "voice",
    "csm_pulse": "judgement",
    "sentiment": "voice",
    "overdue_days": "payment",
    "paid_on_time": "payment",
    "days_to_pay_change": "payment",
    "disputes": "payment",
    "failed_payments": "payment",
    "mrr_change": "revenue",
    "product_cancelled": "revenue",
    "seat_growth_stall": "growth",
    "days_to_decision": "timing",
    "contract_state": "timing",
    "champion": "sponsor",
    "exec_touch": "sponsor",
    "two_way_contact": "contact",
    "awaiting_reply": "contact",
    "attendance": "contact",
    "stakeholders": "breadth",
    "risk_flag": "flag",
    "delivery_pace": "services",
}
INDICATORS = {
    "early_drop", "no_first_login", "kickoff_late", "primary_contact_changed", "at_capacity", "unowned_products",
    "advocate_ready", "external_event", "training_attendance", "time_in_product", "mail_opens_clicks",
}  # fmt: skip
HANDOFF = {
    "goals_defined", "sponsor_and_decision_maker_named", "champion_spoken", "promises_recorded", "success_plan_ready",
    "stakeholders_met_60d", "ideal_profile", "trial_use", "kickoff_booked", "payment_terms_agreed",
}  # fmt: skip
EXTRAS = {
    "usage_change_year", "days_since_login", "active_people", "use_days", "ticket_volume", "open_tickets",
    "resolution_time", "overdue_amount", "seats", "mrr", "arr", "downgrade", "expansion", "full_churn",
    "contract_expiring", "no_contract", "recently_renewed", "single_threaded", "meeting_cadence", "replies", "nps_age",
    "time_to_first_value", "milestones_due", "notice_given", "competitor_open", "account_age", "lifecycle",
}  # fmt: skip
SYSTEMS = {"crm", "product", "support", "billing", "survey", "meetings", "plan"}
PLAYS = {
    "usage-check", "adoption", "re-engage", "onboarding", "plan-reset", "joint-review", "route-support", "listen",
    "billing-check", "commercial-review", "renewal-prep", "new-champion", "exec-review", "multi-thread", "save-review",
    "growth-talk", "advocate", "delivery-review", "review",
}  # fmt: skip
# rows whose quiet is theirs or ours, and rows that only the calendar moves (catalogue, "clock")
SILENCE = {
    "days_since_use", "first_value_delay", "milestones_missed", "critical_open", "overdue_days", "exec_touch",
    "two_way_contact", "awaiting_reply",
}  # fmt: skip
CALENDAR = {"plan_age", "days_to_decision"}
AGGREGATES = {
    "count", "count_if", "sum", "min", "max", "arg_max", "arg_min", "bit_or", "quantile_disc", "string_agg",
}  # fmt: skip
PEOPLE = {"person", "requester", "author", "assignee"}  # columns of facts that name somebody, theirs or ours
STAFF = {"a_owner", "a_seller", "a_manager"}  # attributes that say who acts; no part of what happened
FED_BY_CALLER = {"v", "names"}  # the shown value; feature names of the details' mask
NOT_COUNTED_ROWS = {"seat_growth_stall"}

every = pytest.mark.parametrize("signal", CATALOGUE.values(), ids=lambda s: s.name)


def test_the_registry_holds_exactly_the_documented_names() -> None:
    assert set(CATALOGUE) == set(ROWS) | INDICATORS | HANDOFF | EXTRAS
    assert len(ROWS) == 42
    assert all(name == signal.name for name, signal in CATALOGUE.items())


@pytest.mark.parametrize(("name", "family"), ROWS.items())
def test_catalogue_row_keeps_its_family(name: str, family: str) -> None:
    assert CATALOGUE[name].family == family


def test_indicators_and_handoff_inputs_are_shown_and_not_counted() -> None:
    assert not [name for name in INDICATORS | HANDOFF if CATALOGUE[name].counted]
    assert {name for name in ROWS if not CATALOGUE[name].counted} == NOT_COUNTED_ROWS


def test_clocks_are_those_of_the_catalogue() -> None:
    assert {name for name in ROWS if CATALOGUE[name].clock == "silence"} == SILENCE
    assert {name for name in ROWS if CATALOGUE[name].clock == "calendar"} == CALENDAR


def test_billing_commercial_and_people_rows_read_from_the_holder() -> None:
    families = {"payment", "revenue", "growth", "timing", "sponsor", "contact", "breadth"}
    assert [name for name, family in ROWS.items() if (family in families) != CATALOGUE[name].inherited] == ["sentiment"]


@every
def test_spec_says_everything_a_person_needs(signal: Signal) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", signal.name)
    assert signal.title, signal.family
    assert signal.system in SYSTEMS
    assert signal.unit in UNITS.values()
    assert signal.window_note
    assert signal.play in PLAYS
    assert all(kind in KINDS or kind == "usage_event" for kind in main_kinds(signal.facts))


@every
def test_next_step_is_one_safe_imperative_sentence(signal: Signal) -> None:
    assert re.fullmatch(r"[A-Z][^.!?{}]+\.", signal.next_step)
    assert not re.search(r"\b(discount|price|score|cancel)\b", signal.next_step)


@every
def test_counted_signal_has_bands_in_the_right_direction(signal: Signal) -> None:
    assert signal.bands or not signal.counted
    for band in (signal.bands or {}).values():
        if band is None:
            continue
        if signal.better is Better.HIGHER:
            assert band.healthy > band.poor
        else:
            assert band.healthy != band.poor
            assert (band.healthy < band.poor) == (signal.better is not Better.MIDDLE)
    assert set(signal.bands or {"*": None}) in ({"*"}, {"S", "M", "E"})


@every
def test_kinds_have_categories_best_first(signal: Signal) -> None:
    assert bool(signal.categories) == (signal.unit is KIND) == (signal.better is Better.KIND)
    if signal.bands and signal.categories:
        assert all(b and (b.healthy, b.poor) == (0, len(signal.categories) - 1) for b in signal.bands.values())


@every
def test_sentence_names_only_parts_and_details(signal: Signal) -> None:
    braces = set(re.findall(r"\{(\w+)\}", signal.sentence))
    given = {p.name for p in signal.parts} | {d.name for d in signal.details} | FED_BY_CALLER
    assert braces <= given
    assert "names" not in braces or given & {"unused_mask"}


def _columns(sql: str) -> set[str]:
    return {column.name for column in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Column)}


def _functions(sql: str) -> set[str]:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    return {a.name.lower() for a in tree.find_all(exp.Anonymous)} | {
        f.sql_name().lower() for f in tree.find_all(exp.AggFunc)
    }


@every
def test_parts_name_only_columns_of_their_relation(signal: Signal) -> None:
    for part in signal.parts:
        known = set(RELATIONS[part.facts]) | SCALAR_NAMES
        inner = {"x"} if part.per else set()
        texts = [part.where, part.inner, *part.per.split(",")]
        assert set().union(*(_columns(text) for text in texts if text)) <= known
        assert _columns(part.how) <= known | inner


@every
def test_formulas_name_only_parts_details_and_attributes(signal: Signal) -> None:
    known = {p.name for p in signal.parts} | SCALAR_NAMES
    for detail in signal.details:
        assert _columns(detail.how) <= known
        known.add(detail.name)
    for formula in (signal.value, signal.needs, signal.applies, signal.observed):
        assert not formula or _columns(formula) <= known


@every
def test_no_text_of_a_sentence_comes_from_a_column_that_names_a_person_or_holds_their_words(signal: Signal) -> None:
    """Kept readings and evidence outlive an erasure, so they hold roles, not people (SEMANTICS, Erasure)."""
    for part in (part for part in signal.parts if part.text):
        kind = KINDS.get(MAIN_FACT.get(part.facts, part.facts))
        personal = {c.name for c in kind.columns if c.type in (Type.PERSON, Type.NOTE)} if kind else set()
        assert not _columns(part.how) & (personal | PEOPLE | STAFF)
    for detail in signal.details:
        assert not _columns(detail.how) & STAFF


def test_every_column_that_names_a_person_is_a_pseudonym_in_the_lake() -> None:
    found = {(kind.name, c.name): c.type for kind in KINDS.values() for c in kind.columns if c.name in PEOPLE}
    assert set(found.values()) == {Type.PERSON}
    assert {name for _, name in found} == PEOPLE


@every
def test_names_of_parts_and_details_are_unique(signal: Signal) -> None:
    names = [p.name for p in signal.parts] + [d.name for d in signal.details]
    assert len(names) == len(set(names))
    assert not set(names) & SCALAR_NAMES


@every
def test_arithmetic_has_no_floats_and_no_clock(signal: Signal) -> None:
    texts = [p.how for p in signal.parts] + [p.inner for p in signal.parts] + [d.how for d in signal.details]
    for text in [t for t in [*texts, signal.value, signal.needs, signal.applies] if t]:
        tree = sqlglot.parse_one(text, dialect="duckdb")
        assert not tree.find(exp.Div, exp.Avg, exp.Rand, exp.CurrentDate, exp.CurrentTimestamp, exp.Median)
        fractions = [n for n in tree.find_all(exp.Literal) if not n.is_string and "." in n.name]
        assert all(isinstance(n.parent, (exp.PercentileDisc, exp.WithinGroup)) for n in fractions)


@every
def test_every_expression_transpiles_to_spark(signal: Signal) -> None:
    texts = [t for p in signal.parts for t in (p.how, p.where, p.inner) if t]
    for text in [t for t in [*texts, signal.value, signal.needs, signal.applies, signal.observed] if t]:
        tree = sqlglot.parse_one(text, dialect="duckdb")
        assert tree.sql("spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


def _is_change(signal: Signal) -> bool:
    return "change(" in signal.value


@pytest.mark.parametrize("signal", [s for s in CATALOGUE.values() if _is_change(s)], ids=lambda s: s.name)
def test_changes_ask_for_a_minimum_over_both_windows(signal: Signal) -> None:
    money = {"mrr_change"}  # a contract is no sample
    assert signal.name in money | {"early_drop"} or re.search(r"\w+ \+ \w+ >= \d+", signal.needs)


def test_windows_of_weekly_rhythms_are_whole_weeks() -> None:
    usage = [p for s in CATALOGUE.values() for p in s.parts if p.facts == "usage" and p.window]
    assert all(_length(part) % 7 == 0 for part in usage)


def _length(part: Part) -> int:
    assert part.window
    return part.window.since - part.window.until
