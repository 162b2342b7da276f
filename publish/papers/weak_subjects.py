"""薄弱学科: results of monitoring, teachers and lessons of weak subjects, how the own tests move, in one workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from junheng.core.printable import file_name
from junheng.core.typed import StrictModel, load
from publish.papers.sheets import PageTexts, list_page, paper_book
from publish.tables.reading import CountyYear, read
from publish.tables.rows import DimCode, FctAssessmentTrend, FctMonitoringResult, FctWeakSubject
from publish.words.formats import school_year

TABLES = ("dim_code", "fct_assessment_trend", "fct_monitoring_result", "fct_weak_subject")
"""Marts that the workbook reads."""
Line = Mapping[str, object]


class WeakSubjectTexts(StrictModel):
    """``weak_subjects.yml``."""

    results: PageTexts
    schools: PageTexts
    trend: PageTexts
    file: str


def weak_subjects(connection: duckdb.DuckDBPyConnection, county: CountyYear, foot: Mapping[str, str]) -> dict[str, bytes]:
    """The workbook of a county in its newest year, by file name; none where nothing was monitored or tested."""
    texts = load(Path(__file__).with_suffix(".yml"), WeakSubjectTexts)
    codes = read(connection, DimCode, "from marts.dim_code")
    labels = {(row["list"], row["code"]): row["label_zh"] for row in codes}
    pages = [
        (texts.results, _results(connection, county, labels)),
        (texts.schools, _schools(connection, county, labels)),
        (texts.trend, _trend(connection, county, labels)),
    ]
    if not any(rows for _, rows in pages):
        return {}
    year = school_year(county.year)
    values = {"county": county.name, "year": year}
    sheets = [list_page(page, rows, values) for page, rows in pages if rows]
    return {file_name(texts.file.format(year=year), ".xlsx"): paper_book(sheets, {**foot, **values})}


Labels = Mapping[tuple[str, str], str | None]


def _results(connection: duckdb.DuckDBPyConnection, county: CountyYear, labels: Labels) -> Sequence[Line]:
    query = """
        from marts.fct_monitoring_result
        where county_code = ? and is_official and (verdict is not null or star is not null)
        order by monitoring_year desc, scope, grade, subject, measure
    """
    return [
        {
            **row,
            "year_zh": str(row["monitoring_year"]),
            "grade_zh": labels.get(("grade", str(row["grade"])), str(row["grade"])),
            "measure_zh": labels.get(("monitoring_measure", row["measure"]), row["measure"]),
            "verdict_zh": labels.get(("verdict", row["verdict"] or "")),
        }
        for row in read(connection, FctMonitoringResult, query, county.code)
    ]


def _schools(connection: duckdb.DuckDBPyConnection, county: CountyYear, labels: Labels) -> Sequence[Line]:
    query = """
        from marts.fct_weak_subject where county_code = ? and school_year = ?
        order by subject, stage desc, school_name, school_code
    """
    rows = read(connection, FctWeakSubject, query, county.code, county.year)
    return [{**row, "stage_zh": labels.get(("stage", row["stage"]), row["stage"])} for row in rows]


def _trend(connection: duckdb.DuckDBPyConnection, county: CountyYear, labels: Labels) -> Sequence[Line]:
    query = "from marts.fct_assessment_trend where county_code = ? order by school_year desc, grade, subject, assessment"
    return [
        {
            **row,
            "year_zh": school_year(row["school_year"]),
            "grade_zh": labels.get(("grade", str(row["grade"])), str(row["grade"])),
            "previous_year_zh": school_year(row["previous_school_year"]),
            "subject_zh": labels.get(("subject", row["subject"]), row["subject"]),
            "direction_zh": labels[("assessment_direction", row["direction"])],
        }
        for row in read(connection, FctAssessmentTrend, query, county.code)
    ]
