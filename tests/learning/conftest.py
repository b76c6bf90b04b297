"""A company and what was learned of it, once for all tests."""

from __future__ import annotations

import pytest

from keepwell.learning.examples import Examples
from keepwell.learning.learner import Learned, learn
from tests.learning.companies import company


@pytest.fixture(scope="session")
def examples() -> Examples:
    return company(3_000)


@pytest.fixture(scope="session")
def learned(examples: Examples) -> Learned:
    return learn(examples)
