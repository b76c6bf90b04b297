"""`${VAR}` and `${VAR:-default}` in a map, filled from the environment that the caller passes."""

from __future__ import annotations

import re
from collections.abc import Mapping

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def fill(text: str, environment: Mapping[str, str]) -> str:
    """Replace the variables; ValueError names one that is not set and has no default.

    >>> fill("${DATA:-../exports}/a", {})
    '../exports/a'
    >>> fill("${DATA:-../exports}/a", {"DATA": "/srv"})
    '/srv/a'
    """

    def value(match: re.Match[str]) -> str:
        name, default = match.groups()
        found = environment.get(name) or default
        if found is None:
            raise ValueError(f"the environment variable {name} is not set")
        return found

    return VARIABLE.sub(value, text)
