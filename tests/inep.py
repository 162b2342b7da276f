"""A state's school census in the layouts of the Brazilian files: areas of the seed, schools and counts made up here.

What the published files do, these do: Latin-1 and ``;``, one file that ends in ``.CSV``, closed and paused schools that stay as
rows (with zeros, in the last year with blanks), 88888 for "not counted" in a column nobody reads, a school with 1,000 rooms, and
a last year in another order of columns, with decimals, that holds one municipality of all.
"""

from __future__ import annotations

import csv
import math
import random
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STATE, CAPITAL = "27", "2704302"
WHOLE_YEARS, PARTIAL_YEAR = (2019, 2020, 2021), 2022
NOT_COUNTED = "88888"
_ACTIVE, _PUBLIC = "1", ("2", "3")
_COLUMNS = (
    "NU_ANO_CENSO", "NO_REGIAO", "SG_UF", "CO_UF", "NO_MUNICIPIO", "CO_MUNICIPIO", "CO_ENTIDADE", "NO_ENTIDADE",
    "TP_DEPENDENCIA", "TP_LOCALIZACAO", "TP_SITUACAO_FUNCIONAMENTO", "QT_SALAS_UTILIZADAS", "QT_EQUIP_MULTIMIDIA",
    "QT_MAT_FUND_AI", "QT_MAT_FUND_AF", "QT_DOC_FUND_AI", "QT_DOC_FUND_AF",
)  # fmt: skip
_KINDS = {"2": "ESCOLA ESTADUAL", "3": "ESCOLA MUNICIPAL", "4": "COLÉGIO", "1": "INSTITUTO FEDERAL"}
_NAMES = ("PROFª ROSA", "SÃO ROMÃO", "DA CONCEIÇÃO", "BARRA DO CORAÇÃO", "JOÃO DE PEDRA", "Nº 7", "LAGOA FRIA", "MORRO ALTO")


@dataclass(frozen=True)
class Counts:
    """What a school counts in one year."""

    status: str
    rooms: int
    projectors: str
    pupils_primary: int
    pupils_junior: int
    teachers_primary: int
    teachers_junior: int


@dataclass(frozen=True)
class School:
    """A school of all years."""

    municipality: str
    code: str
    name: str
    sponsor: str
    location: str
    years: dict[int, Counts]


@cache
def municipalities() -> dict[str, str]:
    """Code → name, from the seed of areas."""
    with open(ROOT / "dbt_project" / "seeds" / "codes" / "areas.csv", encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["system"] == "ibge" and row["parent_code"] == STATE]
    return {row["area_code"]: row["name"] for row in rows}


@cache
def schools() -> tuple[School, ...]:
    """The schools of the state, the same each time."""
    draw = random.Random("a state's census")
    drawn: list[School] = []
    for municipality in municipalities():
        for place in range(40 if municipality == CAPITAL else draw.randint(5, 9)):
            # the first two of each are public and open, so that every municipality has a figure
            sponsor = "3" if place < 2 else draw.choices("1234", (1, 9, 70, 20))[0]
            status = _ACTIVE if place < 2 else draw.choices("123", (84, 12, 4))[0]
            primary = draw.randint(25, 600) if place < 2 or draw.random() < 0.7 else 0
            junior = draw.randint(20, 500) if draw.random() < 0.4 else 0
            years = {year: _counts(draw, status, primary, junior) for year in (*WHOLE_YEARS, PARTIAL_YEAR)}
            if not drawn:
                years[WHOLE_YEARS[0]] = replace(years[WHOLE_YEARS[0]], rooms=1000)
            code = f"{STATE}{len(drawn) + 900000:06d}"
            name = f"{_KINDS[sponsor]} {draw.choice(_NAMES)} {place + 1}"
            drawn.append(School(municipality, code, name, sponsor, draw.choice("12"), years))
    return tuple(drawn)


def _counts(draw: random.Random, status: str, primary: int, junior: int) -> Counts:
    projectors = NOT_COUNTED if draw.random() < 0.02 else str(draw.randint(0, 5))
    rooms = draw.randint(2, 24)
    if status != _ACTIVE:
        return Counts(status, rooms, projectors, 0, 0, 0, 0)
    primary, junior = (round(count * draw.uniform(0.95, 1.05)) for count in (primary, junior))
    # a few have pupils of grades 1-5 and no teacher of theirs, as the published files do
    teachers = 0 if not primary or draw.random() < 0.01 else math.ceil(primary / draw.uniform(15, 35))
    return Counts(status, rooms, projectors, primary, junior, teachers, math.ceil(junior / draw.uniform(10, 30)) if junior else 0)


def of_year(year: int) -> list[School]:
    """The schools that the file of a year holds."""
    return [school for school in schools() if year in WHOLE_YEARS or school.municipality == CAPITAL]


def file_name(year: int) -> str:
    """As published: one of them in capitals."""
    return f"microdados_ed_basica_{year}_alagoas.{'CSV' if year == 2020 else 'csv'}"


def file_of(year: int) -> bytes:
    """The file of a year."""
    columns = list(_COLUMNS)
    if year == PARTIAL_YEAR:
        columns[6], columns[7] = columns[7], columns[6]
    lines = [columns, *([_cells(school, year)[name] for name in columns] for school in of_year(year))]
    return "".join(f"{';'.join(line)}\n" for line in lines).encode("latin-1")


def _cells(school: School, year: int) -> dict[str, str]:
    counts = school.years[year]
    figures = [counts.pupils_primary, counts.pupils_junior, counts.teachers_primary, counts.teachers_junior]
    told = [str(figure) for figure in figures]
    if year == PARTIAL_YEAR:
        told = [f"{figure}.0" if counts.status == _ACTIVE else "" for figure in figures]
    place = (str(year), "Nordeste", "AL", STATE, municipalities()[school.municipality], school.municipality)
    kind = (school.code, school.name, school.sponsor, school.location, counts.status, str(counts.rooms), counts.projectors)
    return dict(zip(_COLUMNS, (*place, *kind, *told), strict=True))


def reference(year: int) -> dict[str, dict[str, float]]:
    """Municipality → what its open public schools with pupils of grades 1-5 give, counted from what was drawn.

    ``per100`` are teachers per 100 pupils, ``cv_weighted`` their pupil-weighted coefficient of difference.
    """
    groups: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for school in of_year(year):
        counts = school.years[year]
        if counts.status == _ACTIVE and school.sponsor in _PUBLIC and counts.pupils_primary:
            groups[school.municipality].append((counts.pupils_primary, counts.teachers_primary))
    return {code: _figures(group) for code, group in groups.items()}


def _figures(group: list[tuple[int, int]]) -> dict[str, float]:
    pupils, teachers = sum(p for p, _ in group), sum(t for _, t in group)
    mean = teachers / pupils
    variance = math.fsum(p * (t / p - mean) ** 2 for p, t in group) / pupils
    return {
        "schools": len(group),
        "pupils": pupils,
        "resource": teachers,
        "per100": 100 * mean,
        "cv_weighted": math.sqrt(variance) / mean,
    }
