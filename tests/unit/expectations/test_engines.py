"""Both engines over the same rows: every type of test once failing and once passing, with equal counts."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from expectations import sql, validate
from expectations.catalogue import Rules, SourceCatalogue
from expectations.gate import judge
from expectations.validate import EnginesDisagree
from tests.unit.expectations.nights import File, Judged, Nights, school
from tests.unit.expectations.test_gate import INEP, ITEMS, MONITORING, alagoas, item, measure

pytestmark = pytest.mark.timeout(300)

ONE_CHECK_PER_TYPE = """
- {id: not_null, test: {type: not_null, columns: [school_name, township]}}
- {id: regex, test: {type: matches_regex, columns: [school_code], pattern: "^[0-9]{10}$"}}
- {id: regex_of_contract, test: {type: matches_regex, columns: [school_code], pattern_from: school_code_pattern}}
- {id: in_values, test: {type: in_code_list, columns: [is_boarding], values: [0, 1]}}
- {id: in_seed, test: {type: in_code_list, columns: [school_kind_code],
    codes: {file: school_kinds.csv, column: kind_code, system_from: kind_system}}}
- {id: not_in, test: {type: not_in, columns: [all_counts], except_columns: [books], values: [88888, 99999]}}
- {id: between_counts, test: {type: between, columns: [all_numeric], min: 0}}
- {id: between_strict, test: {type: between, columns: [equipment_value_wan_yuan], min: 0, max: 100,
    strict_min: true, strict_max: true}}
- {id: between_when, when: {school_kind_code: ["211"], is_dense_centre: [1]},
    test: {type: between, columns: [pupils_junior], max: 0}}
- {id: unique, test: {type: unique, key: [county_code, school_year, school_code]}}
- {id: unique_optional, test: {type: unique, key: [school_code], optional_key: [township]}}
- {id: pair, each: {stage: [primary, junior]},
    test: {type: not_greater_than, pairs: [["qualified_{stage}", "teachers_{stage}"]]}}
- {id: condition, test: {type: sql, column: computers, fails_when: "computers = 0 and multimedia_rooms > 0"}}
- {id: items, test: {type: items_within, key: [county_code], item: township, column: computers,
    bounds: [{parts: [甲, 乙], whole: [丙, 丁]}]}}
