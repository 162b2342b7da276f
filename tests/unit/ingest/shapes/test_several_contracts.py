"""Of several contracts that a file fits, the one that takes it without a fault; what is wrong never disappears by that."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.schema.table import TableContract
from ingest.schema.wide_table import WideTableContract
from ingest.shapes import fits
from ingest.shapes.contracts import load_contracts
from ingest.shapes.header import HeaderFinder
from ingest.shapes.wide_header import WideFinder

TEMPLATE = next(c for c in load_contracts() if c.id == "school_census.template")
KEYS = ("county_code", "school_year", "school_code", "school_name", "school_kind_code")
HEADERS = dict(
    zip(
        [*KEYS, "pupils_primary", "teachers_primary"],
        ("区划代码", "学年", "学校标识码", "学校名称", "办学类型码", "小学在校生", "小学专任教师"),
        strict=True,
    )
)


def own(fields: tuple[str, ...] = tuple(HEADERS), **changes: Any) -> TableContract:
    keep = {name: getattr(TEMPLATE, name) for name in ("covers", "area_system", "kind_system", "on_bad_row", "stage_columns")}
    columns = {name: [HEADERS[name]] for name in fields}
    stated = {"id": "school_census.own", "source": "school_census", "title_zh": "本县表", "kind": "table", "columns": columns}
    return TableContract.model_validate(keep | stated | {"school_code_pattern": "[0-9]{6}"} | changes)


@pytest.fixture
def also(monkeypatch: pytest.MonkeyPatch) -> Any:
    known, wide = fits.table_finders(), fits.wide_finders()

    def add(*contracts: TableContract | WideTableContract) -> None:
        tables = [(c, HeaderFinder(c)) for c in contracts if isinstance(c, TableContract)]
        stacked = [(c, WideFinder(c)) for c in contracts if isinstance(c, WideTableContract)]
        monkeypatch.setattr(fits, "table_finders", lambda: [*known, *tables])
        monkeypatch.setattr(fits, "wide_finders", lambda: [*wide, *stacked])

    return add


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_the_contract_that_finds_no_fault_is_taken(desk: Any, also: Any, shape: str) -> None:
    also(own())
    for code, contract in (("219901", "school_census.own"), ("2199010001", "school_census.template")):
        rows = [desk.header, desk.school_row(学校标识码=code)]
        result = desk.deliver(desk.csv(rows) if shape == "csv" else desk.xlsx({"普查": rows}))
        assert (result.refused, result.contract) == (False, contract), result.reason


def test_where_all_find_a_fault_the_best_fit_says_it(desk: Any, also: Any) -> None:
    also(own())
    result = desk.deliver(desk.csv([desk.header, desk.school_row(小学在校生="约300")]))
    assert (result.refused, result.contract) == (True, "school_census.template")
    assert "约300" in result.reason


@pytest.mark.parametrize("kind", ["table", "wide"])
def test_a_contract_that_does_not_read_the_fault_does_not_take_the_file(desk: Any, also: Any, kind: str) -> None:
    few = (*KEYS, "pupils_primary")
    if kind == "table":
        also(own(few, school_code_pattern=None))
    else:
        fields = [{"field": name, "first_of": [[{"path": [HEADERS[name]]}]]} for name in few]
        stated = {"kind": "wide_table", "absent_marks": [], "required": list(KEYS), "wide_fields": fields, "covers": "county"}
        stated |= {"id": "school_census.few", "source": "school_census", "title_zh": "本县横表", "area_system": "gb2260"}
        also(WideTableContract.model_validate(stated | {"on_bad_row": "refuse"}))
    result = desk.deliver(desk.csv([desk.header, desk.school_row(小学专任教师="二十")]))
    assert (result.refused, result.contract) == (True, "school_census.template")
    assert "二十" in result.reason


def test_a_contract_whose_header_cannot_be_used_leaves_the_file_to_another(desk: Any, also: Any) -> None:
    rows = [[*desk.header, "teachers_primary"], [*desk.school_row(), "20"]]
    assert "duplicate_header" in {fault.rule for fault in desk.deliver(desk.csv(rows)).faults}
    also(own(school_code_pattern=None))
    result = desk.deliver(desk.csv(rows))
    assert (result.refused, result.contract) == (False, "school_census.own"), result.reason
