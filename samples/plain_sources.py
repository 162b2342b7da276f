"""The county's other lists (tests, survey, findings, duties, projects, births …), a believable file of each for 示范县 (990101).

Rows are canonical: codes in English, dates as texts, None for an empty cell. :func:`delivered` writes them as a bureau does.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from samples import plan
from samples.county import CODE, SEED
from samples.fields import Row, TemplateColumn, data
from samples.measured import county_forms, school_forms
from samples.plan import School
from samples.rows import STAGES, class_grades
from samples.write import Format, Language, write_table

YEAR = 2025
_TEST = "四年级适应性测试"
_FULL_MARKS = {"chinese": 120, "mathematics": 100, "science": 90, "moral": 90}
_AREAS = 6
_INSPECTORS = 28
_TESTED_SCHOOLS = 5
_LISTED_SCHOOLS = 3
_TESTED_PUPILS = 12


@dataclass(frozen=True)
class _Given:
    """What a list is made from."""

    schools: Sequence[School]
    chance: random.Random
    seed: int


def sources() -> list[str]:
    """Names of the lists, in the order of ``samples/data/plain_sources.yml``."""
    return list(data("plain_sources")["fields"])


def fields(source: str) -> tuple[TemplateColumn, ...]:
    """Columns of a list, in delivery order."""
    return tuple(TemplateColumn(**entry) for entry in data("plain_sources")["fields"][source])


def rows(source: str, seed: int = SEED) -> list[Row]:
    """Canonical rows of a list; pupils by number, as delivered. The same seed gives the same rows."""
    schools = plan.schools(CODE, YEAR, seed)
    names = {school.code: school.name for school in schools}
    make = _MADE.get(source)
    lines = make(_Given(schools, random.Random(f"{seed}-{source}"), seed)) if make else _written(source)
    canonical = []
    for line in lines:
        row = {"county_code": CODE, "school_year": YEAR, "school_name": names.get(str(line.get("school_code"))), **line}
        canonical.append({field.name: row.get(field.name) for field in fields(source)})
    return canonical


def delivered(source: str, canonical: Sequence[Row], language: Language = "zh") -> list[list[object]]:
    """Header and cells as a bureau delivers them: Chinese words for codes."""
    columns, words = fields(source), data("plain_sources")["words"].get(source, {})
    header: list[object] = [field.label if language == "zh" else field.name for field in columns]
    cells = [[words.get(field.name, {}).get(row[field.name], row[field.name]) for field in columns] for row in canonical]
    return [header, *cells]


def write(path: Path, source: str, fmt: Format = "csv", encoding: str = "utf-8-sig") -> None:
    """Write one list."""
    header, *cells = delivered(source, rows(source))
    write_table(path, [str(text) for text in header], cells, fmt, encoding)


def _written(source: str) -> Iterator[Row]:
    common = data("plain_sources")["common"].get(source, {})
    for number, line in enumerate(data("plain_sources")["rows"][source], 1):
        stated = {**common, **line}
        yield {n: v.format(year=YEAR, number=number) if isinstance(v, str) else v for n, v in stated.items()}


def _assessment_scores(given: _Given) -> Iterator[Row]:
    tested = [school for school in given.schools if school.pupils.get("primary", 0) > 100][:_TESTED_SCHOOLS]
    for place, school in enumerate(tested, 1):
        level = given.chance.uniform(0.6, 0.8)
        for number in range(1, _TESTED_PUPILS + 1):
            scores: Row = {
                subject: round(full * min(1, max(0, given.chance.gauss(level, 0.12))) * 2) / 2
                for subject, full in _FULL_MARKS.items()
            }
            if number == _TESTED_PUPILS:
                scores |= {"mathematics": -1, "science": None}
            pupil = f"{YEAR - 4}{place:02d}{number:03d}"
            common = {"assessment": _TEST, "grade": 4, "zone": f"第{place % 2 + 1}学片", "class_name": "1班"}
            yield {**common, "school_code": school.code, "pupil": pupil, **scores}


def _responsibility(given: _Given) -> Iterator[Row]:
    townships = sorted({school.township for school in given.schools})
    for number, school in enumerate(given.schools):
        area = townships.index(school.township) % _AREAS + 1
        yield {
            "school_code": school.code,
            "inspection_area": f"第{area}督导片区",
            "inspector_post": f"DX{number % _INSPECTORS + 1:02d}",
            "section": "基教股" if "primary" in school.pupils else "教研室",
            "leader_post": f"LD{area:02d}",
            "contact_unit": f"{school.township}中心校",
            "contact_post": f"LX{townships.index(school.township) + 1:02d}",
            "source_document": "示教督〔2025〕2号",
        }


def _room_list(given: _Given) -> Iterator[Row]:
    """Every room of three schools: an ordinary one for each class of 45, and special ones; one art room is a little too small."""
    special = ("music", "art", "science", "computer", "library", "counselling")
    for school in [s for s in given.schools if s.kind == "211" and s.counts and s.pupils.get("primary", 0) >= 400][
        :_LISTED_SCHOOLS
    ]:
        classes = -(-school.pupils["primary"] // 45)
        kinds = [*["ordinary"] * classes, *special]
        for number, kind in enumerate(kinds, 1):
            area = {"music": 96, "art": 88, "ordinary": 62.5}.get(kind, 90)
            yield {
                "school_code": school.code,
                "room_no": f"{number:03d}",
                "room_kind": kind,
                "area_m2": area,
                "built_year": 2012,
                "is_multimedia": int(kind in {"ordinary", "computer"} and number % 2 == 0),
                "building": f"{(number - 1) // 12 + 1}号楼",
            }


def _births(given: _Given) -> Iterator[Row]:
    primary = [
        school for school in given.schools if school.kind == "211" and school.counts and school.pupils.get("primary", 0) >= 400
    ]
    for school in primary:
        entering = school.pupils["primary"] / 6
        for age in range(7):
            children = round(entering * (0.55 + 0.075 * age) * given.chance.uniform(0.95, 1.05))
            yield {
                "catchment": f"{school.name}施教区",
                "age": age,
                "children": children,
                "migrant_children": round(children * 0.12) if school.township == "城关镇" else None,
                "school_code": school.code,
                "township": school.township,
                "source_document": "县公安局户籍人口数据",
            }


def _class_list(given: _Given) -> Iterator[Row]:
    """The classes that the census of each school counts."""
    for school in given.schools:
        for stage in STAGES:
            if school.pupils.get(stage):
                numbers: Counter[int] = Counter()
                for grade, size in class_grades(school, stage):
                    numbers[grade] += 1
                    place = {"grade": str(grade), "class_name": f"{numbers[grade]}班"}
                    yield {"school_code": school.code, "stage": stage, "pupils": size, **place}


_MADE: dict[str, Callable[[_Given], Iterator[Row]]] = {
    "assessment_scores": _assessment_scores,
    "responsibility": _responsibility,
    "room_list": _room_list,
    "births": _births,
    "class_list": _class_list,
    "declared_forms_school": lambda given: school_forms(YEAR, given.seed),
    "declared_forms_county": lambda given: county_forms(YEAR, given.seed),
}
