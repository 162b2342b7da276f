"""Of every mart it is known whose its rows are."""

from __future__ import annotations

import pytest

from publish.serve import access
from publish.serve.shape import IN_FORCE
from publish.tables.mart_docs import DescribedMart, marts

OPEN = [mart for mart in marts() if not mart.is_restricted]


def by_name() -> dict[str, DescribedMart]:
    return {mart.name: mart for mart in OPEN}


@pytest.mark.parametrize("mart", OPEN, ids=lambda mart: mart.name)
def test_a_mart_has_a_county_or_is_placed(mart: DescribedMart) -> None:
    columns = [column.name for column in mart.columns]
    assert access.is_placed(mart.name, columns)
    assert (mart.name in access.access().audit) == mart.name.startswith("aud_")
    assert not (mart.name in access.access().open and {"county_code", "school_code"} & set(columns))


def test_what_is_not_placed_is_noticed() -> None:
    assert not access.is_placed("fct_of_nobody", ["school_code"])


def test_names_are_those_of_marts() -> None:
    placed = access.access()
    assert {*placed.open, *placed.audit, *placed.through, *placed.without_key} - {IN_FORCE} <= by_name().keys()
    for table, through in placed.through.items():
        for name in (table, through.table):
            assert through.column in {column.name for column in by_name()[name].columns}
        assert (table in placed.audit) == (through.table in placed.audit)
