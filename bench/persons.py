"""Teachers, classes and pupils of a nation, dealt to the schools and stages of its census by their pupils."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

ROSTER, ROSTER_CONTRACT, SYSTEM_CONTRACT = "teacher_roster", "teacher_roster.short", "teacher_roster.system"
CLASSES, CLASSES_CONTRACT = "class_list", "class_list.template"
PUPILS, PUPILS_CONTRACT = "pupil_registry", "pupil_registry.short"
CHILDREN = tuple(f"teacher_{name}" for name in ("education", "certificate", "training", "backbone", "exchange", "teaching"))
"""Tables of the teacher system beside its roster; the contract of each is ``<name>.system``."""
SYSTEM_EVERY, PUPILS_EVERY = 5, 10
"""Of so many counties one has the roster of the teacher system with its child tables, and one a registry of its pupils."""
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
_SAID_ELSEWHERE = ("stage", "subject", "subject_name", "degree", "title")
"""What the roster of the system leaves to its child tables."""
_TRAININGS = 3
_CLASS_SIZE = 42
_BOARDING = {"day": 0.8, "boarding": 0.2}
_LEFT_BEHIND = {"none": 0.9, "one_parent": 0.06, "both_parents": 0.04}
_TITLES = {"full_senior": 0.01, "senior": 0.2, "middle": 0.4, "assistant": 0.34, "none": 0.05}
_ONE_IN = 5000
"""Of so many teachers one has no degree in the roster; of so many classes one does not state its pupils, of so many pupils it is
not known whether they board."""

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


def _rows_of(roster: Mapping[str, Any], rows: Numbers, **columns: Any) -> dict[str, Any]:
    """Rows of a child table: the persons in these rows of the roster, and what is said of each."""
    return {name: roster[name].take(rows) for name in ("county_code", "school_year", "person")} | columns


def system(roster: dict[str, Any], rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    """The roster as the teacher system has it, and its child tables, by source."""
    size = len(roster["person"])
    every = np.arange(size)
    chosen = {share: np.flatnonzero(rng.random(size) < share) for share in (0.95, 0.5, 0.3, 0.1, 0.09)}
    educated = np.concatenate([np.flatnonzero(roster["degree"].is_valid()), chosen[0.5]])
    trained = np.repeat(every, _TRAININGS)
    moved = chosen[0.3]
    taught = np.concatenate([every, chosen[0.1]])
    also = len(chosen[0.1])
    degrees = pa.concat_arrays([roster["degree"].drop_null(), pa.repeat("secondary", len(chosen[0.5]))])
    rows = {
        "education": _rows_of(roster, educated, degree=degrees),
        "certificate": _rows_of(roster, chosen[0.95], issued=pa.repeat(200207, len(chosen[0.95]))),
        "training": _rows_of(
            roster,
            trained,
            ended=pa.array(rng.integers(2019, 2026, len(trained)) * 100 + 7),
            hours=pa.array(rng.integers(20, 240, len(trained)) / 1).cast(pa.decimal128(18, 4)),
        ),
        "backbone": _rows_of(roster, chosen[0.09], level=pa.repeat("county", len(chosen[0.09]))),
        "exchange": _rows_of(
            roster,
            moved,
            kind=_chosen({"none": 0.8, "exchange": 0.2}, len(moved), rng),
            started=pa.array(rng.integers(2024, 2026, len(moved)) * 100 + 9),
        ),
        "teaching": _rows_of(
            roster,
            taught,
            stage=roster["stage"].take(taught),
            subject=pa.concat_arrays([roster["subject"], pa.repeat("other", also)]),
            subject_name=pa.concat_arrays([roster["subject_name"], pa.repeat("labour", also)]),
        ),
    }
    columns = {name: values for name, values in roster.items() if name not in _SAID_ELSEWHERE}
    return {ROSTER: columns, **{f"teacher_{name}": table for name, table in rows.items()}}


def pupils(census: pa.Table, places: Places, rng: np.random.Generator) -> dict[str, Any]:
    """Columns of the registry of these places: as many pupils as the census has, in grades and classes."""
    given = Places(places.county, places.school, places.stage, places.pupils, places.pupils)
    rows = int(given.count.sum())
    number = np.arange(rows) - np.repeat(np.cumsum(given.count) - given.count, given.count)
    first, grades = (np.array([_GRADES[stage][n] for stage in STAGES])[np.repeat(given.stage, given.count)] for n in (0, 1))
    persons = np.frombuffer(rng.bytes(8 * rows).hex().encode(), dtype="S16")
    return {
        "county_code": _repeated(census.column("county_code"), given),
        "school_year": _repeated(census.column("school_year"), given),
        "school_code": _repeated(census.column("school_code"), given),
        "school_name": _repeated(census.column("school_name"), given),
        "person": pa.array(persons).cast(pa.string()),
        "stage": _stage(given),
        "grade": pa.array(first + number % grades).cast(pa.string()),
        "class_name": pa.array(np.char.add((number // grades // _CLASS_SIZE + 1).astype(str), "班")),
        "boarding": pa.compute.if_else(pa.array(rng.integers(0, _ONE_IN, rows) > 0), _chosen(_BOARDING, rows, rng), None),
        "migrant": pa.array((rng.random(rows) < 0.1).astype(np.int64)),
        "left_behind": _chosen(_LEFT_BEHIND, rows, rng),
        "in_regular_class": pa.array((rng.random(rows) < 0.004).astype(np.int64)),
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
