"""A county's difference coefficient, derived again from the figures of its schools."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction

import duckdb

from ingest.inspect.original import Original
from junheng.core.home import Home
from publish.release.release import Release
from publish.tables.artifacts import MARTS
from publish.tables.reading import rows_as
from publish.tables.rows import DimCounty, DimIndicator, FctCountyContribution, FctCountyIndicator
from publish.trust.agreement import hold
from publish.trust.derivation import Derivation, Deriver, NamedFigure
from publish.trust.exact import compares_rounded, rounded
from publish.trust.lineage import in_force

_PRECISE = Context(prec=40)


class NamedCoefficient(FctCountyIndicator):
    """A coefficient with the names of its indicator."""

    name_zh: str
    name_en: str


@dataclass
class CountyFigure:
    """A difference coefficient of one stage."""

    county_name: str
    published: FctCountyIndicator
    indicator: DimIndicator
    schools: list[Derivation] = field(default_factory=list)
    shares: dict[str, FctCountyContribution] = field(default_factory=dict)
    """By school."""
    parts: list[NamedCoefficient] = field(default_factory=list)
    """Of a composite: the coefficients it is the mean of."""
    mean: Fraction | None = None
    coefficient: Decimal | None = None
    problems: list[str] = field(default_factory=list)


def county_figures(
    home: Home,
    release: Release,
    marts: duckdb.DuckDBPyConnection,
    county: DimCounty,
    rows: list[FctCountyIndicator],
    *,
    recompute: bool,
) -> list[CountyFigure]:
    """Coefficients: of each school the derivation of its figure; a composite from the coefficients it is made of."""
    indicators = {
        (row["ruleset_id"], row["indicator_code"], row["stage"]): row
        for row in rows_as(marts, DimIndicator, f"select * from {MARTS}.dim_indicator")
    }
    by_rounded = compares_rounded(marts)
    figures: list[CountyFigure] = []
    simple = []
    for row in rows:
        indicator = indicators[row["ruleset_id"], row["indicator_code"], row["stage"]]
        figure = CountyFigure(county["county_name"], row, indicator)
        figures.append(figure)
        if indicator["is_composite"]:
            _compose(marts, figure)
        else:
            simple.append(figure)
    if simple:
        with in_force(home, release, recompute=recompute) as models:
            originals: dict[str, Original] = {}
            for figure in simple:
                _derive(home, marts, models, county, figure, originals, by_rounded)
    return figures


def _key(figure: CountyFigure) -> tuple[str, int, str, str, str]:
    row = figure.published
    return row["county_code"], row["school_year"], row["ruleset_id"], row["indicator_code"], row["stage"]


def _derive(
    home: Home,
    marts: duckdb.DuckDBPyConnection,
    models: duckdb.DuckDBPyConnection,
    county: DimCounty,
    figure: CountyFigure,
    originals: dict[str, Original],
    by_rounded: set[str],
) -> None:
    """Derive every school of a coefficient, and the coefficient from them."""
    where = "county_code = ? and school_year = ? and ruleset_id = ? and indicator_code = ? and stage = ?"
    shares = rows_as(marts, FctCountyContribution, f"select * from {MARTS}.fct_county_contribution where {where}", *_key(figure))
    figure.shares = {row["school_code"]: row for row in shares}
    schools = rows_as(
        marts,
        NamedFigure,
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
        *_key(figure),
    )
    for row in schools:
        deriver = Deriver(home, models, county, row, originals)
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
        hold(figure.problems, "difference_coefficient", None, figure.published["difference_coefficient"])
        return
    scale = figure.indicator["scale"] or 1
    figure.mean = sum((amount for amount, _, _ in known), Fraction(0)) * scale / pupils
    variance = sum((p * (value - figure.mean) ** 2 for _, p, value in known), Fraction(0)) / pupils
    if figure.mean:
        square = variance / figure.mean**2
        figure.coefficient = _PRECISE.divide(Decimal(square.numerator), Decimal(square.denominator)).sqrt(_PRECISE)
    hold(figure.problems, "county_mean", rounded(figure.mean), figure.published["county_mean"])
    hold(figure.problems, "difference_coefficient", figure.coefficient, figure.published["difference_coefficient"])


def _compose(marts: duckdb.DuckDBPyConnection, figure: CountyFigure) -> None:
    """A composite: the plain mean of the coefficients of its stage."""
    county, year, ruleset, code, stage = _key(figure)
    figure.parts = rows_as(
        marts,
        NamedCoefficient,
        f"""
        select figures.*, indicators.name_zh, indicators.name_en
        from {MARTS}.fct_county_indicator as figures
        inner join {MARTS}.dim_indicator as indicators using (ruleset_id, indicator_code, stage)
        where county_code = ? and school_year = ? and ruleset_id = ? and indicator_code <> ? and stage = ?
        order by indicator_code
        """,
        *(county, year, ruleset, code, stage),
    )
    known = [Fraction(part["difference_coefficient"]) for part in figure.parts if part["difference_coefficient"] is not None]
    if known and len(known) == len(figure.parts):
        total = sum(known, Fraction(0)) / len(known)
        figure.coefficient = _PRECISE.divide(Decimal(total.numerator), Decimal(total.denominator))
    hold(figure.problems, "difference_coefficient", figure.coefficient, figure.published["difference_coefficient"])
    _judge(figure, compares_rounded(marts))


def _judge(figure: CountyFigure, by_rounded: set[str]) -> None:
    """The verdict that the coefficient gives, against the published one."""
    limit = figure.published["difference_limit"]
    if limit is None:
        return
    compared = figure.published["difference_coefficient"]
    if compared is not None and figure.published["ruleset_id"] in by_rounded:
        compared = figure.published["difference_coefficient_rounded"]
    mine = "undecided" if compared is None else "met" if Decimal(compared) <= Decimal(limit) * (1 + Decimal("1e-12")) else "unmet"
    hold(figure.problems, "verdict", mine, figure.published["verdict"])
