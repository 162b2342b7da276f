"""Which counties an area has in a year, as the model of county codes says: asked before a build, and beside the marts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import duckdb

from expectations.workspace import load_counties
from ingest.schema.areas import area_prefix, area_systems
from junheng.core.settings import CODES
from junheng.core.sql import records


@dataclass(frozen=True)
class CountyCode:
    """A row of ``int_census__county_code``."""

    system: str
    area_code: str
    name: str
    valid_from_year: int
    valid_to_year: int


@lru_cache(maxsize=1)
def _codes() -> tuple[list[CountyCode], dict[str, frozenset[str]]]:
    """Counties by code, of two names in one year the one that stayed last; systems that know each code of an area."""
    with duckdb.connect() as connection:
        load_counties(connection, CODES)
        counties = records(connection, "from counties order by area_code, valid_from_year, valid_to_year, name desc")
        systems = records(connection, "select area_code, list(distinct system) as systems from areas group by area_code")
    return [CountyCode(**row) for row in counties], {row["area_code"]: frozenset(row["systems"]) for row in systems}


def counties_below(area_code: str, school_year: int) -> dict[str, str]:
    """Codes and names of the counties in force that year below an area, the area itself included."""
    counties, systems_of = _codes()
    prefix = area_prefix(area_code)
    padded = [prefix.ljust(system.county_digits, "0") for system in area_systems().values() if system.padding]
    knowing = (systems_of.get(code, frozenset()) for code in padded)
    systems = systems_of.get(area_code) or systems_of.get(prefix) or frozenset().union(*knowing)
    return {
        county.area_code: county.name
        for county in counties
        if county.system in systems
        and county.area_code.startswith(prefix)
        and county.valid_from_year <= school_year <= county.valid_to_year
    }
