"""Teachers and classes of a nation, dealt to the schools and stages of its census by their pupils."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

ROSTER, ROSTER_CONTRACT = "teacher_roster", "teacher_roster.short"
CLASSES, CLASSES_CONTRACT = "class_list", "class_list.template"
STAGES = ("primary", "junior")
_GRADES = {"primary": (1, 6), "junior": (7, 3)}
_SUBJECTS = {
    **{"chinese": 0.28, "mathematics": 0.26, "english": 0.12, "science": 0.05, "moral": 0.05, "history": 0.03, "geography": 0.02},
    **{"physics": 0.02, "chemistry": 0.01, "biology": 0.02, "it": 0.02, "labour": 0.01, "mental_health": 0.01},
    **{"pe": 0.05, "music": 0.025, "fine_art": 0.025},
}
_PE_ART = frozenset({"pe", "music", "fine_art"})
_CATEGORIES = {"full_time": 0.92, "admin": 0.03, "support": 0.03, "worker": 0.02}
_STATUS = {"active": 0.97, "away": 0.015, "left": 0.015}
_DEGREES = {"master": 0.05, "bachelor": 0.65, "college": 0.24, "secondary": 0.06}
_TITLES = {"full_senior": 0.01, "senior": 0.2, "middle": 0.4, "assistant": 0.34, "none": 0.05}
_ONE_IN = 5000
"""Of so many teachers one has no degree in the roster; of so many classes one does not state its pupils."""

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """Schools and stages with pupils, ordered by county, and how many rows each is dealt."""

    county: Numbers
    school: Numbers
    stage: Numbers
    pupils: Numbers
    count: Numbers

    def of_county(self, number: int) -> Places:
        """The places of one county."""
        start, end = np.searchsorted(self.county, [number, number + 1])
        return Places(*(values[start:end] for values in (self.county, self.school, self.stage, self.pupils, self.count)))


def deal(census: pa.Table, county: Numbers, total: int) -> Places:
    """Deal ``total`` rows to the schools and stages by their pupils; each gets one at least."""
    pupils = np.stack([census.column(f"pupils_{stage}").to_pandas().fillna(0).to_numpy(np.int64) for stage in STAGES], axis=1)
    school, stage = np.nonzero(pupils)
    size = pupils[school, stage]
    ends = np.rint(np.cumsum(size) * (total / size.sum())).astype(np.int64)
    return Places(county[school], school, stage, size, np.maximum(np.diff(ends, prepend=0), 1))


def _drawn(shares: Mapping[str, float], rows: int, rng: np.random.Generator) -> pa.Array[Any]:
    """Positions in ``shares``."""
    return pa.array(rng.choice(len(shares), rows, p=np.array(list(shares.values())) / sum(shares.values())))


def _chosen(shares: Mapping[str, float], rows: int, rng: np.random.Generator) -> pa.Array[Any]:
    return pa.array(list(shares)).take(_drawn(shares, rows, rng))


def _repeated(values: pa.ChunkedArray[Any], places: Places) -> pa.ChunkedArray[Any]:
    return values.take(np.repeat(places.school, places.count))


def _stage(places: Places) -> pa.Array[Any]:
    return pa.array(STAGES).take(np.repeat(places.stage, places.count))


def teachers(census: pa.Table, places: Places, rng: np.random.Generator) -> dict[str, Any]:
    """Columns of the roster of these places: everybody in one place, with degree, subject and title on the row."""
    rows = int(places.count.sum())
    persons = np.frombuffer(rng.bytes(8 * rows).hex().encode(), dtype="S16")
    subject = _drawn(_SUBJECTS, rows, rng)
    groups = pa.array(["pe_art" if name in _PE_ART else "other" for name in _SUBJECTS])
    degree = _chosen(_DEGREES, rows, rng)
    return {
        "county_code": _repeated(census.column("county_code"), places),
        "school_year": _repeated(census.column("school_year"), places),
        "school_code": _repeated(census.column("school_code"), places),
        "school_name": _repeated(census.column("school_name"), places),
        "person": pa.array(persons).cast(pa.string()),
        "employed": pa.array((rng.random(rows) < 0.93).astype(np.int64)),
        "status": _chosen(_STATUS, rows, rng),
        "category": _chosen(_CATEGORIES, rows, rng),
        "stage": _stage(places),
        "subject": groups.take(subject),
        "subject_name": pa.array(list(_SUBJECTS)).take(subject),
        "degree": pa.compute.if_else(pa.array(rng.integers(0, _ONE_IN, rows) > 0), degree, None),
        "title": _chosen(_TITLES, rows, rng),
        "is_backbone": pa.array((rng.random(rows) < 0.09).astype(np.int64)),
        "exchange_eligible": pa.array((rng.random(rows) < 0.4).astype(np.int64)),
        "joined": pa.array(rng.integers(1985, 2026, rows) * 100 + 9),
    }


def classes(census: pa.Table, places: Places, rng: np.random.Generator) -> dict[str, Any]:
    """Columns of the class list of these places: even classes, give or take some pupils."""
    rows = int(places.count.sum())
    number = np.arange(rows) - np.repeat(np.cumsum(places.count) - places.count, places.count)
    first, grades = (np.array([_GRADES[stage][n] for stage in STAGES])[np.repeat(places.stage, places.count)] for n in (0, 1))
    size = np.maximum(np.repeat(places.pupils // places.count, places.count) + rng.integers(-15, 20, rows), 1)
    return {
        "county_code": _repeated(census.column("county_code"), places),
        "school_year": _repeated(census.column("school_year"), places),
        "school_code": _repeated(census.column("school_code"), places),
        "school_name": _repeated(census.column("school_name"), places),
        "stage": _stage(places),
        "grade": pa.array(first + number % grades).cast(pa.string()),
        "class_name": pa.array(np.char.add((number // grades + 1).astype(str), "班")),
        "pupils": pa.array(size, mask=rng.integers(0, _ONE_IN, rows) == 0),
    }
