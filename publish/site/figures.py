"""A page for each county indicator: the formula with its numbers, the split, each school's amount, checks, corrections.

Pages lie in ``figures/`` beside the county pages, for the newest school year. Every number is one of the marts; where a page
shows fewer decimals, the exact figure stands in the cell's title.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TypedDict

import duckdb

from ingest.schema.source import load_source
from publish.site.corrections import corrections_listed
from publish.site.labels import Labels, stage_label
from publish.site.model import Listed
from publish.tables.artifacts import MARTS
from publish.tables.reading import STAGES, CountyYear, read
from publish.tables.rows import (
    AudCorrection,
    DimIndicator,
    DimIndicatorTerm,
    DimSchoolScope,
    DimSplitWeight,
    FctCountyIndicator,
    FctSchoolIndicator,
)
from publish.words.environment import environment
from publish.words.formats import exact, fixed, plain, school_year, with_ratio
from publish.words.texts import texts

FOLDER = "figures"
SOURCE = "school_census"
_DECIMALS = 4
"""Of amounts on a page."""

Key = tuple[str, str]
"""Rule set and indicator."""
StageKey = tuple[str, str, str]
"""Rule set, indicator and stage."""


class SchoolShare(FctSchoolIndicator):
    """What a school holds, with its name, its share of the pupils and what it adds to the coefficient."""

    school_name: str | None
    pupil_share: Decimal | None
    term: Decimal | None


class CheckCount(TypedDict):
    """Results of a check with one status."""

    title: str
    status: str
    n: int


@dataclass(frozen=True)
class Number:
    """A number as it is printed, and exactly."""

    shown: str
    exact: str


@dataclass(frozen=True)
class SchoolFigure:
    """What one school adds to a coefficient."""

    code: str
    name: str
    amount: Number
    split: str
    """How its amount was split over its stages; empty where nothing was."""
    pupils: Number
    value: Number
    verdict: str | None
    relaxation: str
    share: Number
    term: Number


@dataclass(frozen=True)
class StageFigure:
    """A coefficient of one stage and how it comes about."""

    label: str
    verdict: str | None
    lines: list[str]
    waiting: str
    schools: list[SchoolFigure]


@dataclass(frozen=True)
class CheckLine:
    """A check of the census the figures rest on: how it ended, how often."""

    title: str
    statuses: list[tuple[str, int]]


@dataclass(frozen=True)
class FigurePage:
    """One indicator of one county."""

    county: str
    year_label: str
    ruleset: str
    code: str
    name: str
    document: str
    items: list[str]
    """The amount as a sum of items, one line per stage that has its own."""
    is_split: bool
    weights: str
    stages: list[StageFigure]
    corrections: Listed | None


def page_name(county: str, ruleset_id: str, indicator: str) -> str:
    """File name of a page."""
    return f"{county}-{ruleset_id}-{indicator}.html"


def _say(key: str, **values: object) -> str:
    return str(texts()["figure"][key]).format(**values)


def _nothing() -> Number:
    nothing = str(texts()["page"]["no_value"])
    return Number(nothing, nothing)


def _number(value: Decimal | int | None) -> Number:
    """With at most four decimals."""
    if value is None:
        return _nothing()
    number = exact(value)
    return Number(plain(number.quantize(Decimal(1).scaleb(-_DECIMALS), ROUND_HALF_UP)), plain(number))


def _fixed(value: Decimal | None, decimals: int) -> Number:
    return _nothing() if value is None else Number(fixed(value, decimals), plain(value))


def _items(terms: Sequence[DimIndicatorTerm]) -> str:
    """A sum of factor × item in words."""
    source = load_source(SOURCE)
    parts = []
    for number, term in enumerate(terms):
        sign = "−" if term["factor"] < 0 else "+" if number else ""
        factor = abs(term["factor"])
        label = source.field(term["item"]).zh
        parts.append(f"{sign} {label}" if factor == 1 else f"{sign} {label} × {plain(factor)}")
    return " ".join(parts).strip()


class _Formulas:
    """Amounts of the indicators and weights of the split, as the release says them of each rule set."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.terms: dict[StageKey, list[DimIndicatorTerm]] = defaultdict(list)
        for term in read(connection, DimIndicatorTerm, f"from {MARTS}.dim_indicator_term order by factor desc, item"):
            self.terms[term["ruleset_id"], term["indicator_code"], term["stage"]].append(term)
        self.weights: dict[str, dict[str, Decimal]] = defaultdict(dict)
        for row in read(connection, DimSplitWeight, f"from {MARTS}.dim_split_weight"):
            self.weights[row["ruleset_id"]][row["stage"]] = row["weight"]


