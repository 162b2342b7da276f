"""The catalogue of the county's other lists: the sample passes, a planted fault is found, both engines agree."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest

from expectations import validate
from expectations.catalogue import Rules
from expectations.conditions import Unique
from expectations.gate import judge
from samples.plain_sources import rows, sources
from tests.unit.expectations.nights import File, Judged, Nights

pytestmark = pytest.mark.timeout(300)
SOURCES = sources()
FORMS = "declared_forms_school"
AS_OF = "2026-01-15"
WARNED_IN_SAMPLE = {("findings", "deadline_is_date"), ("inspection", "deadline_is_date"), (FORMS, "figures_usual")}
"""立行立改 and 长期坚持 are how deadlines are written; one school declared its equipment in 万元."""
FORM = {"form_key_not_null", "form_key_unique", "form_no_contradiction"}
"""What 表Ⅱ-2 and 测算表, which may state no codes, are asked instead of the template."""
OF_TWO_LINES = {"declared_forms_item": {"parts_of_whole", "groups_within_all"}}
"""Planted line by line in ``test_impossible``."""
COMMON = {"has_rows", "key_not_null", "county_known", "school_year_not_future", "key_unique", "no_contradiction"}


@cache
def _sample(source: str) -> tuple[dict[str, Any], ...]:
    return tuple(rows(source))


def sample(source: str) -> list[dict[str, Any]]:
    return [dict(row) for row in _sample(source)]


def file(source: str, lines: list[dict[str, Any]], name: str = "") -> File:
    return File(name or f"{source}.csv", lines, f"{source}.template", year=2025)


def form(lines: list[dict[str, Any]], name: str = "申报表.xlsx", contract: str = "form") -> File:
    return File(name, lines, f"{FORMS}.{contract}", year=2025)


def row_of(source: str, **values: Any) -> int:
    """Position of the sample's first row with these values."""
    return next(n for n, row in enumerate(_sample(source)) if all(row[k] == v for k, v in values.items()))


