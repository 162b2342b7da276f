"""巡课周汇总, the timetable against what was taught by week and school, and 满意度和学生评教 by township and school."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from junheng.core.printable import file_name
from junheng.core.typed import StrictModel, load
from publish.papers.sheets import PageTexts, list_page, paper_book
from publish.tables.reading import CountyYear, read
from publish.tables.rows import RptLessonInspection, RptSatisfaction
from publish.words.formats import school_year

TABLES = ("rpt_lesson_inspection", "rpt_satisfaction")
"""Marts that the papers read."""


class InspectionTexts(StrictModel):
    """``inspections.yml``."""

    lessons: PageTexts
    satisfaction: PageTexts
    file: str


def inspections(connection: duckdb.DuckDBPyConnection, county: CountyYear, foot: Mapping[str, str]) -> dict[str, bytes]:
    """Both workbooks of a county in its newest year, by file name; none of which nothing was delivered."""
    texts, year = load(Path(__file__).with_suffix(".yml"), InspectionTexts), (county.code, county.year)
    where = "where county_code = ? and school_year = ?"
    label = school_year(county.year)
    query = f"from marts.rpt_lesson_inspection {where} order by week_start nulls last, school_code"
    lessons = read(connection, RptLessonInspection, query, *year)
    query = f"""
        from marts.rpt_satisfaction {where}
        order by survey, respondent_group, school_code is not null, township nulls last, school_code
    """
    satisfaction = read(connection, RptSatisfaction, query, *year)
    pages: tuple[tuple[PageTexts, Sequence[Mapping[str, object]]], ...] = (
        (texts.lessons, lessons),
        (texts.satisfaction, satisfaction),
    )
    books = {}
    for page, rows in pages:
        if rows:
            values = {"county": county.name, "year": label, "count": len(rows)}
            books[file_name(texts.file.format(name=page.name, year=label), ".xlsx")] = paper_book(
                [list_page(page, rows, values)], {**foot, "county": county.name, "year": label}
            )
    return books
