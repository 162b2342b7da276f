"""Teachers of a county's requirements from its roster and the tables beside it (certificates, training, exchange, backbone).

The roster is the middle source: it stands where the census has not the figure whole and the roster speaks of every stage of every
unit of the schools in scope.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

from tests.oracle.schools import STAGES, Row, School, has_stage, total

TEACHER_ITEMS = ("teachers", "certified", "trained360", "exchange_eligible", "exchanged", "exchanged_backbone")
HOURS = 360
YEARS = 5


def facts_of(person: str, row: Row, tables: Mapping[str, Mapping[str, list[Row]]]) -> dict[str, bool | None]:
    """What is known of a teacher; a table that was not delivered says nothing, one that does not name her says no."""
    year = row["school_year"]
    facts: dict[str, bool | None] = {"teachers": True}
    eligible = row.get("exchange_eligible")
    facts["exchange_eligible"] = None if eligible is None else eligible == 1
    certificates, trainings, exchanges, backbones = (
        tables.get(name) for name in ("teacher_certificate", "teacher_training", "teacher_exchange", "teacher_backbone")
    )
    facts["certified"] = None if not certificates else person in certificates
    attended = [t for t in (trainings or {}).get(person, []) if year - YEARS < t["training_year"] // 100 <= year]
    hours = sum((Fraction(training["hours"]) for training in attended), Fraction(0))
    facts["trained360"] = None if not trainings else hours >= HOURS
    moved = any(year * 100 + 9 <= e["started"] <= (year + 1) * 100 + 8 for e in (exchanges or {}).get(person, []))
    facts["exchanged"] = None if not exchanges else moved
    titled: bool | None = None if not backbones else any(b["level"] != "school" for b in backbones.get(person, []))
    if row.get("is_backbone") == 1:
        titled = True
    elif titled is None and row.get("is_backbone") == 0:
        titled = False
    answers = (facts["exchanged"], titled)
    facts["exchanged_backbone"] = False if False in answers else None if None in answers else True
    return facts


def stage_of(row: Row, school: Row) -> str | None:
    """The stage on the row, else the only one of the school."""
    if row.get("stage"):
        return str(row["stage"])
    stages = [stage for stage in ("primary", "junior", "senior") if has_stage(school, stage)]
    return stages[0] if len(stages) == 1 else None


def roster_sums(schools: Sequence[School], rosters: Mapping[str, Sequence[Row]]) -> dict[str, Fraction | None]:
    """The figures of all full-time teachers in service over the schools; unknown as soon as one part is."""
    units = {unit["school_code"]: unit for school in schools for unit in school.units}
    teachers = [
        row
        for row in rosters.get("teacher_roster", ())
        if row.get("category") in (None, "full_time") and row.get("status") in (None, "active")
    ]
    speaks = {row["school_code"] for row in rosters.get("teacher_roster", ())}
    persons = {row["person"] for row in rosters.get("teacher_roster", ())}
    tables = {name: _by_person(rows, persons) for name, rows in rosters.items()}
    listed: dict[tuple[str, str, str | None], list[Row]] = defaultdict(list)
    for row in teachers:
        if (school := units.get(row["school_code"])) is not None:
            listed[row["person"], row["school_code"], stage_of(row, school)].append(row)
    places = Counter(person for person, _, _ in listed)
    counts: dict[tuple[str, str], list[dict[str, bool | None]]] = defaultdict(list)
    doubtful: set[tuple[str, str]] = set()
    for (person, code, stage), rows in listed.items():
        if stage is None or any(row.get("category") is None for row in rows):
            doubtful |= {(code, every) for every in STAGES}
            continue
        if places[person] > 1:
            doubtful.add((code, stage))
        told = {name: [row[name] for row in rows if row.get(name) is not None] for name in ("exchange_eligible", "is_backbone")}
        once = {name: max(values, default=None) for name, values in told.items()}  # two rows of one person in one place are one
        counts[code, stage].append(facts_of(person, rows[0] | once, tables))
    wanted = [
        (code, stage)
        for code, unit in units.items()
        for stage in STAGES
        if has_stage(unit, stage) and unit.get(f"pupils_{stage}") != 0
    ]
    if not wanted or not any(code in speaks for code, _ in wanted):
        return dict.fromkeys(TEACHER_ITEMS)
    known = [key for key in wanted if key[0] in speaks and key not in doubtful]
    return {item: total(_count(counts[key], item) for key in known) if known == wanted else None for item in TEACHER_ITEMS}


def _by_person(rows: Sequence[Row], persons: set[str]) -> dict[str, list[Row]]:
    """Rows of a table by person, of those whom the roster names: a table of others alone is no table of these."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["person"] in persons:
            found[row["person"]].append(row)
    return dict(found)


def _count(teachers: Sequence[dict[str, bool | None]], item: str) -> Fraction | None:
    return None if any(facts[item] is None for facts in teachers) else Fraction(sum(facts[item] is True for facts in teachers))
