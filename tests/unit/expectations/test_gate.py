"""The gate: each flow of refusing, setting aside and accepting, with faults planted by hand."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import gate, judgement
from expectations.gate import judge
from expectations.judgement import NotParsed
from junheng.core.ledger import Candidate, LandedFile, atomic_parquet
from junheng.core.records import ACCOUNTED, Fault, ParseResult
from junheng.core.settings import CODES
from tests.unit.expectations.nights import File, Judged, Nights, bronze, school

INEP = "school_census.inep"
ITEMS = "county_items.template"
MONITORING = "monitoring_result.template"


def item(number: int, **values: Any) -> dict[str, Any]:
    return {
        "county_code": "990101",
        "school_year": 2024,
        "requirement_code": "G11",
        "item_code": "G11.eligible",
        "school_code": f"2199{number:06d}",
        "value": 10,
        **values,
    }


def measure(**values: Any) -> dict[str, Any]:
    return {
        "county_code": "990101",
        "scope": "national",
        "monitoring_year": 2024,
        "grade": 4,
        "subject": "语文",
        "measure": "between_school_rate",
        "value": "0.12",
        "source_document": "报告",
        **values,
    }


def alagoas(year: int = 2021) -> list[dict[str, Any]]:
    with open(CODES / "areas.csv", encoding="utf-8", newline="") as handle:
        codes = [r["area_code"] for r in csv.DictReader(handle) if r["system"] == "ibge" and r["level"] == "county"]
    return [
        {
            "county_code": code,
            "school_year": year,
            "school_code": f"27{n:06d}",
            "school_name": f"escola {n}",
            "school_kind_code": "EB",
            "operating_status_code": "1",
            "pupils_primary": 100,
            "pupils_junior": 0,
        }
        for n, code in enumerate(codes)
    ]


def test_a_good_file_is_accepted_whole(nights: Nights) -> None:
    file = File("a.csv", [school(1), school(2)])
    judged = nights.judged([file])
    row = judged.submission(file)
    assert (row["status"], row["reason"], row["rows_read"], row["rows_accepted"]) == ("accepted", "", 2, 2)
    assert judged.faults(file) == []
    assert [(c["county_code"], c["school_year"], c["rows"]) for c in judged.rows("coverage")] == [("990101", 2024, 2)]
    statuses = {c["status"] for c in judged.rows("check_results")}
    assert statuses == {"pass", "no_data"}
    assert judged.check(file, "county_known")["rows_checked"] == 2


def test_one_bad_cell_refuses_a_census_and_touches_no_other_county(nights: Nights) -> None:
    bad = File("b.csv", [school(1, county_code="990102", pupils_primary=-3), school(2, county_code="990102")], area="990102")
    good = File("a.csv", [school(1)])
    judged = nights.judged([bad, good])
    row = judged.submission(bad)
    assert row["status"] == "refused"
    assert row["reason"] == "工作表“学校”第2行“小学在校生”的值“-3”：数量或金额不能是负数。"
    assert "留空" in row["fix"]
    assert (row["rows_accepted"], row["rows_quarantined"]) == (0, 2)
    assert judged.status(good) == "accepted"
    (fault,) = judged.faults(bad)
    assert (fault["row"], fault["column"], fault["value"], fault["rule"]) == (2, "小学在校生", "-3", "non_negative")
    assert judged.check(bad, "non_negative")["rows_failed"] == 1
    assert judged.check(bad, "no_contradiction")["status"] == "did_not_run"


def test_every_failing_cell_is_listed_with_its_column(nights: Nights) -> None:
    file = File("a.csv", [school(1, pupils_primary=-1, teaching_area_m2="-2.5", indoor_sports_area_m2=None)])
    judged = nights.judged([file])
    assert {(f["column"], f["value"]) for f in judged.faults(file)} == {
        ("小学在校生", "-1"),
        ("教学及辅助用房面积", "-2.5"),
    }
    assert judged.check(file, "non_negative")["rows_failed"] == 1
    assert "另有1处问题" in judged.submission(file)["reason"]


def test_form_workbooks_name_the_cell(nights: Nights) -> None:
    file = File("a.xlsx", [school(1, pupils_primary=-1, _cells='{"pupils_primary": "教基3112_小学!I6"}')])
    judged = nights.judged([file])
    assert judged.submission(file)["reason"].startswith("工作表“教基3112_小学”单元格I6“小学在校生”")
    assert (judged.faults(file)[0]["sheet"], judged.faults(file)[0]["row"]) == ("教基3112_小学", 6)


def test_every_cell_of_a_sum_is_named(nights: Nights) -> None:
    file = File("a.xlsx", [school(1, pupils_primary=-1, _cells='{"pupils_primary": "横表!C7+横表!D7"}')])
    judged = nights.judged([file])
    assert judged.submission(file)["reason"].startswith("工作表“横表”单元格C7、D7“小学在校生”")
    assert (judged.faults(file)[0]["sheet"], judged.faults(file)[0]["row"]) == ("横表", 7)


def test_long_lists_of_faults_are_cut_but_counted(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expectations.rowchecks.LISTED", 2)
    file = File("a.csv", [school(n, pupils_primary=-1) for n in range(5)])
    judged = nights.judged([file])
    assert len(judged.faults(file)) == 3
    assert "另有3处同类问题" in judged.faults(file)[-1]["guidance"]
    assert judged.check(file, "non_negative")["rows_failed"] == 5
    assert "另有4处问题" in judged.submission(file)["reason"]


def test_a_warning_costs_nothing_and_names_its_place(nights: Nights) -> None:
    file = File("a.csv", [school(1, pupils_primary=None), school(2)])
    judged = nights.judged([file])
    assert judged.status(file) == "accepted"
    check = judged.check(file, "pupils_known")
    assert (check["status"], check["rows_checked"], check["rows_failed"]) == ("warn", 2, 1)
    assert check["observed"] == "工作表“学校”第2行“小学在校生”为空：该学段在校生数未填，相关指标待定"
    assert judged.faults(file) == []


def test_what_ingest_refused_is_one_line_and_no_other_check(nights: Nights) -> None:
    file = File("a.csv", [], refused="文件是空的。", faults=[Fault("empty_file", "文件是空的。请重新导出。")], rows_read=0)
    judged = nights.judged([file])
    assert (judged.status(file), judged.submission(file)["reason"]) == ("refused", "文件是空的。")
    (check,) = judged.rows("check_results")
    assert (check["engine"], check["check_id"], check["status"]) == ("ingest", "ingest.empty_file", "fail")
    assert judged.faults(file)[0]["rule"] == "ingest.empty_file"


def test_what_could_not_be_read_is_a_refused_submission(nights: Nights) -> None:
    lost = ParseResult("f" * 16, "f" * 64, "990101/x", None, None, refused=True, reason="文件夹无法读取。", fix="请检查权限。")
    judged = nights.judged([], unreadable=[lost])
    (row,) = judged.rows("submissions")
    assert (row["status"], row["reason"], row["delivery_night"]) == ("refused", "文件夹无法读取。", 1)
    assert judged.rows("check_results")[0]["check_id"] == "ingest.refused"


def test_a_bad_row_found_by_ingest_refuses_a_census(nights: Nights) -> None:
    fault = Fault("not_a_number", "第3行“小学在校生”的值“约300”不是数字。请填写阿拉伯数字。", "学校", 3, "小学在校生", "约300")
    file = File("a.csv", [school(1)], aside=1, faults=[fault])
    judged = nights.judged([file])
    assert judged.status(file) == "refused"
    assert "约300" in judged.submission(file)["reason"]
    assert [c["check_id"] for c in judged.rows("check_results")] == ["ingest.not_a_number", ACCOUNTED]


def test_rows_that_are_not_accounted_for_refuse_the_file(nights: Nights) -> None:
    file = File("a.csv", [school(1)], rows_read=2)
    judged = nights.judged([file])
    assert judged.status(file) == "refused"
    check = judged.check(file, ACCOUNTED)
    assert (check["status"], check["observed"], check["rows_failed"]) == ("error", "入库 1 行，隔离 0 行", 1)


def test_a_bronze_file_tampered_with_after_parsing_refuses_the_file(nights: Nights) -> None:
    file = File("items.csv", [item(1), item(2)], ITEMS, aside=1)
    night = nights.open([file])
    atomic_parquet(bronze(replace(file, rows=file.rows[:1])), night.rows.bronze_file(file.source, file.id))
    judge(nights.home, night)
    row, check = Judged(night).submission(file), Judged(night).check(file, ACCOUNTED)
    assert (row["rows_read"], row["rows_accepted"], row["rows_quarantined"], row["status"]) == (3, 0, 2, "refused")
    assert (check["status"], check["observed"], check["rows_failed"]) == ("error", "入库 1 行，隔离 1 行", 1)


@pytest.mark.parametrize("contract", [ITEMS, "school_census.template"])
def test_a_row_that_the_gate_loses_refuses_the_file(nights: Nights, monkeypatch: pytest.MonkeyPatch, contract: str) -> None:
    judged_rows = gate.judge_rows

    def forgetful(con: Any, *arguments: Any, good: str, **options: Any) -> Any:
        outcomes = judged_rows(con, *arguments, good=good, **options)
        con.execute(f"delete from {good} where _row = 2")
        return outcomes

    monkeypatch.setattr(gate, "judge_rows", forgetful)
    make = item if contract == ITEMS else school
    file = File("a.csv", [make(1), make(2), make(3)], contract)
    judged = nights.judged([file])
    assert (judged.status(file), judged.check(file, ACCOUNTED)["status"]) == ("refused", "error")
    assert "读入3行，入库2行，隔离0行" in judged.submission(file)["reason"]


def test_a_row_given_up_that_nobody_lists_refuses_the_file(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    """The marts leave out the rows that are listed: one that is not would come back."""
    monkeypatch.setattr(judgement, "_fault_rows", lambda _outcome: [])
    file = File("items.csv", [item(1), item(2, value=-1), item(3)], ITEMS)
    judged = nights.judged([file])
    assert (judged.status(file), judged.check(file, ACCOUNTED)["rows_failed"]) == ("refused", 1)


def test_the_rows_of_a_refused_file_are_counted_in_its_files(nights: Nights) -> None:
    file = File(
        "a.csv", [school(1), school(2)], aside=1, faults=[Fault("not_a_number", "不是数字。", "学校", 9, "小学在校生", "x")]
    )
    night = nights.open([file])
    (result,) = night.results()
    night.write_result(replace(result, submission_id="e" * 16, file_name="990102/2024/a.csv", refused=True, reason="不符。"))
    judge(nights.home, night)
    rows = night.read_table("submissions").to_pylist()
    assert {(r["status"], r["rows_read"], r["rows_parsed"], r["rows_accepted"], r["rows_quarantined"]) for r in rows} == {
        ("refused", 3, 2, 0, 3)
    }
    assert len(rows) == 2


def test_a_home_may_have_brackets_in_its_name(tmp_path: Path) -> None:
    file = File("a.csv", [school(1)])
    Nights(tmp_path / "home 1").open([replace(file, rows=[school(1, pupils_primary=-1), school(2)])])  # what a glob would read
    judged = Nights(tmp_path / "home [1]").judged([file])
    assert (judged.status(file), judged.rows("coverage")[0]["rows"]) == ("accepted", 1)


def test_quarantining_contracts_give_up_rows_not_the_file(nights: Nights) -> None:
    fault = Fault("not_a_number", "第9行不是数字。", "表", 9, "数值", "x")
    rows = [item(1), item(2, value=-1), item(3, item_code="G99.x"), item(4)]
    file = File("items.csv", rows, contract=ITEMS, aside=1, faults=[fault])
    judged = nights.judged([file])
    row = judged.submission(file)
    assert (row["status"], row["rows_read"], row["rows_accepted"], row["rows_quarantined"]) == ("accepted", 5, 2, 3)
    assert {(f["rule"], f["row"]) for f in judged.faults(file)} == {
        ("ingest.not_a_number", 9),
        ("non_negative", 3),
        ("item_known", 4),
        ("item_of_requirement", 4),
    }
    assert judged.rows("coverage")[0]["rows"] == 2


def test_a_planned_year_is_a_year(nights: Nights) -> None:
    plan = {"requirement_code": "P1", "item_code": "P1.planned_year", "school_code": None}
    rows = [item(1, **plan, value=value, reference_period=str(value)) for value in (2027, 27, "2027.5", 20270)]
    file = File("items.csv", rows, contract=ITEMS)
    judged = nights.judged([file])
    assert judged.submission(file)["rows_accepted"] == 1
    assert [(f["rule"], f["row"]) for f in judged.faults(file)] == [("planned_year_possible", row) for row in (3, 4, 5)]


def test_a_file_without_a_usable_row_is_refused(nights: Nights) -> None:
    file = File("items.csv", [item(1, value=-1), item(2, value=-2)], contract=ITEMS)
    judged = nights.judged([file])
    row = judged.submission(file)
    assert row["status"] == "refused"
    assert judged.check(file, "has_rows")["status"] == "fail"
    cause = "工作表“学校”第2行“数值”的值“-1”：数值不能是负数"
    assert row["reason"] == f"可用的数据只有0行，至少应有1行：{cause}。另有1处问题。"
    assert judged.faults(file)[0]["guidance"] == f"{cause}。{row['fix']}"


def test_a_rate_in_per_cent_is_set_aside_with_the_hint(nights: Nights) -> None:
    rows = [measure(value=12), measure(subject="数学"), measure(measure="mean_score", value=80)]
    file = File("m.csv", rows, contract=MONITORING)
    judged = nights.judged([file])
    assert judged.submission(file)["rows_accepted"] == 2
    (fault,) = judged.faults(file)
    assert fault["rule"] == "between_school_rate_is_share"
    assert "12% 填 0.12" in fault["guidance"]


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        ("key_not_null", {"school_name": None}),
        ("school_code_format", {"school_code": "21990001"}),
        ("school_kind_known", {"school_kind_code": "999"}),
        ("county_known", {"county_code": "990200"}),
        ("school_year_not_future", {"school_year": 2026}),
        ("sentinel_value", {"pupils_kindergarten": 88888}),
        ("indoor_not_above_teaching_area", {"indoor_sports_area_m2": 3000}),
        ("qualified_not_above_teachers", {"qualified_primary": 21}),
        ("backbone_not_above_teachers", {"backbone_primary": 21}),
        ("pe_art_not_above_teachers", {"pe_art_primary": 21}),
        ("teacher_groups_not_above_teachers", {"midtitle_primary": 21}),
        ("exchanged_backbone_not_above_exchanged", {"exchanged_junior": 1, "exchanged_backbone_junior": 2}),
        ("large_classes_not_above_classes", {"classes_junior": 1, "classes_over_junior": 2}),
        ("flag_zero_or_one", {"is_boarding": 2}),
    ],
)
def test_planted_faults_in_a_census(nights: Nights, rule: str, row: dict[str, Any]) -> None:
    file = File("a.csv", [school(1), school(2, **row)])
    judged = nights.judged([file])
    assert judged.status(file) == "refused"
    assert {f["rule"] for f in judged.faults(file)} == {rule}
    assert {f["row"] for f in judged.faults(file)} == {3}


def test_a_school_code_twice_lists_both_rows(nights: Nights) -> None:
    file = File("a.csv", [school(1), school(1), school(2)])
    judged = nights.judged([file])
    assert [f["row"] for f in judged.faults(file)] == [2, 3]
    assert judged.check(file, "school_code_unique")["rows_failed"] == 2


def test_counties_are_known_by_year(nights: Nights) -> None:
    gone = school(1, county_code="110103")
    files = [File("old.csv", [{**gone, "school_year": 2009}]), File("late.csv", [{**gone, "school_year": 2010}])]
    judged = nights.judged(files)
    assert [judged.status(f) for f in files] == ["accepted", "refused"]
    assert judged.faults(files[1])[0]["rule"] == "county_known"


@pytest.mark.parametrize(
    ("year", "as_of", "status"),
    [(2025, "2025-08-31", "refused"), (2025, "2025-09-01", "accepted"), (2026, "2025-09-01", "refused")],
)
def test_a_school_year_begins_on_its_day(nights: Nights, year: int, as_of: str, status: str) -> None:
    file = File("a.csv", [school(1, school_year=year)])
    assert nights.judged([file], as_of=as_of).status(file) == status


def test_an_area_file_must_hold_every_county(nights: Nights) -> None:
    whole, one = File("2021.csv", alagoas(), INEP, area="27"), File("2022.csv", alagoas(2022)[:1], INEP, area="27")
    judged = nights.judged([whole, one])
    assert judged.status(whole) == "accepted"
    assert judged.status(one) == "refused"
    assert "102 中只有 1" in judged.submission(one)["reason"]
    assert judged.check(one, "area_complete")["rows_failed"] == 101


def test_contradicting_files_refuse_each_other_and_name_each_other(nights: Nights) -> None:
    a, b = File("a.csv", [school(1), school(2)]), File("b.csv", [school(1, pupils_primary=310)])
    c = File("c.csv", [school(3)])
    judged = nights.judged([a, b, c])
    assert [judged.status(f) for f in (a, b, c)] == ["refused", "refused", "accepted"]
    assert judged.submission(a)["refused_with"] == [b.id]
    assert judged.submission(b)["refused_with"] == [a.id]
    assert "“b.csv”" in judged.submission(a)["reason"]
    assert "“301”" in judged.submission(a)["reason"]
    assert "“310”" in judged.submission(a)["reason"]
    assert judged.faults(a)[0]["row"] == 2


def test_files_of_one_night_complete_each_other(nights: Nights) -> None:
    a, b = File("a.csv", [school(1, books=None)]), File("b.csv", [school(1, books=900, sequence=7)])
    judged = nights.judged([a, b])
    assert [judged.status(f) for f in (a, b)] == ["accepted", "accepted"]


@pytest.mark.parametrize(
    ("column", "ours", "theirs"),
    [
        ("school_kind_code", "211", "218"),
        ("sponsor_code", "7", "10"),
        ("urban_rural_code", "111", "220"),
        ("operating_status_code", "1", "2"),
        ("counts_as_school", 1, 0),
        ("main_school_code", "2199000001", "2199000002"),
        ("is_boarding", 0, 1),
        ("is_dense_centre", 0, 1),
        ("built_year", 1990, 2010),
        ("music_room_areas_m2", "60;70", "60;80"),
        ("training_budget_yuan", 1, 2),
    ],
)
def test_whatever_is_not_free_text_contradicts(nights: Nights, column: str, ours: Any, theirs: Any) -> None:
    mains = [school(1), school(2)]
    a, b = File("a.csv", [*mains, school(9, **{column: ours})]), File("b.csv", [school(9, **{column: theirs})])
    judged = nights.judged([a, b])
    assert [judged.status(f) for f in (a, b)] == ["refused", "refused"]
    assert judged.check(a, "no_contradiction")["rows_failed"] == 1


def test_names_township_and_order_may_differ(nights: Nights) -> None:
    a = File("a.csv", [school(1, school_name="城关小学", township="城关镇", sequence=1)])
    b = File("b.csv", [school(1, school_name="城关镇小学", township="城关", sequence=8)])
    judged = nights.judged([a, b])
    assert [judged.status(f) for f in (a, b)] == ["accepted", "accepted"]


def test_an_operating_status_means_something_in_its_own_contract_only(nights: Nights) -> None:
    closed = {"operating_status_code": "2", "pupils_primary": None}
    chinese = File("a.csv", [school(1, **closed)])
    brazilian = File("b.csv", [row | closed | {"pupils_junior": None} for row in alagoas()], INEP, area="27")
    judged = nights.judged([chinese, brazilian])
    assert judged.check(chinese, "pupils_known")["status"] == "warn"
    assert judged.check(brazilian, "pupils_known")["status"] == "no_data"


def test_only_known_values_contradict(nights: Nights) -> None:
    a, b = File("a.csv", [school(1, computers=None, books=5)]), File("b.csv", [school(1, computers=3, books=6)])
    judged = nights.judged([a, b])
    assert judged.faults(a)[0]["column"] == "图书册数"


def test_a_refused_file_does_not_contradict(nights: Nights) -> None:
    bad, good = File("a.csv", [school(1, pupils_primary=-1)]), File("b.csv", [school(1)])
    judged = nights.judged([bad, good])
    assert [judged.status(f) for f in (bad, good)] == ["refused", "accepted"]


def test_files_of_different_nights_do_not_contradict(nights: Nights) -> None:
    nights.commit([File("a.csv", [school(1)])])
    later = File("b.csv", [school(1, pupils_primary=310)])
    assert nights.judged([later]).status(later) == "accepted"


def test_a_file_judged_again_keeps_its_night_and_meets_what_that_night_accepted(nights: Nights) -> None:
    nights.commit([File("a.csv", [school(1)])])
    again = File("b.csv", [school(1, pupils_primary=310)], delivery_night=1)
    free = File("c.csv", [school(2)], delivery_night=1)
    judged = nights.judged([again, free])
    assert judged.status(again) == "refused"
    assert "“a.csv”" in judged.submission(again)["reason"]
    assert (judged.status(free), judged.submission(free)["delivery_night"]) == ("accepted", 1)


def test_items_contradict_on_their_whole_key(nights: Nights) -> None:
    a = File("a.csv", [item(1, reference_period="2023")], ITEMS)
    b = File("b.csv", [item(1, reference_period="2024", value=11)], ITEMS)
    assert {nights.judged([a, b]).status(f) for f in (a, b)} == {"accepted"}
    c = File("c.csv", [item(1, reference_period="2023", value=11)], ITEMS)
    assert {nights.judged([a, c]).status(f) for f in (a, c)} == {"refused"}


def test_same_bytes_under_two_paths_are_one_submission(nights: Nights) -> None:
    file = File("a.csv", [school(1)])
    night = nights.open([file])
    plan = night.plan
    landed = plan.candidates[0].file
    plan.candidates.append(Candidate(LandedFile("copy.csv", 1, landed.area_code, 2024, landed.sha256), 1))
    night.write_plan(plan)
    judge(nights.home, night)
    assert night.read_table("submissions").num_rows == 1


def test_a_copy_in_a_wrong_folder_is_refused_under_its_own_id(nights: Nights) -> None:
    file = File("990101/2024/a.csv", [school(1)], delivery_night=1)
    night = nights.open([file])
    astray = ParseResult("e" * 16, file.landed.sha256, "990102/2024/a.csv", "990102", 2024, refused=True, reason="不符。")
    night.write_result(astray)
    judge(nights.home, night)
    rows = {r["submission_id"]: r["status"] for r in night.read_table("submissions").to_pylist()}
    assert rows == {file.id: "accepted", "e" * 16: "refused"}


def test_a_campus_needs_its_main_school(nights: Nights) -> None:
    campus = {"counts_as_school": 0, "main_school_code": "2199000001"}
    lonely = File("lonely.csv", [school(9, county_code="990102", **campus)], area="990102")
    unnamed = File("unnamed.csv", [school(9, county_code="990103", counts_as_school=0)], area="990103")
    attached = File("attached.csv", [school(9, county_code="990104", school_kind_code="219")], area="990104")
    point = File("point.csv", [school(9, county_code="990105", school_kind_code="218", counts_as_school=0)], area="990105")
    home = File("home.csv", [school(1), school(9, **campus)])
    files = [lonely, unnamed, attached, point, home]
    judged = nights.judged(files)
    assert [judged.status(f) for f in files] == ["refused", "refused", "refused", "accepted", "accepted"]
    assert judged.faults(lonely)[0]["column"] == "主校标识码"
    assert judged.check(home, "main_school_known")["rows_checked"] == 1


def test_the_main_school_may_have_been_accepted_earlier_unless_superseded(nights: Nights) -> None:
    nights.commit([File("main.csv", [school(1)], "school_census.jj_workbook")])
    campus = school(9, counts_as_school=0, main_school_code="2199000001")
    workbook = File("campus.xlsx", [campus], "school_census.jj_workbook")
    county = File("county.csv", [campus])
    assert nights.judged([workbook]).status(workbook) == "accepted"
    assert nights.judged([county]).status(county) == "refused"


def test_what_relies_on_a_fallen_file_falls_too(nights: Nights) -> None:
    nights.commit([File("last.csv", [school(n, school_year=2023) for n in range(10)])])
    main = File("main.csv", [school(1)])
    campus = File("campus.xlsx", [school(9, counts_as_school=0, main_school_code="2199000001")], "school_census.jj_workbook")
    judged = nights.judged([main, campus])
    assert judged.check(main, "half_of_last_year")["status"] == "fail"
    assert [judged.status(f) for f in (main, campus)] == ["refused", "refused"]
    assert judged.check(campus, "main_school_known")["status"] == "fail"


@pytest.mark.parametrize(
    ("schools", "status", "checks"),
    [(4, "refused", ("fail", "warn")), (5, "accepted", ("pass", "warn")), (9, "accepted", ("pass", "pass"))],
)
def test_the_county_is_compared_with_last_year(nights: Nights, schools: int, status: str, checks: tuple[str, str]) -> None:
    nights.commit([File("last.csv", [school(n, school_year=2023) for n in range(10)])])
    file = File("now.csv", [school(n) for n in range(schools)])
    judged = nights.judged([file])
    assert judged.status(file) == status
    found = [judged.check(file, c)["status"] for c in ("half_of_last_year", "nine_tenths_of_last_year")]
    assert tuple(found) == checks


def test_two_files_of_a_night_make_up_the_county_together(nights: Nights) -> None:
    nights.commit([File("last.csv", [school(n, school_year=2023) for n in range(10)])])
    halves = [File("a.csv", [school(n) for n in range(5)]), File("b.csv", [school(n) for n in range(5, 10)])]
    judged = nights.judged(halves)
    assert {judged.check(f, "nine_tenths_of_last_year")["status"] for f in halves} == {"pass"}


def test_an_empty_night_writes_empty_tables(nights: Nights) -> None:
    judged = nights.judged([])
    assert all(judged.rows(t) == [] for t in ("submissions", "coverage", "check_results", "quarantined_rows"))


def test_a_candidate_that_was_never_parsed_stops_the_night(nights: Nights) -> None:
    night = nights.open([File("a.csv", [school(1)])])
    for result in (night.path / "results").iterdir():
        result.unlink()
    with pytest.raises(NotParsed):
        judge(nights.home, night)


def test_judging_twice_writes_the_same(nights: Nights) -> None:
    files = [File("a.csv", [school(1), school(2, pupils_primary=-1)]), File("b.csv", [school(3)])]
    judged = nights.judged(files)
    before = {t: judged.rows(t) for t in ("submissions", "coverage", "check_results", "quarantined_rows")}
    judge(nights.home, judged.night)
    assert before == {t: judged.rows(t) for t in before}


@settings(max_examples=12, deadline=None)
@given(
    values=st.lists(st.sampled_from([-1, 0, 5, None]), max_size=5),
    aside=st.integers(0, 3),
    contract=st.sampled_from(["school_census.template", ITEMS]),
)
def test_read_is_accepted_plus_quarantined(
    tmp_path_factory: pytest.TempPathFactory, values: list[int | None], aside: int, contract: str
) -> None:
    nights = Nights(tmp_path_factory.mktemp("home"))
    make = (lambda n, v: item(n, value=v)) if contract == ITEMS else (lambda n, v: school(n, books=v))
    faults = [Fault("not_a_number", "不是数字。", "学校", 90 + n, "数值", "x") for n in range(aside)]
    file = File("a.csv", [make(n, v) for n, v in enumerate(values)], contract, aside=aside, faults=faults)
    judged = nights.judged([file])
    row = judged.submission(file)
    assert row["rows_read"] == row["rows_accepted"] + row["rows_quarantined"] == len(values) + aside
    bad = sum(v == -1 for v in values)
    refuses = contract != ITEMS and (bad or aside)
    expected = 0 if refuses or not len(values) - bad else len(values) - bad
    assert (row["rows_accepted"], row["status"]) == (expected, "accepted" if expected else "refused")
