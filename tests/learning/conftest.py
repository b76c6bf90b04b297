"""A company and what was learned of it, once for all tests."""

from __future__ import annotations

import pytest

from keepwell.learning.model.learner import Learned, learn
from keepwell.learning.samples.examples import Examples
from tests.learning.companies import company


@pytest.fixture(scope="session")
def examples() -> Examples:
    return company(3_000)


@pytest.fixture(scope="session")
def learned(examples: Examples) -> Learned:
    return learn(examples)