PLANTED: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    # source, check, the row that is changed, the change
    ("assessment_scores", "grade_in_range", {}, {"grade": 10}),
    ("assessment_scores", "score_or_absent", {}, {"mathematics": "-2"}),
    ("assessment_full_marks", "subject_known", {}, {"subject": "奥数"}),
    ("assessment_full_marks", "full_marks_positive", {}, {"full_marks": 0}),
    ("assessment_full_marks", "grade_in_range", {}, {"grade": 0}),
    ("assessment_full_marks", "date_readable", {}, {"tested_on": "期中"}),
    ("survey", "respondent_group_known", {}, {"respondent_group": "村民"}),
    ("survey", "parts_of_whole", {}, {"valid": 3121}),
    ("survey", "parts_of_whole", {"respondent_group": "parents"}, {"satisfied": 1753}),
    ("survey", "non_negative", {}, {"visited": -1}),
    ("findings", "requirement_code_known", {}, {"requirement_code": "L9"}),
    ("findings", "date_readable", {}, {"document_date": "2025年秋"}),
    ("ledger_update", "event_known", {}, {"event": "在办"}),
    ("ledger_update", "date_readable", {}, {"event_date": "2025-13-01"}),
    ("ledger_update", "waiver_has_reason", {"event": "plan"}, {"event": "waive"}),
    ("ledger_update", "extension_has_date", {"event": "extend"}, {"new_deadline": None}),
    ("inspection", "inspection_kind_known", {}, {"inspection_kind": "走访"}),
    ("inspection", "grade_in_range", {}, {"grade": 12}),
    ("inspection", "given_within_planned", {"inspection_kind": "timetable"}, {"lessons_given": 181}),
    ("inspection", "date_readable", {}, {"inspected_on": "上周一"}),
    ("inspection", "non_negative", {"inspection_kind": "timetable"}, {"lessons_given": -1}),
    ("school_groups", "role_known", {}, {"role": "挂靠"}),
    ("school_groups", "date_readable", {}, {"joined_on": "去年"}),
    ("school_venues", "use_known", {}, {"use": "借"}),
    ("school_venues", "leased_has_document", {}, {"source_document": None}),
    ("school_venues", "non_negative", {}, {"area_m2": "-5"}),
    ("school_venues", "figures_possible", {}, {"area_m2": "9000000"}),
    ("school_venues", "date_readable", {}, {"valid_to": "长期"}),
    ("room_list", "room_kind_known", {}, {"room_kind": "仓库"}),
    ("room_list", "stage_known", {}, {"stage": "小学部"}),
    ("room_list", "area_positive", {}, {"area_m2": "0"}),
    ("room_list", "figures_possible", {}, {"area_m2": "90000"}),
    ("room_list", "built_year_in_range", {}, {"built_year": 2027}),
    ("projects", "date_readable", {}, {"due_on": "年底"}),
    ("projects", "work_kind_known", {}, {"work_kind": "绿化"}),
    ("projects", "requirement_code_known", {}, {"requirement_code": "L8"}),
    ("projects", "stage_known", {}, {"stage": "幼儿园"}),
    ("projects", "non_negative", {}, {"budget_wan_yuan": "-1", "allocated_wan_yuan": None, "spent_wan_yuan": None}),
    ("projects", "spent_within_allocated", {}, {"allocated_wan_yuan": "1", "spent_wan_yuan": "2"}),
    ("births", "age_in_range", {}, {"age": 2019}),
    ("births", "migrants_within_children", {}, {"migrant_children": 100000}),
    ("births", "non_negative", {}, {"children": -3, "migrant_children": None}),
    ("class_list", "class_has_pupils", {}, {"pupils": 0}),
    ("class_list", "figures_possible", {}, {"pupils": 100000}),
    ("class_list", "stage_known", {}, {"stage": "小学高段"}),
    ("class_list", "grade_known", {}, {"grade": "一二复式"}),
    ("class_list", "grade_known", {}, {"grade": "13"}),
    ("class_list", "grade_known", {}, {"grade": "46024"}),  # 1-2, turned into a date by a spreadsheet
    ("school_succession", "change_known", {}, {"change": "升格"}),
    ("school_succession", "rename_keeps_code", {"change": "rename"}, {"new_school_code": "2199000099"}),
    ("school_succession", "kind_change_has_new_code", {"change": "kind_change"}, {"new_school_code": "2199000038"}),
    ("school_succession", "successor_given", {"change": "merge"}, {"new_school_code": None}),
    ("school_succession", "closed_has_no_successor", {"change": "close"}, {"new_school_code": "3199000001"}),
    ("school_succession", "date_readable", {}, {"changed_on": "2025"}),
    ("declared_forms_school", "stage_known", {}, {"stage": "senior"}),
    ("declared_forms_school", "sponsor_code_known", {}, {"sponsor_code": "999"}),
    ("declared_forms_school", "non_negative", {}, {"declared_equipment": "-1"}),
    ("declared_forms_school", "figures_possible", {}, {"declared_equipment": "25000000"}),
    ("declared_forms_county", "figures_possible", {"measure": "mean"}, {"declared_equipment": "25000000"}),
    ("declared_forms_county", "stage_known", {}, {"stage": "senior"}),
    ("declared_forms_county", "measure_known", {}, {"measure": "中位数"}),
    ("declared_forms_county", "composite_of_coefficients", {"measure": "mean"}, {"declared_composite": "3.2"}),
    ("declared_forms_county", "non_negative", {}, {"declared_backbone": "-0.1"}),
    ("declared_forms_item", "form_known", {}, {"form": "III"}),
    ("declared_forms_item", "stage_known", {}, {"stage": "小学部"}),
    ("declared_forms_item", "shares_within_whole", {"item_name": "教师交流轮岗比例"}, {"declared_value": "100.1"}),
    *((source, "county_known", {}, {"county_code": "990001"}) for source in SOURCES),
    *((source, "school_year_not_future", {}, {"school_year": 2026}) for source in SOURCES),
]
GROUPED: list[tuple[str, str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # source, check, the row that is changed, the change, the other row that takes part
    ("survey", f"groups_within_all_{column}", {"respondent_group": "parents"}, change, {"respondent_group": "all"})
    for column, change in {
        "questionnaires": {"questionnaires": 5000},
        "valid": {"questionnaires": None, "valid": 5000},
        "satisfied": {"questionnaires": None, "valid": None, "satisfied": 5000},
        "visited": {"visited": 5000},
        "visited_satisfied": {"visited": None, "visited_satisfied": 5000},
    }.items()
]
WARNED = [
    ("assessment_scores", "any_score", {}, dict.fromkeys(("chinese", "mathematics", "science", "moral"))),
    ("survey", "any_figure", {}, dict.fromkeys(("questionnaires", "valid", "satisfied", "visited", "visited_satisfied"))),
    ("findings", "unit_given", {}, {"responsible_unit": None}),
    ("findings", "deadline_given", {}, {"deadline": None}),
    ("findings", "deadline_is_date", {"requirement_code": "L4"}, {"deadline": "近期"}),
    ("inspection", "deadline_is_date", {"inspection_kind": "safety"}, {"deadline": "近期"}),
    ("projects", "allocated_within_budget", {}, {"budget_wan_yuan": "1", "allocated_wan_yuan": "2", "spent_wan_yuan": "2"}),
    ("class_list", "figures_usual", {}, {"pupils": 120}),
    ("room_list", "figures_usual", {}, {"area_m2": "0.15"}),
    ("school_venues", "figures_usual", {}, {"area_m2": "6.3"}),
    (FORMS, "figures_usual", {}, {"declared_sports_area": "0.012"}),
    ("declared_forms_county", "figures_usual", {"measure": "mean"}, {"declared_sports_area": "0.012"}),
    ("room_list", "special_room_has_area", {"room_kind": "art"}, {"area_m2": None}),
    (
        "declared_forms_school",
        "any_declared",
        {},
        {k: None for k in _sample("declared_forms_school")[0] if k.startswith("declared_")},
    ),
    ("declared_forms_item", "value_or_text", {"form": "I"}, {"declared_value": None}),
]


def changed(source: str, where: dict[str, Any], change: dict[str, Any]) -> list[dict[str, Any]]:
    lines = sample(source)
    lines[row_of(source, **where)] |= change
    return lines


def checks(judged: Judged, engine: str = "sql") -> dict[tuple[str, str], tuple[str, int]]:
    return {
        (r["source"], r["check_id"]): (r["status"], r["rows_failed"])
        for r in judged.rows("check_results")
        if r["engine"] == engine
    }


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    nights = Nights(tmp_path_factory.mktemp("home"))
    night = nights.open([*(file(source, sample(source)) for source in SOURCES), form(sample(FORMS))], as_of=AS_OF)
    judge(nights.home, night)
    validate.validate(nights.home, night)
    return Judged(night)


@pytest.mark.parametrize("source", SOURCES)
def test_the_sample_is_accepted_whole(clean: Judged, source: str) -> None:
    submission = clean.submission(file(source, []))
    assert submission["status"] == "accepted", submission["reason"]
    assert submission["rows_accepted"] == len(sample(source))
    found = {check for (of, check), (_, failed) in checks(clean).items() if of == source and failed}
    assert found == {check for of, check in WARNED_IN_SAMPLE if of == source}


def test_both_engines_agree_on_the_samples(clean: Judged) -> None:
    sql: Counter[tuple[str, str]] = Counter()  # a check of two files counts both
    for row in clean.rows("check_results"):
        sql[row["source"], row["check_id"]] += row["rows_failed"] if row["engine"] == "sql" else 0
    gx = checks(clean, "gx") | checks(clean, "gx_sql")
    assert {source for source, _ in gx} == set(SOURCES)
    assert {key: failed for key, (_, failed) in gx.items()} == {key: sql[key] for key in gx}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Nights, Judged, list[File]]:
    """One night with a file for every planted fault."""
    nights = Nights(tmp_path_factory.mktemp("home"))
    files = [
        file(source, changed(source, where, change), f"{n}.csv")
        for n, (source, _, where, change, *_) in enumerate([*PLANTED, *WARNED, *GROUPED])
    ]
    return nights, _judged_apart(nights, files), files


