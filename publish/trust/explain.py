"""A published figure, derived again from the cells of the archived originals.

Which rows are in force, which units fold into a school and what an empty cell counts for is not told a second time in Python:
the project's own dbt models say it: in the database of the build that the release came of, while that is kept and the chain
knows it, else (or when asked to) built anew in a temporary one, over the nights the release was made of. So the derivation
cannot drift from the models. What follows them, cells to value to verdict, is on purpose computed here a second time, in
fractions, from the text found in the originals: it has to agree with the release, or the figure is not shown as explained.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import operator
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from ingest.inspect.original import FoundCell, Original, agree
from ingest.landing import archive
from ingest.schema.source import Source, load_source
from ingest.shapes.contracts import load_contracts
from ingest.values.cells import plain
from ingest.values.faults import Refusal
from junheng.core.home import Home
from junheng.core.records import LandedFile
from junheng.core.settings import BUILD_DB, DBT_PROJECT
from junheng.core.sql import records
from publish.build import build, dbt
from publish.release import due
from publish.release.release import Release
from publish.tables.artifacts import MARTS

_SOURCE = "school_census"
_MODELS = ("+int_balance__school", "+int_rules__term", "+int_rules__split_weight")
OPERATORS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
_DIGITS = 12
"""Decimals of a published value."""

Row = dict[str, Any]


class NotFound(ValueError):
    """The county, school, indicator, stage or rule set asked for is not in the release."""

    def __init__(self, what: str, asked: str, near: Iterable[str]) -> None:
        super().__init__(what)
        self.what = what
        """``county``, ``year``, ``school``, ``ambiguous``, ``indicator``, ``figure``"""
        self.asked = asked
        self.near = list(near)


class CannotDerive(RuntimeError):
    """The rows in force could not be found again; the message says what stood in the way, in the words of dbt or DuckDB."""


@dataclass(frozen=True)
class Question:
    """What is asked for: a figure of one school; without a school a figure, requirement or verdict of the county."""

    county: str
    school: str | None
    indicator: str
    school_year: int | None = None
    ruleset: str | None = None
    stage: str | None = None
    recompute: bool = False
    """Build the models again, even where those of the build are kept."""


@dataclass(frozen=True)
class File:
    """An archived original that is in force for the school."""

    submission_id: str
    sha256: str
    name: str
    delivery_night: int


@dataclass(frozen=True)
class Place:
    """Cells of one file from which an item of one unit was read; without cells the file has no place for the item."""

    file: File
    cells: tuple[FoundCell, ...]
    value: Decimal | None


@dataclass(frozen=True)
class AppliedCorrection:
    """An entry of the corrections ledger that stands in the place of what was delivered."""

    file: str
    reported: Decimal | None
    document: str
    by: str
    on: str


@dataclass(frozen=True)
class Reading:
    """One item of one unit: the school itself, or what folds into it."""

    item: str
    label: str
    unit: str
    """Unit of measurement."""
    school_code: str
    school_name: str
    value: Decimal | None
    """As it enters the sum; None: unknown."""
    places: tuple[Place, ...]
    correction: AppliedCorrection | None = None

    @property
    def is_assumed(self) -> bool:
        """Whether nothing is stated and the rules count it as none."""
        return self.value is not None and not self.correction and all(place.value is None for place in self.places)


@dataclass(frozen=True)
class ExplainedTerm:
    """A factor and the item it multiplies, of the whole school."""

    item: str
    label: str
    unit: str
    factor: Fraction
    total: Fraction | None


@dataclass(frozen=True)
class StageShare:
    """Pupils of one stage with its weight in the split."""

    stage: str
    weight: Fraction
    pupils: Fraction | None


@dataclass
class Derivation:
    """One published figure and how it comes about."""

    county_name: str
    school_name: str
    published: Row
    """The row of ``fct_school_indicator``."""
    indicator: Row
    """The row of ``dim_indicator``."""
    is_split: bool
    terms: list[ExplainedTerm]
    pupils: Fraction | None
    """Of the stage."""
    parts: list[StageShare]
    """Of the split, the stage's own among them; empty where nothing is split."""
    folded: list[tuple[str, str]]
    """Code and name of the units that fold into the school."""
    readings: list[Reading]
    is_undetermined: bool = False
    """Whether it is open that the school is in scope: then its figure is unknown, whatever the cells say."""
    compares_rounded: bool = False
    """Whether the rule set compares the value at the decimals of the forms."""
    amount: Fraction | None = None
    share: Fraction | None = None
    numerator: Fraction | None = None
    value: Fraction | None = None
    verdict: str | None = None
    problems: list[str] = field(default_factory=list)
    """Where the derivation and the release, or bronze and the original, do not agree. Empty: they do."""

    @property
    def files(self) -> list[File]:
        """The files read, in the order of the readings."""
        return list(dict.fromkeys(place.file for reading in self.readings for place in reading.places))

    @property
    def missing(self) -> list[Reading]:
        """Items for which the figure waits."""
        return [reading for reading in self.readings if reading.value is None]


