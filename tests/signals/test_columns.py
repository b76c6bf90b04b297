"""Which columns of which facts a signal is read from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keepwell.signals.catalogue import CATALOGUE
from keepwell.signals.columns import ATTRIBUTES, DERIVED, columns_of, kinds_of
from keepwell.words.account import ATTRIBUTES as KNOWN_ATTRIBUTES
from keepwell.words.fact import KINDS


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_signal_of_the_catalogue_names_existing_columns(name: str) -> None:
    found = columns_of(CATALOGUE[name])
    assert found
    assert all(KINDS[kind].column(column) for kind, column in found)


def test_derived_columns_and_attributes_are_made_from_existing_columns() -> None:
    derived = [(kind, column) for kind, made in DERIVED.items() for columns in made.values() for column in columns]
    listed = [pair for pairs in ATTRIBUTES.values() for pair in pairs]
    assert all(KINDS[kind].column(column) for kind, column in [*derived, *listed])


def test_attributes_that_a_relation_has_are_told_by_their_origin() -> None:
    made = {"a_has_product", "a_currency", "a_holder", "a_key_feature_count"}
    unknown = {f"a_{name}" for name in KNOWN_ATTRIBUTES} - ATTRIBUTES.keys() - made
    assert not unknown, unknown


def test_a_relations_own_columns_lead_back_to_the_facts() -> None:
    found = columns_of(CATALOGUE["licence_use"])
    assert {("usage", "person"), ("usage", "used_at"), ("subscription", "seats")} <= set(found)
    assert found[0][0] == "usage"


def test_words_in_quotes_are_no_columns() -> None:
    signal = replace(CATALOGUE["ticket_volume"], parts=CATALOGUE["ticket_volume"].parts[:1])
    part = replace(signal.parts[0], how="count(*)", where="severity = 'csat'", window=None)
    assert columns_of(replace(signal, parts=(part,), value="n", needs="", details=())) == (("ticket", "severity"),)


def test_a_projects_own_select_is_traced_through_its_relations() -> None:
    select = "SELECT account_id, as_of, count(csat) AS value FROM known_ticket GROUP BY account_id, as_of"
    signal = replace(CATALOGUE["ticket_volume"], parts=(), sql=select, value="", needs="")
    assert columns_of(signal) == (("ticket", "csat"),)
    assert kinds_of(signal) == ("ticket",)