def _judged_apart(nights: Nights, files: list[File]) -> Judged:
    """Judge files that would contradict each other: without that check."""
    rules = Rules.load()
    loose = {
        name: catalogue.model_copy(update={"checks": tuple(c for c in catalogue.checks if c.id != "no_contradiction")})
        for name, catalogue in rules.catalogues.items()
    }
    rules = Rules(loose, rules.contracts, rules.sources, rules.codes)
    night = nights.open(files, as_of=AS_OF)
    judge(nights.home, night, rules)
    validate.validate(nights.home, night, rules)  # raises where the engines disagree
    return Judged(night)


@pytest.mark.parametrize("number", range(len(PLANTED)), ids=[f"{s}-{c}-{n}" for n, (s, c, *_) in enumerate(PLANTED)])
def test_a_planted_fault_costs_its_row_and_no_other(faulty: Any, number: int) -> None:
    _, judged, files = faulty
    source, check, where, _ = PLANTED[number]
    assert judged.submission(files[number])["status"] == "accepted"
    faults = [f for f in judged.faults(files[number]) if f["rule"] == check or f["rule"].endswith(f".{check}")]
    assert {f["row"] for f in faults} == {row_of(source, **where) + 2}
    assert all(f["guidance"].endswith("。") for f in faults)
    assert judged.submission(files[number])["rows_accepted"] == len(sample(source)) - 1


