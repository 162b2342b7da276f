"""The sample county 示范县 (990101): two school years, deterministic by seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from samples import items, plan
from samples.draw import numerators
from samples.fields import Row
from samples.rows import census

SEED = 20250901
CODE = "990101"


@dataclass(frozen=True)
class County:
    """What a county delivers. Rows are dicts of canonical template fields; None is an empty cell."""

    code: str
    name: str
    census: dict[int, list[Row]]
    workbooks: dict[int, frozenset[str]]
    """Codes of the schools that deliver the ministry's workbook instead of a template row, by school year."""
    county_items: dict[int, list[Row]]
    monitoring_result: dict[int, list[Row]]
    cases: list[dict[str, Any]]
    """The planted cases, as in ``samples/cases.yml``."""

    def school(self, year: int, code: str) -> Row:
        """Census row of one school."""
        return next(row for row in self.census[year] if row["school_code"] == code)


def generate(seed: int = SEED) -> County:
    """Build the county. The same seed gives the same rows; no clock, no global state."""
    planned = plan.planned(CODE)
    years = sorted(planned.years)
    rows = {}
    for year in years:
        units = plan.units(plan.schools(CODE, year, seed))
        rows[year] = census(CODE, year, units, numerators(units, year, seed), seed)
    return County(
        code=CODE,
        name=planned.county.name,
        census=rows,
        workbooks={year: planned.workbooks if year == years[-1] else frozenset() for year in years},
        county_items={year: items.county_items(CODE, year, rows[year]) for year in years},
        monitoring_result={year: items.monitoring_result(CODE, year) for year in years},
        cases=plan.cases(),
    )