@dataclass(frozen=True)
class OutOfScope:
    """Why a school has no figure in a stage."""

    county_name: str
    school_name: str
    school_code: str
    school_year: int
    stages: list[tuple[str, str]]
    """Stage and reason, in Chinese and English by the caller's language."""
    main_school: tuple[str, str] | None


def explain(home: Home, release: Release, question: Question, language: str = "zh") -> list[Derivation] | OutOfScope:
    """Derive the figures a question asks for. Raises NotFound, CannotDerive."""
    with duckdb.connect(str(release.database), read_only=True) as marts:
        county, school = _find_school(marts, question)
        code = _find_indicator(marts, question.indicator)
        figures = _figures(marts, question, school, code)
        if not figures:
            return _out_of_scope(marts, question, county, school, code, language)
        indicators = {
            (row["ruleset_id"], row["indicator_code"], row["stage"]): row
            for row in records(marts, f"select * from {MARTS}.dim_indicator")
        }
        undetermined = _undetermined(marts, school)
        by_rounded = compares_rounded(marts)
    with in_force(home, release, recompute=question.recompute) as built:
        deriver = Deriver(home, built, county, school)
        return [
            deriver.derive(
                row,
                indicators[row["ruleset_id"], row["indicator_code"], row["stage"]],
                is_undetermined=(row["ruleset_id"], row["stage"]) in undetermined,
                compares_rounded=row["ruleset_id"] in by_rounded,
            )
            for row in figures
        ]


def checks(release: Release, files: Iterable[File]) -> list[Row]:
    """Results of the checks of these files, and of the census as a whole: titles, ``status``, how many times (``n``).

    Without those of the second engine, which asks the same again.
    """
    with duckdb.connect(str(release.database), read_only=True) as marts:
        return records(
            marts,
            f"""
            select
                coalesce(min(checks.title_zh), results.check_id) as title_zh,
                coalesce(min(checks.title_en), results.check_id) as title_en,
                results.status, count(*) as n
            from {MARTS}.aud_check_result as results
            left join {MARTS}.dim_check as checks using (source, check_id)
            where results.source = ? and (results.submission_id is null or list_contains(?, results.submission_id))
                and results.engine not in ('gx', 'gx_sql')
            group by results.check_id, results.status order by results.status, results.check_id
            """,
            *(_SOURCE, [file.submission_id for file in files]),
        )


def relaxed(release: Release, codes: str, language: str) -> str:
    """The relaxations (codes with ``;`` between them) that a verdict rests on, in words."""
    with duckdb.connect(str(release.database), read_only=True) as marts:
        known = records(marts, f"select code, label_zh, label_en from {MARTS}.dim_code where list = 'relaxation'")
    labels = {row["code"]: row["label_zh" if language == "zh" else "label_en"] for row in known}
    return ("、" if language == "zh" else "; ").join(labels.get(code, code) for code in codes.split(";"))