@pytest.mark.parametrize("number", range(len(WARNED)), ids=[f"{s}-{c}" for s, c, *_ in WARNED])
def test_a_warning_costs_nothing(faulty: Any, number: int) -> None:
    _, judged, files = faulty
    source, check, *_ = WARNED[number]
    concerned = files[len(PLANTED) + number]
    (found,) = [
        r
        for r in judged.rows("check_results")
        if (r["submission_id"], r["check_id"], r["engine"]) == (concerned.id, check, "sql")
    ]
    assert found["rows_failed"] >= (2 if (source, check) in WARNED_IN_SAMPLE else 1)
    assert judged.submission(concerned)["rows_accepted"] == len(sample(source))


@pytest.mark.parametrize("number", range(len(GROUPED)), ids=[f"{s}-{c}" for s, c, *_ in GROUPED])
def test_a_part_above_its_whole_costs_both_rows_and_names_them(faulty: Any, number: int) -> None:
    _, judged, files = faulty
    source, check, where, _, other = GROUPED[number]
    concerned = files[len(PLANTED) + len(WARNED) + number]
    faults = {fault["row"]: fault["guidance"] for fault in judged.faults(concerned) if fault["rule"] == check}
    first, second = row_of(source, **where) + 2, row_of(source, **other) + 2
    assert faults.keys() == {first, second}
    assert "5000" in faults[first]
    assert f"第{second}行all为“" in faults[first]
    assert f"第{first}行parents为“5000”" in faults[second]


@pytest.mark.parametrize("source", SOURCES)
def test_a_repeated_record_costs_both_rows(nights: Nights, source: str) -> None:
    lines = sample(source)
    judged = nights.judged([file(source, [*lines, dict(lines[0])])], as_of=AS_OF)
    assert {f["row"] for f in judged.faults(file(source, []))} == {2, len(lines) + 2}


