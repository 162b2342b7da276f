"""A figure, requirement or verdict of a county, derived again from what it rests on, down to the cells of the originals.

A coefficient is computed a second time from the schools' figures, and these from their cells (``publish.trust.explain``). The
amounts of a requirement come from the project's own models, built anew over the nights of the release; those that schools add
up to are summed once more from the cells. A verdict is folded again from its parts. What disagrees with the release is a
problem and told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from ingest.inspect.original import FoundCell, Original
from ingest.schema.source import load_source
from ingest.values.cells import plain
from ingest.values.faults import Refusal
from junheng.core.home import Home
from junheng.core.sql import identifier, records
from publish.release.release import Release
from publish.tables.artifacts import MARTS
from publish.trust import explain, explain_monitoring
from publish.trust.explain import Derivation, File, NotFound, Question, Reading, Row
from publish.words.formats import beside

VERDICT = "verdict"
"""What the overall verdict is asked by."""
_FILE = Path(__file__).with_name("explain.yml")
_CENSUS = "school_census"
_STAGES = ("primary", "junior")
_MODELS = (
    "+int_ledger__left_out_row",
    "+int_balance__school",
    "+int_rules__term",
    "+int_rules__split_weight",
    "+int_requirement__figure",
    "+int_monitoring__requirement",
)
_SAME = Decimal("1e-9")
"""Relative difference up to which a coefficient is the published one; it is rounded to twelve decimals."""
_PRECISE = Context(prec=40)
_ORDER = ("unmet", "undecided", "met")
"""A fold of verdicts takes the first of these that is there."""


@dataclass(frozen=True)
class Input:
    """What was read somewhere: of which school or row, which field, and the cells it stands in."""

    owner: str
    label: str
    value: str
    """As it is used; empty: unknown."""
    cells: tuple[FoundCell, ...]
    file: File | None


@dataclass(frozen=True)
class AddedAmount:
    """One amount of a requirement's figure."""

    role: str
    """``numerator`` or ``denominator``"""
    label: str
    factor: Fraction
    amount: Decimal | None


@dataclass(frozen=True)
class Part:
    """What a verdict is folded from: a coefficient, a requirement, or the schools of a stage."""

    block: str
    code: str
    name: str
    verdict: str
    says: str
    """The figure, or the sentence of the requirement."""
    waiting: str


@dataclass
class CountyFigure:
    """A difference coefficient of one stage."""

    county_name: str
    published: Row
    """The row of ``fct_county_indicator``."""
    indicator: Row
    """The row of ``dim_indicator``."""
    schools: list[Derivation] = field(default_factory=list)
    shares: dict[str, Row] = field(default_factory=dict)
    """Rows of ``fct_county_contribution`` by school."""
    parts: list[Row] = field(default_factory=list)
    """Of a composite: the coefficients it is the mean of."""
    mean: Fraction | None = None
    coefficient: Decimal | None = None
    problems: list[str] = field(default_factory=list)


@dataclass
class ExplainedRequirement:
    """One part of a requirement (G, Q, S, V, P)."""

    county_name: str
    published: Row
    """The row of ``fct_county_requirement``."""
    described: Row
    """The row of ``dim_requirement``."""
    terms: list[AddedAmount] = field(default_factory=list)
    schools: list[Row] = field(default_factory=list)
    """Rows of ``fct_school_requirement`` with ``school_name``, those that are not met first."""
    inputs: list[Input] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass
class ExplainedVerdict:
    """The verdict of a county under one rule set."""

    county_name: str
    published: Row
    """The row of ``fct_county_verdict``."""
    parts: list[Part] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


Found = CountyFigure | ExplainedRequirement | ExplainedVerdict


