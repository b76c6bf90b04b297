"""Usage: people, change, silence, rhythm and depth on one day."""

from collections.abc import Callable
from typing import Any

import pytest

from keepwell.signals.depth import DEPTH_SIGNALS
from keepwell.signals.usage import USAGE_SIGNALS
from tests.company import Company
from tests.signals.conftest import AS_OF, Book, at_back, back, customer, day_back


def use(company: Company, account: str, days: range | list[int], people: int = 1, feature: str = "reports") -> None:
    for ago in days:
        for person in range(people):
            company.used(account, back(ago), f"{account}-{person}", feature)


def write(c: Company) -> None:
    customer(c, "steady")  # 8 of 10 people, twice a week, for a year
    use(c, "steady", range(0, 420, 7), people=8)
    use(c, "steady", range(2, 28, 7), people=8, feature="api")
    use(c, "steady", [3], people=1, feature="alerts")  # once: tried, not in use

    customer(c, "fallen")  # 5 use days a week until 90 days ago, 3 a week since
    use(c, "fallen", [n for n in range(90, 150) if n % 7 < 5])
    use(c, "fallen", [n for n in range(90) if n % 7 < 3])

    customer(c, "silent")  # used until 40 days ago
    use(c, "silent", range(40, 200, 2))

    customer(c, "never")
    customer(c, "young", start=back(10))
    use(c, "young", range(5), people=3)
    customer(c, "small", seats=3)
    use(c, "small", range(28))
    customer(c, "services", product="services")

    customer(c, "nameless")  # the product does not say who
    for ago in range(60):
        c.fact("usage", f"n{ago}", "nameless", used_at=at_back(ago), feature="reports")

    customer(c, "lonely", segment="E")  # one does 9 of 10 actions
    use(c, "lonely", [1], people=5)
    for n in range(45):
        c.fact("usage", f"busy{n}", "lonely", used_at=at_back(2, n % 10), person="lonely-0", feature="exports")

    customer(c, "lazy")  # ten people come as before and do a fifth
    for block in range(7):
        for person in range(10):
            c.fact(
                "usage", f"lazy{block}-{person}", "lazy",
                used_at=at_back(28 * block + 1), person=f"lazy-{person}", feature="reports", count=2 if block == 0 else 10,
            )  # fmt: skip

    customer(c, "full", seats=5)  # and a trial for a hundred, which nobody pays
    c.fact("subscription", "full-trial", "full", product="add-on", seats=100, start_day=day_back(60), trial=True)
    use(c, "full", range(0, 56, 2), people=5)

    customer(c, "rollout", start=back(60))
    use(c, "rollout", [30, 31], people=10)
    use(c, "rollout", [1, 2], people=4)

    customer(c, "staffed")
    for ago in range(28):
        c.used("staffed", back(ago), person="our-trainer", staff=True)

    customer(c, "timed")
    c.fact("usage", "t1", "timed", used_at=at_back(1), person="x", feature="reports", seconds=5400)
    c.fact("usage", "t2", "timed", used_at=at_back(2), person="x", feature="reports", seconds=1800)


@pytest.fixture(scope="module")
def book(book_of: Callable[..., Book]) -> Book:
    return book_of(write, (*USAGE_SIGNALS, *DEPTH_SIGNALS))


PPM = 10_000
VALUES: list[tuple[str, str, Any]] = [
    ("steady", "licence_use", 80 * PPM),
    ("never", "licence_use", 0),  # a ratio over a known base is 0, not missing
    ("staffed", "licence_use", 0),  # our own people never count as use
    ("steady", "active_people_change", 0),
    ("steady", "usage_change_90d", 1_031_250),  # 65 person-days, was 32
    ("fallen", "usage_change_90d", -40 * PPM),
    ("steady", "days_since_use", 0),
    ("silent", "days_since_use", 40),
    ("never", "days_since_use", 196),  # from the contract's start, at most 196
    ("silent", "days_since_login", 40),
    ("steady", "active_weeks", 8),
    ("silent", "active_weeks", 3),
    ("never", "active_weeks", 0),
    ("steady", "feature_adoption", 50 * PPM),  # reports and api of four
    ("never", "feature_adoption", 0),
    ("lazy", "actions_per_person", -80 * PPM),
    ("lonely", "top_user_share", 920_000),  # 46 of 50
    ("small", "active_people", 1),
    ("small", "use_days", 28),
    ("full", "licence_use", 100 * PPM),
    ("full", "at_capacity", 0),
    ("steady", "at_capacity", 1),
    ("rollout", "early_drop", -60 * PPM),
    ("rollout", "no_first_login", 0),
    ("steady", "usage_change_year", 1_031_250),
    ("steady", "unowned_products", 0),
    ("timed", "time_in_product", 7200),
]


@pytest.mark.parametrize(("account", "signal", "value"), VALUES)
def test_value(book: Book, account: str, signal: str, value: int) -> None:
    assert (book.value(account, signal), book.status(account, signal)) == (value, "fresh")


STATUSES = [
    ("small", "licence_use", "not_applicable"),  # under 5 seats
    ("young", "licence_use", "missing"),  # under 30 days of age: too early to say
    ("nameless", "licence_use", "missing"),  # use, but no people
    ("nameless", "active_people_change", "missing"),
    ("services", "licence_use", "not_applicable"),
    ("services", "days_since_use", "not_applicable"),
    ("never", "active_people_change", "missing"),  # 0 over both windows is no trend
    ("never", "usage_change_90d", "missing"),
    ("young", "days_since_use", "missing"),
    ("young", "active_weeks", "missing"),
    ("never", "actions_per_person", "missing"),
    ("steady", "early_drop", "not_applicable"),
    ("lazy", "top_user_share", "fresh"),
    ("young", "top_user_share", "missing"),
    ("timed", "usage_change_90d", "missing"),
]


@pytest.mark.parametrize(("account", "signal", "status"), STATUSES)
def test_status(book: Book, account: str, signal: str, status: str) -> None:
    assert book.status(account, signal) == status


def test_use_days_of_the_nameless_still_count(book: Book) -> None:
    assert book.value("nameless", "use_days") == 28
    assert book.value("nameless", "days_since_use") == 0


def test_sentence_figures(book: Book) -> None:
    change = [book.detail("fallen", "usage_change_90d", name) for name in ("now", "prev")]
    assert change == [12, 20], "the days that the percentage is of: a week's would round away what it says"
    assert (book.detail("steady", "licence_use", "active"), book.detail("steady", "licence_use", "seats")) == (8, 10)
    assert book.detail("silent", "days_since_use", "date") == back(40)


def test_unused_features_are_named_by_a_mask(book: Book) -> None:
    assert book.detail("steady", "feature_adoption", "unused_mask") == 0b1100  # alerts and exports


def test_observed_is_the_newest_use(book: Book) -> None:
    assert book.observed("silent", "days_since_use").isoformat() == back(40)
    assert book.observed("steady", "licence_use") == AS_OF