- {id: unusual, test: {type: plausible, grade: unusual}}
- {id: impossible, test: {type: plausible, grade: impossible}}
- {id: county, test: {type: county_known, column: county_code, year: school_year}}
- {id: future, test: {type: school_year_not_future, column: school_year, starts_month: 9, starts_day: 1}}
- {id: area, scope: submission, covers: [area], test: {type: area_complete}}
"""

PLANTED: dict[str, tuple[list[dict[str, Any]], int]] = {
    "not_null": ([{"school_name": None}, {"township": None}, {"school_name": None, "township": None}], 3),
    "regex": ([{"school_code": "219900000X"}, {"school_code": "x2199000001"}], 2),
    "regex_of_contract": ([{"school_code": "21990000012"}], 1),
    "in_values": ([{"is_boarding": 2}], 1),
    "in_seed": ([{"school_kind_code": "EB"}, {"school_kind_code": ""}], 2),
    "not_in": ([{"computers": 99999, "multimedia_rooms": 88888}, {"books": 88888}], 1),
    "between_counts": (
        [{"pupils_primary": -1, "books": -2}, {"teaching_area_m2": "-0.5", "indoor_sports_area_m2": None}],
        2,
    ),
    "between_strict": (
        [{"equipment_value_wan_yuan": 0}, {"equipment_value_wan_yuan": 100}, {"equipment_value_wan_yuan": "99.9"}],
        2,
    ),
    "between_when": (
        [
            {"pupils_junior": 5, "is_dense_centre": 1},
            {"pupils_junior": 5, "is_dense_centre": 0},
            {"pupils_junior": 5, "is_dense_centre": None},
        ],
        1,
    ),
    "unique": ([{"school_code": "2199777777"}, {"school_code": "2199777777"}], 2),
    "unique_optional": (
        [
            {"school_code": "2199888888", "township": None},
            {"school_code": "2199888888", "township": None},
            {"school_code": "2199888888", "township": "乡"},
        ],
        2,
    ),
    "pair": ([{"qualified_primary": 21}, {"teachers_junior": 1, "qualified_junior": 2}, {"qualified_junior": 2}], 2),
    "condition": ([{"computers": 0}, {"computers": 0, "multimedia_rooms": None}], 1),
    "items": (
        [
            {"county_code": f"99010{county}", "township": of, "computers": int(n)}
            for county, items in ((3, "甲6 乙5 丙7 丁3"), (4, "甲6 乙4 丙7 丁3"), (5, "甲9 丙7"))
            for of, n in items.split()
        ],
        4,
    ),
    # 300 pupils: 亩 instead of square metres; 元 instead of 万元 is the next
    "unusual": ([{"outdoor_sports_area_m2": "3"}, {"outdoor_sports_area_m2": "2000"}, {"outdoor_sports_area_m2": "0"}], 1),
    "impossible": ([{"public_funds_budget_yuan": "900000000"}, {"public_funds_budget_yuan": "0.0001"}], 2),
    "county": ([{"county_code": "990200"}], 1),
    "future": ([{"school_year": 2027}], 1),
}


def _catalogue() -> SourceCatalogue:
    words = {
        "title_zh": "题",
        "title_en": "t",
        "meaning_zh": "义",
        "why_zh": "因",
        "fix_zh": "改",
        "rule_source": "测试",
    }
    checks = [
        {"scope": "row", "severity": "warn", "owner": "测试", "until": "2099-01-01", **words, **check}
        for check in yaml.safe_load(ONE_CHECK_PER_TYPE)
    ]
    return SourceCatalogue.model_validate(
        {
            "source": "school_census",
            "county": "county_code",
            "year": "school_year",
            "entity": "school_code",
            "kind": "school_kind_code",
            "checks": checks,
        }
    )


def _rules() -> Rules:
    rules = Rules.load()
    changed = replace(rules, catalogues={**rules.catalogues, "school_census": _catalogue()})
    changed.verify()
    return changed


def _good(number: int, **values: Any) -> dict[str, Any]:
    return (
        school(
            number,
            township="镇",
            is_boarding=1,
            is_dense_centre=1,
            pupils_junior=0,
            computers=5,
            books=9000,
            equipment_value_wan_yuan=50,
            teachers_junior=3,
            qualified_junior=1,
        )
        | values
    )


@pytest.fixture
def gx_suite() -> Any:
    """Great Expectations is imported where it is asked, not by every process that lists the tests."""
    from expectations import gx_suite

    return gx_suite


def _run(path: Path, files: list[File], rules: Rules | None = None) -> tuple[Nights, Judged, dict[str, Any]]:
    nights = Nights(path)
    night = nights.open(files)
    judge(nights.home, night, rules)
    found = validate.validate(nights.home, night, rules)
    return nights, Judged(night), found


def _failed(judged: Judged, engine: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in judged.rows("check_results"):
        if row["engine"] == engine:
            found[row["check_id"]] = found.get(row["check_id"], 0) + row["rows_failed"]
    return found


def _second(judged: Judged) -> dict[str, int]:
    """Failing rows by the report engine: as it runs our SQL over the check as a whole, else by its own count."""
    by_source: dict[tuple[str, str], int] = {}
    for engine in ("gx", "gx_sql"):
        rows = [row for row in judged.rows("check_results") if row["engine"] == engine]
        by_source |= {(row["source"], row["check_id"]): row["rows_failed"] for row in rows}
    found: dict[str, int] = {}
    for (_, check_id), failed in by_source.items():
        found[check_id] = found.get(check_id, 0) + failed
    return found


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    rows = [_good(n) for n in range(3)]
    for values, _ in PLANTED.values():
        for value in values:
            rows.append(_good(100 + len(rows)) | value)
    files = [File("a.csv", rows), File("2022.csv", alagoas(2022)[:100], INEP, area="27")]
    return _run(tmp_path_factory.mktemp("home"), files, _rules())[1]


@pytest.fixture(scope="module")
def faultless(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    files = [
        File("a.csv", [*(_good(n) for n in range(3)), *(_good(3 + n, township=of) for n, of in enumerate("甲丙丁"))]),
        File("2021.csv", [r | {"township": "x"} for r in alagoas()], INEP, area="27"),
    ]
    return _run(tmp_path_factory.mktemp("home"), files, _rules())[1]


@pytest.mark.parametrize("check_id", [*PLANTED, "area"])
def test_a_planted_fault_is_counted_alike_by_both_engines(planted: Judged, check_id: str) -> None:
    # a fault may break another check too; the Brazilian file has codes of 8 digits, no township, 100 of 102 counties
    expected = {
        "area": 2,
        "not_null": PLANTED["not_null"][1] + 100 + 2,
        "regex": 2 + 1 + 100,
        "regex_of_contract": 1 + 2,
        "impossible": 2 + 1,  # 99999 computers too
        "unique": 2 + 3,
        "unique_optional": 2 + 2,
    }.get(check_id, PLANTED.get(check_id, ([], 0))[1])
    assert _failed(planted, "sql")[check_id] == expected
    assert _second(planted)[check_id] == expected


@pytest.mark.parametrize("check_id", [*PLANTED, "area"])
def test_faultless_rows_pass_in_both_engines(faultless: Judged, check_id: str) -> None:
    expected = 102 if check_id == "regex" else 0
    assert _failed(faultless, "sql")[check_id] == expected
    assert _second(faultless)[check_id] == expected
    engines = ("gx", "gx_sql")
    looked = [r["rows_checked"] for r in faultless.rows("check_results") if r["check_id"] == check_id and r["engine"] in engines]
    assert min(looked) > 0


def test_what_only_ran_again_is_no_second_opinion(planted: Judged) -> None:
    native, again = _failed(planted, "gx"), _failed(planted, "gx_sql")
    assert {"condition", "county", "area", "unique_optional"} <= again.keys() - native.keys()
    assert {"regex", "in_values", "unique", "future"} <= native.keys()
    # two columns without a value in one row: a native count is of cells, that of the whole check of rows
    assert native["not_null"] == again["not_null"] + 1
    said = {row["engine"]: row["observed"] for row in planted.rows("check_results") if row["check_id"] == "not_null"}
    assert "与入库规则相同" in said["gx"]
    assert "只证明运行过" in said["gx_sql"]


def test_every_type_with_a_native_expectation_uses_it(gx_suite: Any) -> None:
    from expectations.rowchecks import resolve

    rules = _rules()
    parts, numbers = resolve(rules, rules.catalogues["school_census"], _as_of())
    declared = gx_suite.declare(rules, rules.catalogues["school_census"], parts, numbers, set(range(len(parts))))
    native = {d.check.test.type for d in declared if d.native}
    assert native == {
        "not_null",
        "matches_regex",
        "in_code_list",
        "not_in",
        "between",
        "unique",
        "not_greater_than",
        "school_year_not_future",
    }
    assert not any(d.native for d in declared if d.check.id in ("unique_optional", "condition", "county", "area"))


def _as_of() -> Any:
    from datetime import date

    return date(2026, 1, 15)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Nights, Judged, dict[str, Any]]:
    files = [
        File("a.csv", [school(1), school(2, pupils_primary=None)]),
        File(
            "b.csv",
            [school(1, county_code="990102", pupils_primary=-1), school(1, county_code="990102")],
            area="990102",
        ),
        File("2021.csv", alagoas(), INEP, area="27"),
        File("items.csv", [item(1), item(2, value=-1), item(2)], ITEMS),
        File("m.csv", [measure(), measure(value=12, grade=5, subject="数学")], MONITORING),
        File("broken.csv", [], refused="文件是空的。", rows_read=0),
    ]
    return _run(tmp_path_factory.mktemp("home"), files)


def test_the_real_catalogue_agrees_over_all_sources(real: tuple[Nights, Judged, dict[str, Any]]) -> None:
    _, judged, found = real
    assert set(found["sources"]) == {"school_census", "county_items", "monitoring_result"}
    sql, gx = _failed(judged, "sql"), _second(judged)
    assert gx.keys() < sql.keys()
    for check_id in (
        "school_code_unique",
        "non_negative",
        "pupils_known",
        "between_school_rate_is_share",
        "grade_known",
        "area_complete",
    ):
        assert gx[check_id] == sql[check_id]
    assert gx["school_code_unique"] == 2
    only_gate = {row["check_id"] for row in judged.rows("check_results") if row["engine"] == "sql"} - gx.keys()
    assert only_gate == {key.split(".")[1] for key in found["not_in_gx"]}


def test_the_report_asks_nothing_of_the_network(real: tuple[Nights, Judged, dict[str, Any]]) -> None:
    nights, judged, found = real
    folder = nights.home.warehouse / "data_docs" / f"night-{judged.night.number}"
    assert found["report"] == str(folder / "index.html")
    pages = sorted(folder.glob("*.html"))
    assert [p.name for p in pages] == ["index.html"]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<script|<iframe|<img|@import", text, re.IGNORECASE)
        assert not re.search(r"(src|href)=[\"']?(https?:)?//", text, re.IGNORECASE)
        assert (folder / re.findall(r'<link rel="stylesheet" href="([^"]+)"', text)[-1]).is_file()
        assert "学校普查" in text


def test_nothing_is_left_behind(real: tuple[Nights, Judged, dict[str, Any]]) -> None:
    nights, _, _ = real
    assert [p.name for p in nights.home.warehouse.iterdir()] == ["data_docs"]


def test_validating_again_replaces_the_rows(real: tuple[Nights, Judged, dict[str, Any]]) -> None:
    nights, judged, _ = real
    before = judged.rows("check_results")
    validate.validate(nights.home, judged.night)
    assert judged.rows("check_results") == before


@pytest.fixture
def night(nights: Nights) -> tuple[Nights, Judged]:
    return nights, nights.judged([File("a.csv", [school(1), school(2, pupils_primary=-1)])])


def _tamper(judged: Judged, change: Any) -> None:
    rows = [row for row in map(change, judged.rows("check_results")) if row]
    judged.night.write_table("check_results", rows)


def test_a_gate_that_wrote_another_count_is_found_out(night: tuple[Nights, Judged]) -> None:
    nights, judged = night
    _tamper(judged, lambda r: r | {"rows_failed": 0} if r["check_id"] == "non_negative" else r)
    with pytest.raises(EnginesDisagree, match="non_negative"):
        validate.validate(nights.home, judged.night)


def test_a_source_nobody_looked_at_is_found_out(night: tuple[Nights, Judged]) -> None:
    nights, judged = night
    _tamper(judged, lambda r: r if r["engine"] == "ingest" else None)
    with pytest.raises(EnginesDisagree, match="did_not_run"):
        validate.validate(nights.home, judged.night)


def test_another_count_of_the_report_engine_is_found_out(
    night: tuple[Nights, Judged], gx_suite: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights, judged = night
    native = gx_suite._native

    def loose(rules: Any, source: str, part: Any, key: str) -> Any:
        found = native(rules, source, part, key)
        if part.check.id == "non_negative":
            found.min_value = -10
        return found

    monkeypatch.setattr(gx_suite, "_native", loose)
    with pytest.raises(EnginesDisagree, match=r"non_negative#\d+: report engine \(2, 0\), SQL \(2, 1\)"):
        validate.validate(nights.home, judged.night)


def test_no_value_is_asked_for_beside_the_counts(night: tuple[Nights, Judged]) -> None:
    """What the engine counts by its own means is asked all at once, our SQL check by check; a few questions are on the table."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    nights, judged = night
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        (found,) = validate.validate(nights.home, judged.night)["sources"].values()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert found["native"] > 20
    assert found["passed_through"] < len(asked) < found["passed_through"] + found["native"]


