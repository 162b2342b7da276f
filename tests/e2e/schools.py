"""Small plain counties for tests: a few schools that meet every standard, as template rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from samples.write import write_template

Row = dict[str, Any]


def primary_school(county: str, number: int, year: int = 2025, **changes: Any) -> Row:
    """A primary school of 400 pupils that meets all seven standards; ``changes`` replace fields."""
    row: Row = {
        "county_code": county,
        "school_year": year,
        "school_code": f"21990{county[-2:]}{number:03d}",
        "school_name": f"第{number}小学",
        "school_kind_code": "211",
        "pupils_primary": 400,
        "teachers_primary": 30,
        "qualified_primary": 25,
        "backbone_primary": 5 + number,
        "pe_art_primary": 5,
        "teaching_area_m2": 2400,
        "indoor_sports_area_m2": 200,
        "outdoor_sports_area_m2": 3400,
        "equipment_value_wan_yuan": 90,
        "multimedia_rooms": 12,
    }
    return row | changes


def county(code: str, schools: int = 3, year: int = 2025) -> list[Row]:
    """``schools`` primary schools."""
    return [primary_school(code, number, year) for number in range(1, schools + 1)]


def deliver(landing: Path, rows: list[Row], name: str = "census.csv", folder: str | None = None) -> Path:
    """Write rows as a plain template below landing; ``folder`` defaults to the rows' county and year."""
    path = landing / (folder or f"{rows[0]['county_code']}/{rows[0]['school_year']}") / name
    write_template(path, rows)
    return path
