"""Larger areas in plain rows: any number of counties of a fictional province (codes 98xxxx, which no real area has)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from samples.fields import WEIGHTS, data

YEAR = 2025
COUNTIES_PER_CITY = 30
_CATEGORIES = {"211": "21", "218": "21", "311": "31", "312": "31", "341": "34", "345": "34"}
_SHARES = (0.60, 0.10, 0.17, 0.08, 0.025, 0.025)
_MEDIANS = {"primary": 420, "junior": 620, "senior": 1100}
_STAGES = {
    "211": ("primary",),
    "218": ("primary",),
    "311": ("junior",),
    "312": ("primary", "junior"),
    "341": ("junior", "senior"),
    "345": ("primary", "junior", "senior"),
}

Counts = npt.NDArray[np.int64]


def county_codes(counties: int) -> list[str]:
    """Codes 980101, 980102, … in cities of 30 counties. Raises ValueError beyond 98 cities."""
    if not 0 < counties <= 98 * COUNTIES_PER_CITY:
        raise ValueError(f"1 to {98 * COUNTIES_PER_CITY} counties, not {counties}")
    return [f"98{n // COUNTIES_PER_CITY + 1:02d}{n % COUNTIES_PER_CITY + 1:02d}" for n in range(counties)]


def _counts(values: Counts, known: npt.NDArray[np.bool_]) -> pa.Array[Any]:
    return pa.array(values, mask=~known)


def _amounts(values: Counts, divisor: int = 1) -> pa.Array[Any]:
    """Values divided by ``divisor`` as bronze stores amounts."""
    return pa.array(values / divisor).cast(pa.decimal128(18, 4))


def _pupils(kinds: npt.NDArray[np.str_], rng: np.random.Generator) -> dict[str, Counts]:
    pupils = {}
    for stage, median in _MEDIANS.items():
        has = np.isin(kinds, [kind for kind, stages in _STAGES.items() if stage in stages])
        size = np.clip(rng.lognormal(np.log(median), 0.7, len(kinds)), 20, 3200)
        if stage == "primary":
            size = np.where(kinds == "218", np.clip(size / 8, 8, 140), size)
        pupils[stage] = np.where(has, size, 0).astype(np.int64)
    return pupils


def table(counties: int, schools: int, seed: int, school_year: int = YEAR) -> pa.Table:
    """Census rows of ``schools`` schools dealt evenly to ``counties`` counties, ordered by county.

    The columns are those that the resource indicators of 2017 and 2012 need; amounts scatter around the targets of the
    sample county. The same arguments give the same table.
    """
    rng = np.random.default_rng(seed)
    codes = np.array(county_codes(counties))
    county = np.arange(schools) * counties // schools
    kinds = rng.choice(list(_CATEGORIES), schools, p=_SHARES)
    pupils = _pupils(kinds, rng)
    weighted = sum(WEIGHTS[stage] * pupils[stage] for stage in WEIGHTS)
    targets = data("targets")["targets"][YEAR]
    richness = rng.lognormal(0, 0.2, schools)

    def scattered(indicator: str, stage: str, per: Any) -> Counts:
        mean = targets[stage][indicator]["mean"]
        spread = rng.lognormal(-0.06, 0.35, schools)
        return np.asarray(np.rint(mean * per * spread * richness), dtype=np.int64)

    names = np.char.add(np.char.add("第", np.arange(1, schools + 1).astype(str)), "学校")
    serials = np.char.zfill((np.arange(schools) + 1).astype(str), 6)
    school_codes = np.char.add(np.char.add(np.vectorize(_CATEGORIES.get)(kinds), "98"), serials)
    columns: dict[str, Any] = {
        "county_code": pa.array(codes[county]),
        "school_year": pa.array(np.full(schools, school_year, dtype=np.int64)),
        "school_code": pa.array(school_codes),
        "school_name": pa.array(names),
        "school_kind_code": pa.array(kinds),
        "sequence": pa.array(np.arange(schools, dtype=np.int64) + 1),
        "urban_rural_code": pa.array(rng.choice(["111", "112", "121", "122", "210", "220"], schools)),
        "sponsor_code": pa.array(rng.choice(["7", "10"], schools, p=[0.95, 0.05])),
        "counts_as_school": pa.array(np.ones(schools, dtype=np.int64)),
    }
    for stage, count in pupils.items():
        columns[f"pupils_{stage}"] = _counts(count, count > 0)
    for stage in ("primary", "junior"):
        has = pupils[stage] > 0
        staff = {f"{n}_{stage}": scattered(i, stage, pupils[stage] / 100) for n, i in _PERSONS.items()}
        staff[f"teachers_{stage}"] = np.maximum(staff[f"qualified_{stage}"] * 11 // 10, pupils[stage] // 19) + 1
        staff[f"staff_{stage}"] = staff[f"teachers_{stage}"] * 17 // 16 + 1
        staff[f"midtitle_{stage}"] = staff[f"teachers_{stage}"] // 2
        columns |= {name: _counts(values, has) for name, values in staff.items()}
    rooms, sports = scattered("L4", "primary", weighted), scattered("L5", "primary", weighted)
    indoor = sports // 10
    equipment = scattered("L6", "primary", weighted / 100)
    columns |= {
        "teaching_area_m2": _amounts(rooms + indoor),
        "indoor_sports_area_m2": _amounts(indoor),
        "outdoor_sports_area_m2": _amounts(sports - indoor),
        "equipment_value_wan_yuan": _amounts(equipment, 100),
        "multimedia_rooms": pa.array(scattered("L7", "primary", weighted / 100)),
        "computers": pa.array(np.rint(weighted * 0.13 * richness).astype(np.int64)),
        "books": pa.array(np.rint(weighted * 27 * richness).astype(np.int64)),
    }
    return pa.table(columns)


_PERSONS = {"qualified": "L1", "backbone": "L2", "pe_art": "L3"}


def generate(counties: int, schools: int, seed: int, school_year: int = YEAR) -> list[dict[str, Any]]:
    """The rows of :func:`table` as dicts of template fields."""
    return list(table(counties, schools, seed, school_year).to_pylist())