def _near(asked: str, known: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(asked, list(dict.fromkeys(known)), n=5, cutoff=0.4)


def find_county(marts: duckdb.DuckDBPyConnection, question: Question) -> Row:
    """The row of ``dim_county`` that is asked for, of the newest year unless one is named. Raises NotFound."""
    counties = records(marts, f"select * from {MARTS}.dim_county order by school_year desc, county_code")
    own = [row for row in counties if question.county in (row["county_code"], row["county_name"])]
    if not own:
        known = dict.fromkeys(f"{row['county_code']} {row['county_name']}" for row in counties)
        near = _near(question.county, [row["county_name"] or "" for row in counties] + [row["county_code"] for row in counties])
        raise NotFound("county", question.county, [text for text in known if set(text.split(" ", 1)) & set(near)])
    years = [row for row in own if question.school_year in (None, row["school_year"])]
    if not years:
        raise NotFound("year", str(question.school_year), [str(row["school_year"]) for row in own])
    return years[0]


def _find_school(marts: duckdb.DuckDBPyConnection, question: Question) -> tuple[Row, Row]:
    county = find_county(marts, question)
    asked = question.school or ""
    schools = records(
        marts,
        f"select * from {MARTS}.dim_school where county_code = ? and school_year = ? order by school_code",
        county["county_code"],
        county["school_year"],
    )
    found = [row for row in schools if asked in (row["school_code"], row["school_name"])]
    names = {row["school_code"]: f"{row['school_code']} {row['school_name']}" for row in schools}
    if len(found) > 1:
        raise NotFound("ambiguous", asked, [names[row["school_code"]] for row in found])
    if not found:
        near = _near(asked, [row["school_name"] or "" for row in schools] + list(names))
        listed = [names[row["school_code"]] for n in near for row in schools if n in (row["school_name"], row["school_code"])]
        raise NotFound("school", asked, dict.fromkeys(listed))
    return county, found[0]


def _find_indicator(marts: duckdb.DuckDBPyConnection, asked: str) -> str:
    rows = records(
        marts,
        f"""
        select distinct indicator_code, name_zh, name_en from {MARTS}.dim_indicator
        where block = 'resource' and not is_composite order by all
        """,
    )
    for row in rows:
        if asked.casefold() in (row["indicator_code"].casefold(), row["name_zh"], (row["name_en"] or "").casefold()):
            return str(row["indicator_code"])
    near = _near(asked, [row["name_zh"] for row in rows])
    chosen = [row for row in rows if row["name_zh"] in near] or rows
    raise NotFound("indicator", asked, [f"{row['indicator_code']} {row['name_zh']}" for row in chosen])


def _figures(marts: duckdb.DuckDBPyConnection, question: Question, school: Row, code: str) -> list[Row]:
    figures = records(
        marts,
        f"""
        select * from {MARTS}.fct_school_indicator
        where county_code = ? and school_year = ? and school_code = ? and indicator_code = ?
        order by ruleset_id, stage desc
        """,
        *(school[name] for name in ("county_code", "school_year", "school_code")),
        code,
    )
    asked = {"ruleset_id": question.ruleset, "stage": question.stage}
    wanted = [row for row in figures if all(value in (None, row[name]) for name, value in asked.items())]
    if figures and not wanted:
        there = dict.fromkeys(f"{row['ruleset_id']} {row['stage']}" for row in figures)
        raise NotFound("figure", " ".join(value for value in asked.values() if value), there)
    return wanted


def _undetermined(marts: duckdb.DuckDBPyConnection, school: Row) -> set[tuple[str, str]]:
    """Rule sets and stages in which it is open whether the school is in scope."""
    rows = records(
        marts,
        f"""
        select ruleset_id, stage from {MARTS}.dim_school_scope
        where county_code = ? and school_year = ? and school_code = ? and block = 'resource' and is_undetermined
        """,
        *(school[name] for name in ("county_code", "school_year", "school_code")),
    )
    return {(row["ruleset_id"], row["stage"]) for row in rows}


def compares_rounded(marts: duckdb.DuckDBPyConnection) -> set[str]:
    """Rule sets that compare figures at the decimals of the forms."""
    query = f"select ruleset_id from {MARTS}.dim_rule_setting where setting = 'comparison' and value = 'rounded'"
    return {row["ruleset_id"] for row in records(marts, query)}


def _out_of_scope(
    marts: duckdb.DuckDBPyConnection, question: Question, county: Row, school: Row, code: str, language: str
) -> OutOfScope:
    label = "label_zh" if language == "zh" else "label_en"
    rows = records(
        marts,
        f"""
        select distinct scope.stage, coalesce(codes.{label}, scope.reason) as reason
        from {MARTS}.dim_school_scope as scope
        left join {MARTS}.dim_code as codes on codes.list = 'scope_reason' and codes.code = scope.reason
        where scope.county_code = ? and scope.school_year = ? and scope.school_code = ? and scope.reason is not null
            and scope.ruleset_id in (select ruleset_id from {MARTS}.dim_indicator where indicator_code = ?)
        order by scope.stage desc
        """,
        *(school[name] for name in ("county_code", "school_year", "school_code")),
        code,
    )
    main = None
    if school["folded_into_school_code"]:
        found = records(
            marts,
            f"select * from {MARTS}.dim_school where county_code = ? and school_year = ? and school_code = ?",
            school["county_code"],
            school["school_year"],
            school["folded_into_school_code"],
        )
        main = (found[0]["school_code"], found[0]["school_name"])
    stages = [(row["stage"], row["reason"]) for row in rows if question.stage in (None, row["stage"])]
    return OutOfScope(county["county_name"], school["school_name"], school["school_code"], school["school_year"], stages, main)


def nights_of(release: Release) -> list[int]:
    """The nights a release was made of."""
    return list(json.loads((release.path / "manifest.json").read_text(encoding="utf-8"))["nights"])


@contextmanager
def in_force(
    home: Home, release: Release, selected: tuple[str, ...] | None = None, *, recompute: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The models of the build that a release came of; or those ``selected`` built anew."""
    kept = None if recompute else due.database_of(home, release.release_id)
    if kept is not None:
        with duckdb.connect(str(kept), read_only=True) as connection:
            yield connection
        return
    with models(home, nights_of(release), *([selected] if selected else [])) as connection:
        yield connection


@contextmanager
def models(home: Home, nights: list[int], selected: tuple[str, ...] = _MODELS) -> Iterator[duckdb.DuckDBPyConnection]:
    """The models up to the school, or up to those ``selected``, built in a temporary database over the nights of the release."""
    with tempfile.TemporaryDirectory(prefix="junheng-explain-") as name:
        folder = Path(name)
        database = folder / BUILD_DB
        dbt.make_target(folder)
        try:
            build.prepare(home, database, [], nights)
        except duckdb.Error as error:
            raise CannotDerive(str(error)) from error
        done = subprocess.run(
            [
                *(sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "build"),
                *("--select", *selected, "--exclude-resource-type", "test", "unit_test"),
                *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
            ],
            env={**os.environ, **dbt.environment(folder, database)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CannotDerive((done.stdout + done.stderr).strip()[-1000:])
        with duckdb.connect(str(database), read_only=True) as connection:
            yield connection


class Altered(RuntimeError):
    """The archived original is not what the ledger says."""

    def __init__(self, file: File) -> None:
        super().__init__(file.name)
        self.what = f"sha256 ≠ {file.sha256[:16]}"


def open_original(home: Home, file: File, contract: str, opened: dict[str, Original]) -> Original:
    """The archived original as it is read through its contract, opened once. Raises Altered."""
    key = f"{file.submission_id} {contract}"
    if key not in opened:
        path = archive.path_of(home, file.sha256)
        data = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise Altered(file)
        area, _, rest = file.name.partition("/")
        year = rest.partition("/")[0]
        landed = LandedFile(file.name, len(data), area, int(year) if year.isdecimal() else None, file.sha256)
        opened[key] = Original(data, {known.id: known for known in load_contracts()}[contract], landed)
    return opened[key]


class Deriver:
    """Derives the figures of one school. ``originals``: files that others have read already, and what is read now."""

    def __init__(
        self,
        home: Home,
        models: duckdb.DuckDBPyConnection,
        county: Row,
        school: Row,
        originals: dict[str, Original] | None = None,
    ) -> None:
        self._home = home
        self._models = models
        self._county = county
        self._school = school
        self._key = [school[name] for name in ("county_code", "school_year", "school_code")]
        self._source: Source = load_source(_SOURCE)
        totals = self._rows("int_balance__school", "school_code = ?", self._key[2])
        if not totals:
            raise CannotDerive(f"int_balance__school: {' '.join(map(str, self._key))}: 0")
        self._total = totals[0]
        folding = self._rows("int_census__folding", "main_school_code = ?", self._key[2])
        folded = sorted(row["school_code"] for row in folding)
        codes = [self._key[2], *folded]
        units = {row["school_code"]: row for row in self._rows("int_census__school", "list_contains(?, school_code)", codes)}
        self._units = [units[code] for code in codes]
        self._census = self._rows_in_force(codes)
        corrections = self._rows("int_census__correction", "state = 'applied' and list_contains(?, school_code)", codes)
        self._corrections = {(row["school_code"], row["field"]): row for row in corrections}
        self._originals: dict[str, Original] = {} if originals is None else originals
        self._problems: list[str] = []
        self._read: dict[str, list[Reading]] = {}

    def _rows(self, model: str, condition: str, value: object) -> list[Row]:
        query = f"select * from intermediate.{model} where county_code = ? and school_year = ? and {condition}"
        return records(self._models, query, *self._key[:2], value)

    def _rows_in_force(self, codes: list[str]) -> list[Row]:
        """Rows in force with what bronze says of their origin, newest delivery and file name first to last."""
        return records(
            self._models,
            f"""
            select in_force.*, bronze._contract, bronze._cells, files.file_name, files.sha256
            from intermediate.int_census__row_in_force as in_force
            inner join bronze.{_SOURCE} as bronze
                on bronze._submission_id = in_force.submission_id and bronze.school_code = in_force.school_code
                and bronze._sheet is not distinct from in_force.sheet and bronze._row is not distinct from in_force.row_number
            inner join intermediate.int_ledger__delivery as files
                on files.submission_id = in_force.submission_id and files.delivery_night = in_force.delivery_night
            where in_force.county_code = ? and in_force.school_year = ? and list_contains(?, in_force.school_code)
            order by files.file_name, in_force.submission_id, in_force.sheet, in_force.row_number
            """,
            *self._key[:2],
            codes,
        )

    def derive(self, published: Row, indicator: Row, *, is_undetermined: bool, compares_rounded: bool) -> Derivation:
        """The derivation of one row of ``fct_school_indicator``."""
        self._problems = []
        ruleset, code, stage = published["ruleset_id"], published["indicator_code"], published["stage"]
        factors = records(
            self._models,
            """
            select * from intermediate.int_rules__term
            where ruleset_id = ? and indicator_code = ? and stage = ? order by factor desc, item
            """,
            *(ruleset, code, stage),
        )
        terms, readings = [], []
        for row in factors:
            terms.append(self._term(row["item"], Fraction(row["factor"])))
            readings += self.readings(row["item"])
        weights = self._weights(ruleset)
        is_split = bool(indicator["is_split"])
        stages = [s for s in weights if weights[s]] if is_split else [stage]
        parts = []
        for name in dict.fromkeys([stage, *stages]):
            found = self.readings(f"pupils_{name}")
            pupils = self._sum(found)
            # a stage the school does not have is no part of the split, and not worth a line
            if name == stage or pupils != 0 or self._total[f"kind_has_{name}"]:
                readings += found
                parts.append(StageShare(name, weights.get(name, Fraction(0)), pupils))
        derivation = Derivation(
            county_name=self._county["county_name"] or self._county["county_code"],
            school_name=self._school["school_name"] or self._school["school_code"],
            published=published,
            indicator=indicator,
            is_split=is_split,
            terms=terms,
            pupils=parts[0].pupils,
            parts=parts if is_split else [],
            folded=[(row["school_code"], row["school_name"]) for row in self._units[1:]],
            readings=readings,
            is_undetermined=is_undetermined,
            compares_rounded=compares_rounded,
        )
        self._compute(derivation)
        self._compare(derivation)
        derivation.problems = [*dict.fromkeys(self._problems)]
        return derivation

    def _weights(self, ruleset: str) -> dict[str, Fraction]:
        query = "select stage, weight from intermediate.int_rules__split_weight where ruleset_id = ?"
        rows = records(self._models, query, ruleset)
        return {row["stage"]: Fraction(row["weight"]) for row in rows}

    def _term(self, item: str, factor: Fraction) -> ExplainedTerm:
        entry = self._source.field(item)
        return ExplainedTerm(item, entry.zh, entry.unit, factor, self._sum(self.readings(item)))

    @staticmethod
    def _sum(readings: list[Reading]) -> Fraction | None:
        values = [reading.value for reading in readings]
        known = [Fraction(value) for value in values if value is not None]
        return sum(known, Fraction(0)) if len(known) == len(values) else None

    @property
    def problems(self) -> list[str]:
        """Where bronze, models and originals do not agree on what was read so far."""
        return [*dict.fromkeys(self._problems)]

    def readings(self, item: str) -> list[Reading]:
        """The item of the school and of every unit that folds into it."""
        if item not in self._read:
            self._read[item] = [self._reading(item, unit) for unit in self._units]
        total, found = self._total[item], self._sum(self._read[item])
        if (None if total is None else Fraction(total)) != found:
            self._problems.append(f"{self._source.field(item).zh}：{shown(found)} ≠ {shown(total)}")
        return self._read[item]

    def _reading(self, item: str, unit: Row) -> Reading:
        entry = self._source.field(item)
        places = tuple(self._place(item, row) for row in self._census if row["school_code"] == unit["school_code"])
        stated = tuple(place for place in places if place.value is not None)
        value = unit[item]
        reported = max((place.value for place in stated if place.value is not None), default=None)
        correction = self._correction(item, unit, reported)
        if any(place.value != (reported if correction else value) for place in stated):
            self._problems.append(f"{unit['school_code']} {entry.zh}：{shown(reported)} ≠ {shown(value)}")
        if value is None and self._counts_as_none(item, unit):
            value = Decimal(0)
        return Reading(
            item=item,
            label=entry.zh,
            unit=entry.unit,
            school_code=unit["school_code"],
            school_name=unit["school_name"] or unit["school_code"],
            value=None if value is None else Decimal(value),
            places=stated or places,
            correction=correction,
        )

    def _correction(self, item: str, unit: Row, reported: Decimal | None) -> AppliedCorrection | None:
        row = self._corrections.get((unit["school_code"], item))
        if row is None:
            return None
        document, by, on = (str(row[name] or "") for name in ("document", "corrected_by", "corrected_on"))
        return AppliedCorrection(row["correction_file"], reported, document, by, on)

    def _counts_as_none(self, item: str, unit: Row) -> bool:
        """Whether an empty cell counted as none.

        A sum that is known had no unknown part; one that is unknown does not wait for units without the stage, nor for attached
        classes without premises.
        """
        if self._total[item] is not None:
            return True
        stage = self._source.field(item).stage
        if stage is not None:
            return not unit[f"has_{stage}"]
        return unit is not self._units[0] and unit["sector"] == "attached"

    def _place(self, item: str, row: Row) -> Place:
        file = File(row["submission_id"], row["sha256"], row["file_name"], row["delivery_night"])
        used = None if row[item] is None else Decimal(row[item])
        addresses = json.loads(row["_cells"]) if row["_cells"] else {}
        try:
            original = open_original(self._home, file, row["_contract"], self._originals)
            cells = tuple(original.cells(item, row["sheet"], row["row_number"], addresses))
        except (Refusal, Altered) as refusal:
            self._problems.append(f"{file.name}：{refusal.what}")
            cells = ()
        if not agree(cells, used):
            where = " + ".join(f"{cell.column}{cell.row}“{cell.text}”" for cell in cells) or "—"
            self._problems.append(f"{file.name} {where} {self._source.field(item).zh} ≠ {shown(used)}")
        return Place(file, cells, used)

    def _compute(self, found: Derivation) -> None:
        """Amount, share, value and verdict, in fractions."""
        totals = [term.total for term in found.terms]
        if found.terms and None not in totals and not found.is_undetermined:
            found.amount = sum((t.factor * t.total for t in found.terms if t.total is not None), Fraction(0))
        if not found.is_split:
            found.share = Fraction(1)
        elif all(part.pupils is not None for part in found.parts):
            own = found.parts[0]
            base = sum((part.weight * part.pupils for part in found.parts if part.pupils is not None), Fraction(0))
            found.share = own.weight * own.pupils / base if base and own.pupils is not None else None
        scale = Fraction(found.indicator["scale"])
        if found.amount is not None and found.share is not None:
            found.numerator = found.amount * found.share
            if found.pupils:
                found.value = found.numerator * scale / found.pupils
        standard, floor = found.indicator["standard"], found.indicator["floor"]
        if standard is None:
            return
        if found.value is None:
            found.verdict = "undecided"
            return
        holds = OPERATORS[found.indicator["operator"]]
        compared = found.value
        if found.compares_rounded:
            compared = Fraction(_half_up(found.value, found.indicator["decimals"]))
        if holds(compared, Fraction(standard)):
            found.verdict = "met"
        else:
            found.verdict = "floor_met" if floor is not None and holds(compared, Fraction(floor)) else "unmet"

    def _compare(self, found: Derivation) -> None:
        """What was computed against what was published."""
        pairs = [
            ("numerator", rounded(found.numerator), found.published["numerator"]),
            ("pupils", rounded(found.pupils), found.published["pupils"]),
            ("value", rounded(found.value), found.published["value"]),
            ("verdict", found.verdict, found.published["verdict_strict"]),
        ]
        self._problems += [f"{name}：{shown(mine)} ≠ {shown(theirs)}" for name, mine, theirs in pairs if mine != theirs]


def _half_up(value: Fraction, decimals: int) -> Decimal:
    units = (2 * abs(value.numerator) * 10**decimals + value.denominator) // (2 * value.denominator)
    return Decimal(units if value >= 0 else -units).scaleb(-decimals, Context(prec=60))


def rounded(value: Fraction | None) -> Decimal | None:
    """Half up to the decimals of a published figure."""
    return None if value is None else _half_up(value, _DIGITS)


def shown(value: object) -> str:
    """A value as a problem names it."""
    if value is None:
        return "—"
    if isinstance(value, Fraction):
        value = rounded(value)
    return plain(value) if isinstance(value, Decimal) else str(value)
