"""The columns signals are checked against are those that the ledger hands out."""

from pathlib import Path

import pytest

from keepwell.signals.relations import ATTRIBUTE_COLUMNS, RELATIONS
from tests.company import Company


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    company = Company(Path(tmp_path_factory.mktemp("relations")))
    company.account("A")
    company.publish()
    connection, known = company.known("2026-06-30")
    found: dict[str, dict[str, str]] = {}
    for relation in (*RELATIONS, "attributes"):
        name = relation if relation == "attributes" else f"known_{relation}"
        parts = {} if relation == "attributes" else known.relations({relation: None})
        clause = ", ".join(f"{part} AS ({sql})" for part, sql in parts.items())
        rows = connection.execute(f"DESCRIBE {f'WITH {clause} ' if clause else ''}SELECT * FROM {name}").fetchall()
        found[relation] = {row[0]: row[1] for row in rows}
    return found


@pytest.mark.parametrize("relation", RELATIONS)
def test_every_promised_column_is_there_with_its_type(columns: dict[str, dict[str, str]], relation: str) -> None:
    promised = dict(RELATIONS[relation])
    assert {name: columns[relation].get(name) for name in promised} == promised


def test_every_promised_attribute_is_there_with_its_type(columns: dict[str, dict[str, str]]) -> None:
    assert {name: columns["attributes"].get(name) for name in ATTRIBUTE_COLUMNS} == dict(ATTRIBUTE_COLUMNS)
