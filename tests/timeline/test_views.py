"""Which relations a statement needs, and how far back each is read."""

from __future__ import annotations

from keepwell.timeline.views import reach


def test_a_relation_comes_after_what_it_is_made_from() -> None:
    order = list(reach({"usage_feature": None, "survey": 180, "contact": None, "payment": 30}))
    for later, earlier in (
        ("usage_feature", "usage_feature_day"), ("usage_feature_day", "usage"), ("survey", "role_of"),
        ("role_of", "contact"), ("payment", "invoice"),
    ):  # fmt: skip
        assert order.index(earlier) < order.index(later)


def test_the_farthest_look_back_wins_and_none_means_all() -> None:
    assert reach({"usage_feature_day": 56, "usage": 196})["usage"] == 196
    assert reach({"usage": 10, "usage_feature": None})["usage"] == 28
    assert reach({"usage": 196, "usage_feature_day": None})["usage"] is None