@pytest.mark.parametrize("is_whole", [False, True])
def test_a_deleted_expectation_is_found_out(
    night: tuple[Nights, Judged], gx_suite: Any, monkeypatch: pytest.MonkeyPatch, *, is_whole: bool
) -> None:
    nights, judged = night
    declare = gx_suite.declare

    def forgetful(*arguments: Any) -> list[Any]:
        every = declare(*arguments)
        left_out = next(d for d in every if (d.part is None) == is_whole)
        return [d for d in every if d is not left_out]

    monkeypatch.setattr(gx_suite, "declare", forgetful)
    with pytest.raises(EnginesDisagree, match=r"school_census \w+: no expectation"):
        validate.validate(nights.home, judged.night)


@pytest.mark.parametrize("kind", ["Between", "NotGreaterThan", "Unique", "InCodeList"])
def test_a_condition_of_ours_that_never_looks_is_found_out(nights: Nights, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Our SQL may not decide what the report engine is asked."""
    honest = sql._fails
    monkeypatch.setattr(sql, "_fails", lambda part: "null" if type(part.test).__name__ == kind else honest(part))
    judged = nights.judged([File("a.csv", [school(1), school(2, pupils_primary=-1, qualified_primary=99, is_boarding=7)])])
    with pytest.raises(EnginesDisagree, match=r"report engine \(2, \d\), SQL \(0, 0\)"):
        validate.validate(nights.home, judged.night)


def test_a_condition_that_looks_where_nothing_is_filled_in_is_found_out(
    night: tuple[Nights, Judged], monkeypatch: pytest.MonkeyPatch
) -> None:
    nights, judged = night
    monkeypatch.setattr(sql, "filled", lambda parts, _table: "select " + ", ".join(f"0 as n{n}" for n in range(len(parts))))
    with pytest.raises(EnginesDisagree, match="nothing is filled in"):
        validate.validate(nights.home, judged.night)


def test_the_report_of_a_disagreement_is_kept(night: tuple[Nights, Judged]) -> None:
    nights, judged = night
    before = judged.rows("check_results")
    _tamper(judged, lambda r: r | {"rows_failed": 0} if r["check_id"] == "non_negative" else r)
    with pytest.raises(EnginesDisagree):
        validate.validate(nights.home, judged.night)
    folder = nights.home.warehouse / "data_docs" / f"night-{judged.night.number}"
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "复核与入库规则的计数不一致" in page
    assert "school_census non_negative: the gate wrote" in page
    assert len(judged.rows("check_results")) == len(before)


def test_an_exception_inside_the_report_engine_is_red(
    night: tuple[Nights, Judged], gx_suite: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights, judged = night
    monkeypatch.setattr(gx_suite, "SHOWN", "r.no_such_column")
    with pytest.raises(EnginesDisagree, match="no_such_column"):
        validate.validate(nights.home, judged.night)


def _result(*keys: str) -> Any:
    one = {"element_count": 1, "unexpected_count": 0}
    return SimpleNamespace(
        results=[
            SimpleNamespace(expectation_config=SimpleNamespace(meta={"key": key}), exception_info=None, result=one)
            for key in keys
        ]
    )


def test_an_expectation_that_was_not_evaluated_is_red() -> None:
    assert validate._counts("s", ["a", "b"], _result("a", "b")) == {"a": (1, 0), "b": (1, 0)}
    with pytest.raises(EnginesDisagree, match="2 expectations declared, 1 evaluated"):
        validate._counts("s", ["a", "b"], _result("a"))
    with pytest.raises(EnginesDisagree):
        validate._counts("s", ["a", "b"], _result("a", "a"))


def test_a_night_without_rows_does_not_import_the_report_engine(nights: Nights) -> None:
    judged = nights.judged([File("a.csv", [], refused="文件是空的。", rows_read=0)])
    code = (
        "import sys\nfrom expectations.validate import validate\nfrom junheng.core.home import Home\n"
        "from junheng.core.ledger import OpenNight\n"
        f"home = Home({str(nights.home.path)!r})\n"
        f"assert validate(home, OpenNight(home, {judged.night.number}))['sources'] == {{}}\n"
        "assert 'great_expectations' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[3])
    assert not (nights.home.warehouse / "data_docs").exists()