class _County:
    """All rows of one county in its newest year."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, county: CountyYear, rulesets: Mapping[str, Labels], formulas: _Formulas
    ) -> None:
        self.county = county
        self.rulesets = rulesets
        self.formulas = formulas
        key = county.code, county.year
        self.coefficients: dict[Key, list[FctCountyIndicator]] = defaultdict(list)
        query = f"from {MARTS}.fct_county_indicator where county_code = ? and school_year = ?"
        for coefficient in read(connection, FctCountyIndicator, query, *key):
            self.coefficients[coefficient["ruleset_id"], coefficient["indicator_code"]].append(coefficient)
        self.schools: dict[Key, list[SchoolShare]] = defaultdict(list)
        for school in read(
            connection,
            SchoolShare,
            f"""
            select figures.*, school_name, pupil_share, term
            from {MARTS}.fct_school_indicator as figures
            left join {MARTS}.dim_school using (county_code, school_year, school_code)
            left join {MARTS}.fct_county_contribution
                using (county_code, school_year, school_code, stage, indicator_code, ruleset_id)
            where county_code = ? and school_year = ?
            order by display_order nulls last, school_code
            """,
            *key,
        ):
            self.schools[school["ruleset_id"], school["indicator_code"]].append(school)
        query = (
            f"from {MARTS}.dim_school_scope where county_code = ? and school_year = ? and block = 'resource' and stage = 'senior'"
        )
        self.more_stages = {(row["ruleset_id"], row["school_code"]) for row in read(connection, DimSchoolScope, query, *key)}
        self.checks = _checks(connection, county.code, county.year)

    def pages(self, corrections: Sequence[AudCorrection]) -> Iterator[tuple[str, FigurePage]]:
        of_county = [r for r in corrections if (r["county_code"], r["school_year"]) == (self.county.code, self.county.year)]
        for (ruleset_id, code), rows in self.coefficients.items():
            yield page_name(self.county.code, ruleset_id, code), self._page(ruleset_id, code, rows, of_county)

    def _page(self, ruleset_id: str, code: str, rows: list[FctCountyIndicator], corrections: list[AudCorrection]) -> FigurePage:
        rows = sorted(rows, key=lambda row: STAGES.index(row["stage"]))
        first = self.rulesets[ruleset_id].row(code, rows[0]["stage"])
        terms = {row["stage"]: self.formulas.terms[ruleset_id, code, row["stage"]] for row in rows}
        fields = {term["item"] for of_stage in terms.values() for term in of_stage} | {f"pupils_{row['stage']}" for row in rows}
        sums = {_items(of_stage): stage for stage, of_stage in reversed(terms.items()) if of_stage}
        weights = {stage: self.formulas.weights[ruleset_id].get(stage) for stage in STAGES}
        return FigurePage(
            county=self.county.name,
            year_label=school_year(self.county.year),
            ruleset=self.rulesets[ruleset_id].name,
            code="" if first["is_composite"] else code,
            name=first["name_zh"],
            document=first["source_document"],
            items=[
                _say("items", stage=stage_label(stage) if len(sums) > 1 else "", items=text)
                for text, stage in reversed(sums.items())
            ],
            is_split=first["is_split"],
            weights="、".join(f"{stage_label(s)} {plain(w)}" for s, w in weights.items() if w),
            stages=[self._stage(ruleset_id, code, row) for row in rows],
            corrections=corrections_listed([row for row in corrections if row["field"] in fields]),
        )

    def _stage(self, ruleset_id: str, code: str, row: FctCountyIndicator) -> StageFigure:
        stage = row["stage"]
        indicator = self.rulesets[ruleset_id].row(code, stage)
        schools = [school for school in self.schools[ruleset_id, code] if school["stage"] == stage]
        lines = self._composite(ruleset_id, row) if indicator["is_composite"] else self._formula(row, indicator, schools)
        waiting = ""
        if row["waiting_for"] or row["withheld_schools"]:
            waiting = _say("waiting", schools=row["waiting_for"] or row["withheld_schools"])
        return StageFigure(
            label=stage_label(stage),
            verdict=row["verdict"],
            lines=[*lines, *self._result(row, indicator)],
            waiting=waiting,
            schools=[self._school(ruleset_id, code, school, indicator) for school in schools],
        )

    def _formula(self, row: FctCountyIndicator, indicator: DimIndicator, schools: list[SchoolShare]) -> list[str]:
        if row["county_mean"] is None or row["pupils"] is None:
            return []
        total = sum((school["numerator"] for school in schools if school["numerator"] is not None), Decimal(0))
        mean, pupils = plain(row["county_mean"]), plain(row["pupils"])
        shown = with_ratio(mean, row["county_mean"], indicator["shown_as"])
        scale = "" if indicator["scale"] == 1 else f" × {indicator['scale']}"
        lines = [_say("mean", amount=plain(total), scale=scale, pupils=pupils, mean=shown, unit=indicator["unit"] or "")]
        terms = [school["term"] for school in schools if school["term"] is not None]
        if terms:
            lines.append(_say("terms", total=plain(sum(terms, Decimal(0)))))
        deviation, coefficient = row["standard_deviation"], row["difference_coefficient"]
        if deviation is not None and coefficient is not None:
            lines.append(_say("coefficient", mean=mean, deviation=plain(deviation), coefficient=plain(coefficient)))
        return lines

    def _composite(self, ruleset_id: str, row: FctCountyIndicator) -> list[str]:
        parts = [
            other
            for (ruleset, code), rows in sorted(self.coefficients.items())
            for other in rows
            if ruleset == ruleset_id and other["stage"] == row["stage"] and code != row["indicator_code"]
        ]
        named = [
            f"{other['indicator_code']} {plain(other['difference_coefficient'])}"
            for other in parts
            if other["difference_coefficient"] is not None
        ]
        if row["difference_coefficient"] is None:
            return [_say("composite_parts", parts="、".join(named))] if named else []
        coefficient = plain(row["difference_coefficient"])
        return [_say("composite", parts=" + ".join(named), count=len(parts), coefficient=coefficient)]

    def _result(self, row: FctCountyIndicator, indicator: DimIndicator) -> list[str]:
        rounded, provisional = row["difference_coefficient_rounded"], row["provisional_coefficient"]
        if rounded is None:
            return [] if provisional is None else [_say("provisional", value=plain(provisional))]
        printed = plain(rounded, indicator["coefficient_decimals"] or 3)
        if row["difference_limit"] is None:
            return [_say("result_plain", printed=printed)]
        return [_say("result", printed=printed, limit=plain(row["difference_limit"], 2))]

    def _school(self, ruleset_id: str, code: str, row: SchoolShare, indicator: DimIndicator) -> SchoolFigure:
        value, shown = row["value"], self.rulesets[ruleset_id].value(row)
        return SchoolFigure(
            code=row["school_code"],
            name=row["school_name"] or row["school_code"],
            amount=_number(row["numerator"]),
            split=self._split(ruleset_id, code, row) if indicator["is_split"] else "",
            pupils=_number(row["pupils"]),
            value=_nothing() if value is None else Number(with_ratio(shown, value, indicator["shown_as"]), plain(value)),
            verdict=row["verdict"],
            relaxation=row["relaxation_code"] or "",
            share=_fixed(None if row["pupil_share"] is None else row["pupil_share"] * 100, 2),
            term=_fixed(row["term"], 6),
        )

    def _split(self, ruleset_id: str, code: str, row: SchoolShare) -> str:
        """The split of a combined school: whole amount × own weighted pupils ÷ all weighted pupils."""
        if (ruleset_id, row["school_code"]) in self.more_stages:
            return _say("split_senior")
        stages = [stage for stage in self.schools[ruleset_id, code] if stage["school_code"] == row["school_code"]]
        amounts = [stage["numerator"] for stage in stages if stage["numerator"] is not None]
        pupils = {stage["stage"]: stage["pupils"] for stage in stages if stage["pupils"] is not None}
        if len(stages) < 2 or len(amounts) < len(stages) or len(pupils) < len(stages):
            return ""
        weights = self.formulas.weights[ruleset_id]
        parts = {stage: f"{plain(weights[stage])} × {plain(number)}" for stage, number in pupils.items()}
        whole = sum(amounts, Decimal(0))
        return _say("split", whole=_number(whole).shown, own=parts[row["stage"]], all=" + ".join(parts.values()))


def _checks(connection: duckdb.DuckDBPyConnection, county: str, year: int) -> list[CheckLine]:
    """Checks of the census of a county and year, and of the census as a whole; those that found something first.

    Without those of the second engine, which asks the same again.
    """
    counts = read(
        connection,
        CheckCount,
        f"""
        select coalesce(title_zh, check_id) as title, status, count(*) as n from {MARTS}.aud_check_result
        where source = ? and ((county_code = ? and school_year = ?) or county_code is null) and engine not in ('gx', 'gx_sql')
        group by all order by title
        """,
        *(SOURCE, county, year),
    )
    labels = texts()["check_statuses"]
    by_check: dict[str, dict[str, int]] = defaultdict(dict)
    for row in counts:
        by_check[row["title"]][row["status"]] = row["n"]
    quiet = {"pass", "no_data"}
    order = sorted(by_check, key=lambda title: (by_check[title].keys() <= quiet, title))
    return [
        CheckLine(title, [(label, by_check[title][status]) for status, label in labels.items() if status in by_check[title]])
        for title in order
    ]


def write_figure_pages(
    connection: duckdb.DuckDBPyConnection,
    counties: Sequence[CountyYear],
    rulesets: Mapping[str, Labels],
    corrections: Sequence[AudCorrection],
    shared: Mapping[str, object],
    out_dir: Path,
    back: str | None,
) -> dict[tuple[str, str], str]:
    """Write the pages of these counties to ``<out_dir>/figures``. ``back``: page of a single county; None: each has its own.

    Returns their paths below the site, by county and ``ruleset-indicator``.
    """
    folder = out_dir / FOLDER
    folder.mkdir(exist_ok=True)
    template = environment().get_template("figure.html.j2")
    formulas, written = _Formulas(connection), dict[tuple[str, str], str]()
    for county in counties:
        figures = _County(connection, county, rulesets, formulas)
        beside = {**shared, "audit": "../../audit/", "back": f"../{back or county.code + '.html'}", "checks": figures.checks}
        for name, page in figures.pages(corrections):
            (folder / name).write_text(template.render(page=page, **beside), encoding="utf-8")
            written[county.code, name.removeprefix(f"{county.code}-").removesuffix(".html")] = f"{FOLDER}/{name}"
    return written