@lru_cache(maxsize=1)
def _settings() -> dict[str, Any]:
    return dict(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def explain_county(home: Home, release: Release, question: Question) -> list[Found]:
    """Derive what a question without a school asks for. Raises NotFound, CannotDerive."""
    with duckdb.connect(str(release.database), read_only=True) as marts:
        county = explain.find_county(marts, question)
        kind, code = _find(marts, question.indicator)
        if kind == VERDICT:
            return [_verdict(marts, county, row) for row in _asked(marts, "fct_county_verdict", county, question, {})]
        if kind == "indicator":
            rows = _asked(marts, "fct_county_indicator", county, question, {"indicator_code": code, "stage": question.stage})
            return _figures(home, release, marts, county, rows, recompute=question.recompute)
        # a requirement has parts, and some of them are stages
        rows = _asked(marts, "fct_county_requirement", county, question, {"requirement_code": code})
        staged = [row for row in rows if row["part"] == question.stage]
        return _requirements(home, release, marts, county, staged or rows, recompute=question.recompute)


def _find(marts: duckdb.DuckDBPyConnection, asked: str) -> tuple[str, str]:
    """Whether an indicator, a requirement or the verdict is asked for, and its code. Raises NotFound."""
    names = [("verdict", VERDICT, name) for name in _settings()["verdict_names"]]
    for kind, table, column in (("indicator", "dim_indicator", "indicator"), ("requirement", "dim_requirement", "requirement")):
        said = "name_zh" if kind == "indicator" else "indicator_name_zh"
        own = "where block = 'resource'" if kind == "indicator" else ""
        query = f"select distinct {column}_code as code, {said} as name from {MARTS}.{table} {own} order by all"
        for row in records(marts, query):
            names += [(kind, row["code"], row["code"]), (kind, row["code"], row["name"] or "")]
    for kind, code, name in names:
        if name and name.casefold() == asked.casefold():
            return kind, code
    known = dict.fromkeys(f"{code} {name}" for kind, code, name in names if name != code and kind != "verdict")
    near = [text for text in known if asked.casefold() in text.casefold()]
    raise NotFound("indicator", asked, near or known)


def _asked(
    marts: duckdb.DuckDBPyConnection, table: str, county: Row, question: Question, more: dict[str, str | None]
) -> list[Row]:
    """Rows of a county's table that fit the question. Raises NotFound with those that are there."""
    own = records(
        marts,
        f"select * from {MARTS}.{identifier(table)} where county_code = ? and school_year = ? order by all",
        *(county["county_code"], county["school_year"]),
    )
    wanted = {"ruleset_id": question.ruleset} | more
    first = [row for row in own if all(row[name] == value for name, value in more.items() if value and name != "stage")]
    found = [row for row in first if all(value in (None, row[name]) for name, value in wanted.items())]
    if not found:
        there = dict.fromkeys(" ".join(str(row[name]) for name in wanted if name in row) for row in first)
        raise NotFound("county_figure", " ".join(value for value in (question.indicator, *wanted.values()) if value), there)
    return found


class _Rows:
    """Delivered rows in force, with the cells their fields stand in."""

    def __init__(self, home: Home, models: duckdb.DuckDBPyConnection, county: Row, originals: dict[str, Original]) -> None:
        self._home = home
        self._models = models
        self._county = county
        self._originals = originals
        self.problems: list[str] = []

    def of(self, source: str, school: str | None = None) -> list[Row]:
        """Rows of a source in force for the county and year; of one school, or (None) all."""
        by_school = "and given.school_code = ?" if school is not None else ""
        in_force = (
            "inner join intermediate.int_census__row_in_force as in_force on in_force.submission_id = given._submission_id"
            " and in_force.school_code = given.school_code and in_force.sheet is not distinct from given._sheet"
            " and in_force.row_number is not distinct from given._row"
            if source == _CENSUS
            else "inner join intermediate.int_ledger__coverage_in_force as in_force on in_force.source = ?"
            " and in_force.submission_id = given._submission_id and in_force.county_code = given.county_code"
        )
        return records(
            self._models,
            f"""
            select given.*, files.file_name, files.sha256, files.delivery_night
            from bronze.{identifier(source)} as given
            {in_force}
            inner join intermediate.int_ledger__delivery as files
                on files.submission_id = given._submission_id and files.delivery_night = in_force.delivery_night
            left join intermediate.int_ledger__left_out_row as left_out
                on left_out.submission_id = given._submission_id and left_out.row_number = given._row
                and left_out.sheet is not distinct from given._sheet
            where left_out.submission_id is null and given.county_code = ? and in_force.school_year = ? {by_school}
            order by files.file_name, given._submission_id, given._sheet, given._row
            """,
            *([] if source == _CENSUS else [source]),
            *(self._county["county_code"], self._county["school_year"]),
            *([school] if school is not None else []),
        )

    def named(self, source: str, submission_id: str, row_number: int | None) -> list[Row]:
        """A row by its place, whatever county and year it is in force for."""
        return records(
            self._models,
            f"""
            select given.*, files.file_name, files.sha256, files.delivery_night
            from bronze.{identifier(source)} as given
            inner join intermediate.int_ledger__delivery as files on files.submission_id = given._submission_id
            where given._submission_id = ? and given._row is not distinct from ? and files.is_served
            order by files.delivery_night desc limit 1
            """,
            *(submission_id, row_number),
        )

    def inputs(self, source: str, row: Row, fields: Iterable[str], owner: str = "") -> list[Input]:
        """What these fields of a row hold and where that stands; fields that say nothing are left out."""
        described = load_source(source)
        file = File(row["_submission_id"], row["sha256"], row["file_name"], row["delivery_night"])
        names = [self._written(file, row, name) for name in _settings()["names"].get(source, ()) if row.get(name) is not None]
        found = []
        for name in fields:
            if row.get(name) is None:
                continue
            shown = plain(row[name]) if isinstance(row[name], Decimal) else str(row[name])
            label = described.field(name).zh
            if owner and names:
                label = f"{' '.join(names)} {label}"
            found.append(Input(owner or " ".join(names), label, shown, self._cells(file, row, name), file))
        return found

    def _written(self, file: File, row: Row, name: str) -> str:
        """A field as the file has it; where it has none, as it was read."""
        return " ".join(cell.text.strip() for cell in self._cells(file, row, name)) or str(row[name])

    def _cells(self, file: File, row: Row, name: str) -> tuple[FoundCell, ...]:
        addresses = json.loads(row["_cells"]) if row.get("_cells") else {}
        try:
            original = explain.open_original(self._home, file, row["_contract"], self._originals)
            return tuple(original.cells(name, row["_sheet"], row["_row"], addresses))
        except (Refusal, explain.Altered) as refusal:
            self.problems.append(f"{file.name}：{refusal.what}")
            return ()


def _figures(
    home: Home, release: Release, marts: duckdb.DuckDBPyConnection, county: Row, rows: list[Row], *, recompute: bool
) -> list[Found]:
    """Coefficients: of each school the derivation of its figure; a composite from the coefficients it is made of."""
    indicators = {
        (row["ruleset_id"], row["indicator_code"], row["stage"]): row
        for row in records(marts, f"select * from {MARTS}.dim_indicator")
    }
    by_rounded = explain.compares_rounded(marts)
    found: list[Found] = []
    simple = []
    for row in rows:
        indicator = indicators[row["ruleset_id"], row["indicator_code"], row["stage"]]
        figure = CountyFigure(county["county_name"], row, indicator)
        found.append(figure)
        if indicator["is_composite"]:
            _compose(marts, figure)
        else:
            simple.append(figure)
    if simple:
        with explain.in_force(home, release, recompute=recompute) as models:
            originals: dict[str, Original] = {}
            for figure in simple:
                _derive(home, marts, models, county, figure, originals, by_rounded)
    return found


def _own(figure: CountyFigure) -> tuple[Any, ...]:
    row = figure.published
    return tuple(row[name] for name in ("county_code", "school_year", "ruleset_id", "indicator_code", "stage"))


def _derive(
    home: Home,
    marts: duckdb.DuckDBPyConnection,
    models: duckdb.DuckDBPyConnection,
    county: Row,
    figure: CountyFigure,
    originals: dict[str, Original],
    by_rounded: set[str],
) -> None:
    """Derive every school of a coefficient, and the coefficient from them."""
    where = "county_code = ? and school_year = ? and ruleset_id = ? and indicator_code = ? and stage = ?"
    shares = records(marts, f"select * from {MARTS}.fct_county_contribution where {where}", *_own(figure))
    figure.shares = {row["school_code"]: row for row in shares}
    schools = records(
        marts,
        f"""
        select figures.*, coalesce(scope.is_undetermined, false) as is_undetermined, schools.school_name
        from {MARTS}.fct_school_indicator as figures
        left join {MARTS}.dim_school as schools using (county_code, school_year, school_code)
        left join {MARTS}.dim_school_scope as scope
            on scope.county_code = figures.county_code and scope.school_year = figures.school_year
            and scope.school_code = figures.school_code and scope.stage = figures.stage
            and scope.ruleset_id = figures.ruleset_id and scope.block = 'resource'
        where figures.county_code = ? and figures.school_year = ? and figures.ruleset_id = ? and figures.indicator_code = ?
            and figures.stage = ?
        order by schools.display_order nulls last, figures.school_code
        """,
        *_own(figure),
    )
    for row in schools:
        deriver = explain.Deriver(home, models, county, row, originals)
        rounded = row["ruleset_id"] in by_rounded
        one = deriver.derive(row, figure.indicator, is_undetermined=row["is_undetermined"], compares_rounded=rounded)
        figure.schools.append(one)
        figure.problems += [f"{one.school_name}：{problem}" for problem in one.problems]
    _spread(figure)
    _judge(figure, by_rounded)


def _spread(figure: CountyFigure) -> None:
    """Mean and coefficient, over the pupils of all schools; none while a school has no value."""
    known = [
        (one.numerator, one.pupils, one.value)
        for one in figure.schools
        if one.numerator is not None and one.pupils and one.value is not None
    ]
    complete = len(known) == len(figure.schools) and not figure.published["withheld_schools"]
    pupils = sum((pupils for _, pupils, _ in known), Fraction(0))
    if not complete or not pupils:
        _same(figure, "difference_coefficient", None, figure.published["difference_coefficient"])
        return
    scale = Fraction(figure.indicator["scale"])
    figure.mean = sum((amount for amount, _, _ in known), Fraction(0)) * scale / pupils
    variance = sum((p * (value - figure.mean) ** 2 for _, p, value in known), Fraction(0)) / pupils
    if figure.mean:
        square = variance / figure.mean**2
        figure.coefficient = _PRECISE.divide(Decimal(square.numerator), Decimal(square.denominator)).sqrt(_PRECISE)
    _same(figure, "county_mean", explain.rounded(figure.mean), figure.published["county_mean"])
    _same(figure, "difference_coefficient", figure.coefficient, figure.published["difference_coefficient"])


def _compose(marts: duckdb.DuckDBPyConnection, figure: CountyFigure) -> None:
    """A composite: the plain mean of the coefficients of its stage."""
    county, year, ruleset, code, stage = _own(figure)
    figure.parts = records(
        marts,
        f"""
        select figures.*, indicators.name_zh, indicators.name_en
        from {MARTS}.fct_county_indicator as figures
        inner join {MARTS}.dim_indicator as indicators using (ruleset_id, indicator_code, stage)
        where county_code = ? and school_year = ? and ruleset_id = ? and indicator_code <> ? and stage = ?
        order by indicator_code
        """,
        *(county, year, ruleset, code, stage),
    )
    values = [part["difference_coefficient"] for part in figure.parts]
    if values and None not in values:
        total = sum((Fraction(value) for value in values), Fraction(0)) / len(values)
        figure.coefficient = _PRECISE.divide(Decimal(total.numerator), Decimal(total.denominator))
    _same(figure, "difference_coefficient", figure.coefficient, figure.published["difference_coefficient"])
    _judge(figure, explain.compares_rounded(marts))


def _judge(figure: CountyFigure, by_rounded: set[str]) -> None:
    """The verdict that the coefficient gives, against the published one."""
    limit = figure.published["difference_limit"]
    if limit is None:
        return
    compared = figure.published["difference_coefficient"]
    if compared is not None and figure.published["ruleset_id"] in by_rounded:
        compared = figure.published["difference_coefficient_rounded"]
    mine = "undecided" if compared is None else "met" if Decimal(compared) <= Decimal(limit) * (1 + Decimal("1e-12")) else "unmet"
    _same(figure, "verdict", mine, figure.published["verdict"])


def _same(found: Found, name: str, mine: Any, theirs: Any) -> None:
    """Note where what was computed is not what was published."""
    equal = mine == theirs
    if isinstance(mine, Decimal) and theirs is not None:
        equal = abs(mine - Decimal(theirs)) <= max(abs(Decimal(theirs)) * _SAME, Decimal("1e-12"))
    if not equal:
        found.problems.append(f"{name}：{explain.shown(mine)} ≠ {explain.shown(theirs)}")


def _requirements(
    home: Home, release: Release, marts: duckdb.DuckDBPyConnection, county: Row, rows: list[Row], *, recompute: bool
) -> list[Found]:
    described = {
        (row["ruleset_id"], row["requirement_code"], row["part"]): row
        for row in records(marts, f"select * from {MARTS}.dim_requirement")
    }
    found: list[Found] = []
    by_rounded = explain.compares_rounded(marts)
    with explain.in_force(home, release, _MODELS, recompute=recompute) as models:
        originals: dict[str, Original] = {}
        for row in rows:
            one = ExplainedRequirement(
                county["county_name"], row, described[row["ruleset_id"], row["requirement_code"], row["part"]]
            )
            given = _Rows(home, models, county, originals)
            if row["source"] == "schools":
                _by_school(marts, given, one)
            elif row["source"] == "monitoring":
                _monitored(models, marts, given, one)
            elif row["basis"] == "computed":
                _terms(models, one)
                _judge_requirement(one, by_rounded)
                if row["source"] == "census":
                    _by_cells(home, marts, models, county, one, originals)
            elif row["verdict"] is not None:
                _declared(one)
            _of_county(given, one)
            one.problems += given.problems
            found.append(one)
    return found


def _terms(models: duckdb.DuckDBPyConnection, found: ExplainedRequirement) -> None:
    """The amounts of the source that has the figure; together they have to give the published one."""
    row = found.published
    key = [row[name] for name in ("county_code", "school_year", "ruleset_id", "requirement_code", "part", "source")]
    terms = records(
        models,
        """
        select terms.role, terms.label_zh, terms.factor, amounts.amount
        from intermediate.int_rules__requirement_term as terms
        left join intermediate.int_requirement__amount as amounts
            on amounts.county_code = ? and amounts.school_year = ? and amounts.ruleset_id = terms.ruleset_id
            and amounts.source = terms.source and amounts.item = terms.item and amounts.stage = terms.stage
            and amounts.reference_period is not distinct from ?
        where terms.ruleset_id = ? and terms.requirement_code = ? and terms.part = ? and terms.source = ?
            and terms.role in ('numerator', 'denominator')
        order by terms.role desc, terms.factor desc, terms.item
        """,
        *(*key[:2], row["reference_period"], *key[2:]),
    )
    found.terms = [AddedAmount(term["role"], term["label_zh"], Fraction(term["factor"]), term["amount"]) for term in terms]
    for role in ("numerator", "denominator"):
        own = [term for term in found.terms if term.role == role]
        if own and row[role] is not None:
            known = [term.factor * Fraction(term.amount) for term in own if term.amount is not None]
            total = sum(known, Fraction(0)) if len(known) == len(own) else None
            _same(found, role, explain.rounded(total), row[role])


def _judge_requirement(found: ExplainedRequirement, by_rounded: set[str]) -> None:
    """Value and verdict that the published amounts give, against the published ones."""
    row, described = found.published, found.described
    if row["numerator"] is None or not row["denominator"]:
        return
    value = Fraction(row["numerator"]) * Fraction(described["scale"] or 1) / Fraction(row["denominator"])
    _same(found, "value", explain.rounded(value), row["value"])
    if row["threshold"] is not None and row["verdict"] is not None:
        compared = Fraction(row["value_rounded"]) if row["ruleset_id"] in by_rounded else value
        holds = explain.OPERATORS[described["operator"]](compared, Fraction(row["threshold"]))
        _same(found, "verdict", "met" if holds else "unmet", row["verdict"])


def _declared(found: ExplainedRequirement) -> None:
    """A matter of documents: what the county declares counts with evidence alone."""
    row = found.published
    stated = row["declared_verdict"]
    mine = stated if stated == "unmet" or (stated == "met" and row["evidence_count"] > 0) else "undecided"
    _same(found, "verdict", mine, row["verdict"])


def _fields(item: str) -> list[str]:
    """Fields of the census that an amount of schools is summed from."""
    source = load_source(_CENSUS)
    name = item.removeprefix("nearby_")
    known = {entry.name for entry in source.fields}
    return [one for one in (name, *(f"{name}_{stage}" for stage in _STAGES)) if one in known]


def _by_cells(
    home: Home,
    marts: duckdb.DuckDBPyConnection,
    models: duckdb.DuckDBPyConnection,
    county: Row,
    found: ExplainedRequirement,
    originals: dict[str, Original],
) -> None:
    """The cells of every school that adds to the amounts, and their sum against what the models say of the school."""
    row = found.published
    amounts = records(
        models,
        """
        select distinct figures.school_code, figures.school_name, figures.item, figures.amount
        from intermediate.int_requirement__school_figure as figures
        inner join intermediate.int_rules__requirement_term as terms
            on terms.ruleset_id = figures.ruleset_id and terms.item = figures.item and terms.source = 'census'
        where figures.county_code = ? and figures.school_year = ? and figures.ruleset_id = ?
            and terms.requirement_code = ? and terms.part = ?
        order by figures.school_code, figures.item
        """,
        *(row[name] for name in ("county_code", "school_year", "ruleset_id", "requirement_code", "part")),
    )
    schools = {
        school["school_code"]: school
        for school in records(
            marts,
            f"select * from {MARTS}.dim_school where county_code = ? and school_year = ?",
            *(row["county_code"], row["school_year"]),
        )
    }
    derivers: dict[str, explain.Deriver] = {}
    for amount in amounts:
        code = amount["school_code"]
        if code not in schools:
            found.inputs.append(Input(amount["school_name"] or code, "", "", (), None))
            continue
        if code not in derivers:
            derivers[code] = explain.Deriver(home, models, county, schools[code], originals)
        deriver = derivers[code]
        readings = [reading for name in _fields(amount["item"]) for reading in deriver.readings(name)]
        found.inputs += [one for reading in readings for one in _of_reading(amount["school_name"], reading)]
        values = [Fraction(reading.value) for reading in readings if reading.value is not None]
        if amount["amount"] is not None and sum(values, Fraction(0)) != Fraction(amount["amount"]):
            found.problems.append(
                f"{amount['school_name']} {amount['item']}：{explain.shown(sum(values, Fraction(0)))}"
                f" ≠ {explain.shown(amount['amount'])}"
            )
    for deriver in derivers.values():
        found.problems += deriver.problems


def _of_reading(school: str, reading: Reading) -> list[Input]:
    owner = school if reading.school_name == school else f"{school}（{reading.school_name}）"
    value = "" if reading.value is None else plain(reading.value)
    return [Input(owner, reading.label, value, place.cells, place.file) for place in reading.places]


def _by_school(marts: duckdb.DuckDBPyConnection, given: _Rows, found: ExplainedRequirement) -> None:
    """Schools with their own verdicts, the worst first, and what is read of each."""
    row = found.published
    found.schools = records(
        marts,
        f"""
        select judged.*, coalesce(schools.school_name, judged.school_code) as school_name
        from {MARTS}.fct_school_requirement as judged
        left join {MARTS}.dim_school as schools using (county_code, school_year, school_code)
        where judged.county_code = ? and judged.school_year = ? and ruleset_id = ? and requirement_code = ? and part = ?
        order by case verdict when 'unmet' then 0 when 'undecided' then 1 else 2 end, display_order nulls last, school_code
        """,
        *(row[name] for name in ("county_code", "school_year", "ruleset_id", "requirement_code", "part")),
    )
    verdicts = {school["verdict"] for school in found.schools}
    folded = next((verdict for verdict in _ORDER if verdict in verdicts), None)
    if found.schools and row["verdict"] is not None and not (folded == "met" and row["verdict"] == "undecided"):
        _same(found, "verdict", folded, row["verdict"])
    for school in found.schools:
        for source, fields in _settings()["schools"].get(row["requirement_code"], {}).items():
            for delivered in given.of(source, school["school_code"]):
                if delivered.get("requirement_code", row["requirement_code"]) == row["requirement_code"]:
                    found.inputs += given.inputs(source, delivered, fields, school["school_name"])


def _of_county(given: _Rows, found: ExplainedRequirement) -> None:
    """What the county itself states of the requirement, or what was surveyed."""
    row, fields = found.published, _settings()["county"]
    for delivered in given.of("county_items"):
        if delivered["requirement_code"] == row["requirement_code"] and not delivered["school_code"]:
            found.inputs += given.inputs("county_items", delivered, fields["county_items"])
    if row["source"] == "survey":
        for delivered in given.of("survey"):
            found.inputs += given.inputs("survey", delivered, fields["survey"])


def _monitored(
    models: duckdb.DuckDBPyConnection, marts: duckdb.DuckDBPyConnection, given: _Rows, found: ExplainedRequirement
) -> None:
    """The results of monitoring that bear on the requirement, their cells, and the verdict they give."""
    row = found.published
    rules = explain_monitoring.rules_of(models, row["ruleset_id"], row["requirement_code"], explain.OPERATORS)
    results = records(
        models, "select * from intermediate.int_monitoring__result where county_code = ? order by all", row["county_code"]
    )
    labels = {(one["list"], one["code"]): one["label_zh"] for one in records(marts, f"select * from {MARTS}.dim_code")}
    read = []
    for result in results:
        if not explain_monitoring.counts(rules, explain_monitoring.result_of(result, result)):
            continue
        names = (("monitoring_scope", "scope"), ("grade", "grade"), ("monitoring_measure", "measure"))
        scope, grade, measure = (labels.get((list_, str(result[name])), str(result[name])) for list_, name in names)
        owner = f"{scope} {result['monitoring_year']} {grade}{result['subject']} {measure}"
        for delivered in given.named("monitoring_result", result["submission_id"], result["row_number"]):
            found.inputs += given.inputs("monitoring_result", delivered, _settings()["county"]["monitoring_result"], owner)
            read.append(explain_monitoring.result_of(result, delivered))
    _same(found, "verdict", explain_monitoring.judge(rules, row["school_year"], read), row["verdict"])


def _verdict(marts: duckdb.DuckDBPyConnection, county: Row, row: Row) -> ExplainedVerdict:
    """The parts of a county's verdict, block by block, and their fold."""
    key = [row[name] for name in ("county_code", "school_year", "ruleset_id")]
    found = ExplainedVerdict(county["county_name"], row)
    coefficients = records(
        marts,
        f"""
        select indicators.indicator_code, indicators.stage, indicators.name_zh, figures.difference_coefficient,
            indicators.coefficient_decimals, figures.difference_limit, coalesce(figures.verdict, 'undecided') as verdict,
            figures.waiting_for,
            coalesce(stages.label_zh, indicators.stage) as stage_zh
        from {MARTS}.dim_indicator as indicators
        left join {MARTS}.fct_county_indicator as figures
            on figures.county_code = ? and figures.school_year = ? and figures.ruleset_id = indicators.ruleset_id
            and figures.indicator_code = indicators.indicator_code and figures.stage = indicators.stage
        left join {MARTS}.dim_code as stages on stages.list = 'stage' and stages.code = indicators.stage
        where indicators.ruleset_id = ? and indicators.block = 'resource' and indicators.difference_limit is not null
        order by indicators.stage desc, indicators.indicator_code
        """,
        *key,
    )
    for one in coefficients:
        value, limit = one["difference_coefficient"], one["difference_limit"]
        says = f"{'—' if value is None else beside(value, limit, one['coefficient_decimals'] or 3)} / {explain.shown(limit)}"
        name = f"{one['stage_zh']} {one['name_zh']}"
        found.parts.append(Part("resource", one["indicator_code"], name, one["verdict"], says, one["waiting_for"] or ""))
    query = f"select code, label_zh from {MARTS}.dim_code where list = 'verdict'"
    labels = {one["code"]: one["label_zh"] for one in records(marts, query)}
    schools = records(
        marts,
        f"""
        select verdicts.stage, coalesce(max(stages.label_zh), verdicts.stage) as stage_zh,
            {", ".join(f"count(*) filter (where verdict = '{verdict}') as {verdict}" for verdict in _ORDER)}
        from {MARTS}.fct_school_verdict as verdicts
        left join {MARTS}.dim_code as stages on stages.list = 'stage' and stages.code = verdicts.stage
        where county_code = ? and school_year = ? and ruleset_id = ? and verdict is not null
        group by verdicts.stage order by verdicts.stage desc
        """,
        *key,
    )
    for one in schools:
        verdict = next(name for name in _ORDER if one[name])
        says = "，".join(f"{labels[name]} {one[name]}" for name in reversed(_ORDER))
        found.parts.append(Part("resource", "schools", one["stage_zh"], verdict, says, ""))
    asked = records(
        marts,
        f"""
        select answered.*, asked.name_zh from {MARTS}.fct_county_requirement as answered
        inner join {MARTS}.dim_requirement as asked using (ruleset_id, requirement_code, part)
        where county_code = ? and school_year = ? and ruleset_id = ? and verdict is not null
        order by asked.display_order, part
        """,
        *key,
    )
    for one in asked:
        found.parts.append(
            Part(
                one["block"],
                one["requirement_code"],
                one["name_zh"],
                one["verdict"],
                one["conclusion_zh"],
                one["waiting_for_zh"] or "",
            )
        )
    for block in ("precondition", "resource", "government", "quality", "social"):
        _same(found, block, _fold(part for part in found.parts if part.block == block), row[f"{block}_verdict"])
    _same(found, "verdict", _fold(found.parts), row["verdict"])
    return found


def _fold(parts: Iterable[Part]) -> str | None:
    verdicts = {part.verdict for part in parts}
    return next((verdict for verdict in _ORDER if verdict in verdicts), None)
