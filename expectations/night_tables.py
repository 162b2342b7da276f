"""The tables of a night that say what was judged."""

from __future__ import annotations

from typing import Any

from expectations.judgement import Judgement
from ingest.landing import inventory
from ingest.schema.areas import area_prefix
from junheng.core.ledger import NightPlan, OpenNight


def write_tables(night: OpenNight, plan: NightPlan, judgements: list[Judgement]) -> None:
    """Write the tables of the night that say what was judged."""
    number = plan.number
    tables: dict[str, list[dict[str, Any]]] = {"submissions": [], "coverage": [], "check_results": [], "quarantined_rows": []}
    for judgement in judgements:
        result = judgement.result
        places = {(c.county_code, c.school_year) for c in judgement.covered}
        counties, years = {p[0] for p in places}, {p[1] for p in places}
        covers = judgement.delivery.facts.covers if judgement.delivery else result.covers
        tables["submissions"].append(
            {
                "night": number,
                "delivery_night": judgement.delivery_night,
                "submission_id": result.submission_id,
                "sha256": result.sha256,
                "file_name": result.file_name,
                "area_code": result.area_code,
                "area_prefix": area_prefix(result.area_code) if result.area_code else None,
                "folder_school_year": result.folder_school_year,
                "source": result.source,
                "contract": result.contract,
                "covers": covers,
                "status": str(judgement.status),
                "reason": judgement.reason,
                "fix": judgement.fix,
                "refused_with": judgement.refused_with,
                "rows_read": result.rows_read,
                "rows_parsed": result.rows_parsed,
                "rows_accepted": judgement.rows_accepted,
                "rows_quarantined": judgement.rows_quarantined,
                "rules_version": plan.rules_version,
            }
        )
        tables["coverage"] += [
            {
                "night": number,
                "delivery_night": judgement.delivery_night,
                "submission_id": result.submission_id,
                "source": result.source,
                "covers": covers,
                "county_code": c.county_code,
                "school_year": c.school_year,
                "rows": c.rows,
            }
            for c in judgement.covered
        ]
        where = {
            "night": number,
            "source": result.source,
            "submission_id": result.submission_id,
            "county_code": next(iter(counties)) if len(counties) == 1 else None,
            "school_year": next(iter(years)) if len(years) == 1 else None,
        }
        tables["check_results"] += [{**where, **row} for row in judgement.checks]
        key = {"night": number, "submission_id": result.submission_id, "file_name": result.file_name}
        tables["quarantined_rows"] += [{**key, **row} for row in judgement.faults]
    inventory.enter(night, tables)
