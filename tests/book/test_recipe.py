"""The recipe hash covers everything besides the data that a score depends on (SEMANTICS, rule 15)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keepwell.book import recipe as module
from keepwell.book.recipe import recipe
from keepwell.signals.catalogue import CATALOGUE

SIGNALS = [CATALOGUE["nps"], CATALOGUE["licence_use"]]
SETTINGS = {"time_zone": "Europe/Berlin", "day_close": "06:00", "currency": "EUR"}


def test_the_same_ingredients_give_the_same_hash_in_any_order() -> None:
    assert recipe("card", "text", SIGNALS, SETTINGS).hash == recipe("card", "text", SIGNALS[::-1], SETTINGS).hash


@pytest.mark.parametrize("setting", sorted(SETTINGS))
def test_a_changed_setting_is_another_recipe(setting: str) -> None:
    changed = SETTINGS | {setting: "another"}
    assert recipe("card", "text", SIGNALS, changed).hash != recipe("card", "text", SIGNALS, SETTINGS).hash


def test_a_changed_card_signal_or_rule_number_is_another_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    base = recipe("card", "text", SIGNALS, SETTINGS).hash
    other_signal = [replace(SIGNALS[0], lookback_days=90), SIGNALS[1]]
    assert recipe("card", "text ", SIGNALS, SETTINGS).hash != base
    assert recipe("card", "text", other_signal, SETTINGS).hash != base
    monkeypatch.setattr(module, "RULES", module.RULES + 1)
    assert recipe("card", "text", SIGNALS, SETTINGS).hash != base


def test_the_text_behind_a_hash_names_its_signals_and_settings() -> None:
    text = recipe("card", "text", SIGNALS, SETTINGS).text
    assert "licence_use" in text
    assert "Europe/Berlin" in text
