"""County-level deliveries of the sample county: document items, their figures, and monitoring results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from junheng.core.typed import StrictModel, load
from samples.fields import DATA, Row, template

_FROM_CENSUS = {
    "G9.trained": "trained360",
    "G9.teachers": "teachers",
    "G11.eligible": "exchange_eligible",
    "G11.exchanged": "exchanged",
    "G11.exchanged_backbone": "exchanged_backbone",
    "G12.certified": "certified",
    "G12.teachers": "teachers",
}


class DeclaredItem(StrictModel):
    """What the county declares of a requirement."""

    requirement: str
    verdict: str
    evidence: str
    note: str | None = None


class StatedFigure(StrictModel):
    """A figure of the county by school year; ``previous``: it is that of the year before."""

    item: str
    unit: str
    values: dict[int, int]
    evidence: str
    period: Literal["previous"] | None = None


class MonitoredResult(StrictModel):
    """A result of monitoring."""

    grade: int
    subject: str
    measure: str
    level: str | None = None
    value: str | None = None
    star: int | None = None


class MonitoringReport(StrictModel):
    """The results of one year."""

    source_document: str
    rows: tuple[MonitoredResult, ...]


class MonitoredSample(StrictModel):
    """How many schools and pupils of a grade were looked at."""

    n_schools: int
    n_pupils: int


class CountyItems(StrictModel):
    """``samples/data/county_items_<code>.yml``."""

    declared: tuple[DeclaredItem, ...]
    figures: tuple[StatedFigure, ...]
    monitoring: dict[int, MonitoringReport]
    monitoring_samples: dict[int, MonitoredSample]
    """By grade."""


def _stated(code: str) -> CountyItems:
    return load(DATA / f"county_items_{code}.yml", CountyItems)


def _complete(source: str, row: Row) -> Row:
    return {field.name: row.get(field.name) for field in template(source)}


def county_items(code: str, year: int, census: Sequence[Row]) -> list[Row]:
    """Rows of the ``county_items`` template of one school year."""
    stated = _stated(code)
    rows: list[Row] = []
    for item in stated.declared:
        rows.append(
            {
                "requirement_code": item.requirement,
                "item_code": item.requirement,
                "reference_period": str(year),
                "declared_verdict": item.verdict,
                "evidence": item.evidence,
                "note": item.note,
            }
        )
    for figure in stated.figures:
        rows.append(
            {
                "requirement_code": figure.item.split(".")[0],
                "item_code": figure.item,
                "reference_period": str(year - 1 if figure.period == "previous" else year),
                "value": figure.values[year],
                "unit": figure.unit,
                "evidence": figure.evidence.format(year=year),
            }
        )
    for item_code, field in _FROM_CENSUS.items():
        total = sum(row[f"{field}_{stage}"] or 0 for row in census for stage in ("primary", "junior"))
        rows.append(
            {
                "requirement_code": item_code.split(".")[0],
                "item_code": item_code,
                "reference_period": str(year),
                "value": total,
                "unit": "人",
                "evidence": "教师管理信息系统汇总表",
            }
        )
    return [_complete("county_items", {"county_code": code, "school_year": year, **row}) for row in rows]


def monitoring_result(code: str, year: int) -> list[Row]:
    """Rows of the ``monitoring_result`` ."""
    stated = _stated(code)
    report = stated.monitoring[year]
    common = {
        "county_code": code,
        "scope": "national",
        "monitoring_year": year,
        "source_document": report.source_document,
    }
    samples = {grade: sample.model_dump() for grade, sample in stated.monitoring_samples.items()}
    return [_complete("monitoring_result", {**common, **samples[row.grade], **row.model_dump()}) for row in report.rows]