def test_a_venue_counted_twice_counts_nowhere(nights: Nights) -> None:
    lines = sample("school_venues")
    lines[1]["counts_here"] = 1
    judged = nights.judged([file("school_venues", lines)], as_of=AS_OF)
    faults = judged.faults(file("school_venues", []))
    assert {f["row"] for f in faults} == {2, 3}
    assert all("同一场馆被两所学校计入" in f["guidance"] for f in faults)


@pytest.mark.parametrize("source", SOURCES)
def test_two_files_of_a_night_that_differ_are_both_refused(nights: Nights, source: str) -> None:
    (test,) = [c.test for c in Rules.load().catalogues[source].checks if c.id == "no_contradiction"]
    lines = sample(source)
    values = {column: list(dict.fromkeys(row[column] for row in lines if row[column] is not None)) for column in test.columns}
    column, (value, another, *_) = next((column, found) for column, found in values.items() if len(found) > 1)
    other = [dict(row) for row in lines]
    next(row for row in other if row[column] == value)[column] = another if isinstance(value, str) else value + 1
    first, second = file(source, lines, "甲.csv"), file(source, other, "乙.csv")
    judged = nights.judged([first, second], as_of=AS_OF)
    assert judged.status(first) == judged.status(second) == "refused"
    assert "乙.csv" in judged.submission(first)["reason"]


@pytest.mark.parametrize("source", SOURCES)
def test_every_check_of_the_catalogue_has_its_fault(source: str) -> None:
    """A check that nothing here can turn red is no check."""
    planted = {check for of, check, *_ in [*PLANTED, *WARNED, *GROUPED] if of == source} | OF_TWO_LINES.get(source, set())
    catalogue = {check.id for check in Rules.load().catalogues[source].checks}
    assert catalogue - COMMON - {"counted_once"} - (FORM if source == FORMS else set()) == planted - COMMON
    assert catalogue >= COMMON


def test_a_form_needs_a_name_and_neither_a_code_nor_a_stage(nights: Nights) -> None:
    lines = [{**row, "school_code": None} for row in sample(FORMS)]
    lines[0]["school_name"], lines[1]["stage"] = None, None
    judged = nights.judged([form(lines)], as_of=AS_OF)
    assert {f["row"] for f in judged.faults(form([])) if f["rule"] == "form_key_not_null"} == {2}
    assert judged.submission(form([]))["rows_accepted"] == len(lines) - 1


def test_two_schools_of_one_name_need_their_codes(nights: Nights) -> None:
    lines = sample(FORMS)[:3]
    lines[1] |= {"school_name": lines[0]["school_name"], "stage": lines[0]["stage"]}
    judged = nights.judged([form(lines)], as_of=AS_OF)
    assert judged.faults(form([])) == []
    for row in lines:
        row["school_code"] = None
    judged = nights.judged([form(lines, "无码.xlsx")], as_of=AS_OF)
    assert {f["row"] for f in judged.faults(form([], "无码.xlsx"))} == {2, 3}


def test_a_form_and_its_calculation_must_agree(nights: Nights) -> None:
    lines = [{**row, "school_code": None} for row in sample(FORMS)]
    other = [dict(row) for row in lines]
    other[0]["declared_qualified"] += 1
    first, second = form(lines), form(other, "测算.xlsx", "calculation")
    judged = nights.judged([first, second], as_of=AS_OF)
    assert judged.status(first) == judged.status(second) == "refused"
    assert "测算.xlsx" in judged.submission(first)["reason"]


@pytest.mark.parametrize("source", [name for name, source in Rules.load().sources.items() if source.supersedes == "record"])
def test_records_that_add_up_are_told_by_one_key(source: str) -> None:
    """What replaces a record is what may occur once in a file."""
    rules = Rules.load()
    (test,) = [c.test for c in rules.catalogues[source].checks if isinstance(c.test, Unique)]
    assert (test.key, test.optional_key) == (rules.sources[source].key, ())
