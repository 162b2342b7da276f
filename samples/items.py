"""County-level deliveries of the sample county: document items, their figures, and monitoring results."""

from __future__ import annotations

from collections.abc import Sequence

from samples.fields import Row, data, template

_FROM_CENSUS = {
    "G9.trained": "trained360",
    "G9.teachers": "teachers",
    "G11.eligible": "exchange_eligible",
    "G11.exchanged": "exchanged",
    "G11.exchanged_backbone": "exchanged_backbone",
    "G12.certified": "certified",
    "G12.teachers": "teachers",
}


def _complete(source: str, row: Row) -> Row:
    return {field.name: row.get(field.name) for field in template(source)}


def county_items(code: str, year: int, census: Sequence[Row]) -> list[Row]:
    """Rows of the ``county_items`` template of one school year."""
    stated = data(f"county_items_{code}")
    rows: list[Row] = []
    for item in stated["declared"]:
        rows.append(
            {
                "requirement_code": item["requirement"],
                "item_code": item["requirement"],
                "reference_period": str(year),
                "declared_verdict": item["verdict"],
                "evidence": item["evidence"],
                "note": item.get("note"),
            }
        )
    for item in stated["figures"]:
        rows.append(
            {
                "requirement_code": item["item"].split(".")[0],
                "item_code": item["item"],
                "reference_period": str(year - 1 if item.get("period") == "previous" else year),
                "value": item[year],
                "unit": item["unit"],
                "evidence": item["evidence"].format(year=year),
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
    stated = data(f"county_items_{code}")["monitoring"]
    common = {
        "county_code": code,
        "scope": "national",
        "monitoring_year": year,
        "source_document": stated[year]["source_document"],
    }
    return [_complete("monitoring_result", {**common, **stated["samples"][row["grade"]], **row}) for row in stated[year]["rows"]]
