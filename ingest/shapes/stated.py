"""What a file leaves to its title and to its landing folder: the school year, the county."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.schema.areas import area_prefix, area_systems
from ingest.values.cells import squeeze
from junheng.core.records import LandedFile

_SCHOOL_YEAR = re.compile(r"(?<!\d)(20\d\d)年?[-—–~～至/]{1,2}(20\d\d|\d\d)年?学年")
_YEAR_ROWS = 8


def written_year(rows: Sequence[Sequence[object]]) -> int | None:
    """The school year as free text at the top of a sheet, such as ``（2020 /2021 学年初）``."""
    for row in rows[:_YEAR_ROWS]:
        for cell in row:
            match = _SCHOOL_YEAR.search(squeeze(cell)) if isinstance(cell, str) and "学年" in cell else None
            if match and int(match[2]) % 100 == (int(match[1]) + 1) % 100:
                return int(match[1])
    return None


def county_of(landed: LandedFile | None, area_system: str) -> str | None:
    """The area of the landing folder where that is a county, no larger one."""
    area = (landed.area_code if landed else None) or ""
    is_county = len(area) == area_systems()[area_system].county_digits and area_prefix(area, area_system) == area
    return area if is_county else None
