from __future__ import annotations

import ast
import csv
import re
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from ingest.readers.sheet import column_index, column_letter
from ingest.schema import areas
from ingest.schema.codes import kinds
from ingest.schema.form_workbook import FormWorkbookContract
from ingest.schema.source import load_source
from ingest.schema.table import TableContract
from ingest.schema.titled_form import TitledFormContract
from ingest.schema.vertical_form import VerticalFormContract
from ingest.shapes.contracts import contract_of, load_contracts
from ingest.values.faults import Refusal, row_fault, rules
from junheng.core.settings import CODES, CONTRACTS, PROJECT_ROOT


def _raw(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CONTRACTS / f"{name}.yml").read_text(encoding="utf-8"))
    return loaded


def test_all_contracts_load() -> None:
    assert {c.id for c in load_contracts()} >= {
        "school_census.template",
        "school_census.jj_workbook",
        "school_census.inep",
        "county_items.template",
        "monitoring_result.template",
    }
    for contract in load_contracts():
        if isinstance(contract, TableContract | VerticalFormContract):
            assert contract.required_columns
        elif isinstance(contract, TitledFormContract):
            assert contract.titles
            assert contract.item or contract.required_columns
        else:
            assert contract.identity if isinstance(contract, FormWorkbookContract) else contract.required


@pytest.mark.parametrize(
    "change",
    [
        {"unexpected": 1},
        {"kind": "picture"},
        {"covers": "planet"},
        {"area_system": "fips"},
        {"constants": {"no_such_field": "1"}},
        {"stage_columns": {"primary": "no_such_field"}},
        {"source": "county_items"},
        {"value_maps": {"no_such_field": {"a": "b"}}},
    ],
)
def test_loading_is_strict(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        contract_of(_raw("school_census.template") | change)


@pytest.mark.parametrize(
    ("contract", "change"),
    [
        ("school_census.inep", {"columns": None}),
        ("school_census.inep", {"columns": {}}),
        ("school_census.inep", {"columns": {"school_code": []}}),
        ("school_census.inep", {"columns": {"computers": ["QT"]}, "optional_columns": ["computers"]}),
        ("school_census.wide", {"required": []}),
        (
            "school_census.wide",
            {"wide_fields": [{"field": "school_code", "first_of": [[{"path": []}]]}], "required": ["school_code"]},
        ),
    ],
)
def test_a_contract_that_would_fit_any_file_is_none(contract: str, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"column|required"):
        contract_of(_raw(contract) | change)


def test_a_form_cell_of_an_undeclared_form_is_an_error() -> None:
    raw = _raw("school_census.jj_workbook")
    raw["forms"].remove("教基5170")
    with pytest.raises(ValidationError, match="教基5170"):
        contract_of(raw)


def test_the_census_has_every_field_of_the_template() -> None:
    names = set(load_source("school_census").by_name)
    bands = ("le25", "26_30", "31_35", "36_40", "41_45", "46_50", "51_55", "56_60", "61_65", "ge66")
    assert {f"classes_{stage}_{band}" for stage in ("primary", "junior") for band in bands} <= names
    people = ("staff", "teachers", "qualified", "backbone", "pe_art", "visiting_pe_art", "certified", "midtitle")
    people += ("trained360", "exchange_eligible", "exchanged", "exchanged_backbone")
    assert {f"{group}_{stage}" for stage in ("primary", "junior") for group in people} <= names
    assert {f"pupils_grade_{grade}" for grade in range(1, 10)} <= names
    assert len(names) == 100


def test_area_systems_are_those_of_the_seed_and_say_how_codes_are_padded(tmp_path, monkeypatch) -> None:
    assert {name: system.county_digits for name, system in areas.area_systems().items()} == {"gb2260": 6, "ibge": 7}
    cases = {"990101": "990101", "990100": "9901", "990000": "99", "9901": "9901", "27": "27", "2700300": "2700300", "": ""}
    assert {code: areas.area_prefix(code) for code in cases} == cases
    assert areas.area_prefix("270000", "ibge") == "270000"
    (tmp_path / "areas.csv").write_text("system,area_code\ngb2260,1\nfips,2\n", encoding="utf-8")
    monkeypatch.setattr(areas, "CODES", tmp_path)
    with pytest.raises(ValueError, match="fips, ibge"):
        areas.area_systems.__wrapped__()


def test_python_names_no_country_form_or_contract() -> None:
    names = {c.id for c in load_contracts()} | set(areas.area_systems()) | {"教基", "办学类型", "county_code", "school_kind_code"}
    names |= {"school_code", "gb33782", "inep"}
    for path in (PROJECT_ROOT / "ingest").rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        strings = {
            node.value
            for node in ast.walk(ast.parse(code))
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value and " " not in node.value
        }
        assert not {text for text in strings for name in names if text == name}, path


def test_kinds_by_name_only_where_the_name_means_one_code() -> None:
    known = kinds("gb33782")
    assert known.code_of("九年一贯制") == "312"
    assert known.code_of("312") == "312"
    assert known.code_of("附设职业初中班") == "附设职业初中班"
    assert known.stages["345"] == {"primary", "junior", "senior"}
    with open(CODES / "school_kinds.csv", encoding="utf-8", newline="") as handle:
        assert {row["system"] for row in csv.DictReader(handle)} >= {"gb33782", "inep"}


def test_every_rule_used_in_code_exists_and_every_rule_is_used() -> None:
    files = [path for package in ("ingest", "expectations") for path in (PROJECT_ROOT / package).rglob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in files)
    for rule in rules():
        assert f'"{rule}"' in code, rule
    with pytest.raises(KeyError):
        Refusal("no_such_rule")


def test_a_fault_says_where_and_what_to_do() -> None:
    fault = row_fault("not_a_number", sheet="普查", row=5, column="小学在校生", value="约300")
    assert fault.guidance == "工作表“普查”第5行“小学在校生”的值“约300”不是数字。请填写阿拉伯数字，不知道就留空。"


def test_column_letters() -> None:
    assert [column_letter(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert all(column_index(column_letter(n)) == n for n in range(2000))


def test_ingest_knows_no_scheduler() -> None:
    modules = list((PROJECT_ROOT / "ingest").rglob("*.py"))
    assert len(modules) > 10
    for path in modules:
        assert not re.search(r"^\s*(from|import) airflow", path.read_text(encoding="utf-8"), re.MULTILINE), path
