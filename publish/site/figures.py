"""A page for each county indicator: the formula with its numbers, the split, each school's amount, checks, corrections.

Pages lie in ``figures/`` beside the county pages, for the newest school year. Every number is one of the marts; where a page
shows fewer decimals, the exact figure stands in the cell's title.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb

from ingest.schema.source import load_source
from junheng.core.sql import records
from publish.site.model import Listed
from publish.site.page import Indicators, corrections_listed, ruleset_name, stage_label
from publish.tables.artifacts import MARTS
from publish.tables.reading import STAGES, CountyYear, Row
from publish.words.environment import environment
from publish.words.formats import beside, exact, fixed, plain, school_year, with_ratio
from publish.words.seeds import Term, rule_terms, split_weights
from publish.words.texts import texts

FOLDER = "figures"
SOURCE = "school_census"
_DECIMALS = 4
"""Of amounts on a page."""

Key = tuple[str, str]
"""Rule set and indicator."""


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


def _number(value: Any) -> Number:
    """With at most four decimals."""
    if value is None:
        return _nothing()
    number = exact(value)
    return Number(plain(number.quantize(Decimal(1).scaleb(-_DECIMALS), ROUND_HALF_UP)), plain(number))


def _fixed(value: Any, decimals: int) -> Number:
    return _nothing() if value is None else Number(fixed(value, decimals), plain(value))


def _items(terms: Sequence[Term]) -> str:
    """A sum of factor × item in words."""
    source = load_source(SOURCE)
    parts = []
    for number, term in enumerate(terms):
        sign = "−" if term.factor < 0 else "+" if number else ""
        factor = abs(term.factor)
        label = source.field(term.item).zh
        parts.append(f"{sign} {label}" if factor == 1 else f"{sign} {label} × {plain(factor)}")
    return " ".join(parts).strip()


class _County:
    """All rows of one county in its newest year."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, county: CountyYear, indicators: Indicators) -> None:
        self.county = county
        self.indicators = indicators
        key = [county.code, county.year]
        self.coefficients = self._by_key(
            records(connection, f"select * from {MARTS}.fct_county_indicator where county_code = ? and school_year = ?", *key)
        )
        self.schools = self._by_key(
            records(
                connection,
                f"""
                select figures.*, school_name, display_order, pupil_share, term
                from {MARTS}.fct_school_indicator as figures
                left join {MARTS}.dim_school using (county_code, school_year, school_code)
                left join {MARTS}.fct_county_contribution
                    using (county_code, school_year, school_code, stage, indicator_code, ruleset_id)
                where county_code = ? and school_year = ?
                order by display_order nulls last, school_code
                """,
                *key,
            )
        )
        self.more_stages = {
            (row["ruleset_id"], row["school_code"])
            for row in records(
                connection,
                f"""
                select distinct ruleset_id, school_code from {MARTS}.dim_school_scope
                where county_code = ? and school_year = ? and block = 'resource' and stage = 'senior'
                """,
                *key,
            )
        }
        self.checks = _checks(connection, county.code, county.year)

    @staticmethod
    def _by_key(rows: list[Row]) -> dict[Key, list[Row]]:
        found: dict[Key, list[Row]] = defaultdict(list)
        for row in rows:
            found[row["ruleset_id"], row["indicator_code"]].append(row)
        return found

    def pages(self, corrections: Sequence[Row]) -> Iterator[tuple[str, FigurePage]]:
        own = [r for r in corrections if (r["county_code"], r["school_year"]) == (self.county.code, self.county.year)]
        for (ruleset_id, code), rows in self.coefficients.items():
            yield page_name(self.county.code, ruleset_id, code), self._page(ruleset_id, code, rows, own)

    def _page(self, ruleset_id: str, code: str, rows: list[Row], corrections: list[Row]) -> FigurePage:
        rows = sorted(rows, key=lambda row: STAGES.index(row["stage"]))
        first = self.indicators[ruleset_id, code, rows[0]["stage"]]
        terms = {row["stage"]: rule_terms(ruleset_id, code, row["stage"]) for row in rows}
        fields = {term.item for own in terms.values() for term in own} | {f"pupils_{row['stage']}" for row in rows}
        sums = {_items(own): stage for stage, own in reversed(terms.items()) if own}
        weights = split_weights(ruleset_id)
        return FigurePage(
            county=self.county.name,
            year_label=school_year(self.county.year),
            ruleset=ruleset_name(ruleset_id),
            code="" if first["is_composite"] else code,
            name=first["name_zh"],
            document=first["source_document"] or "",
            items=[
                _say("items", stage=stage_label(stage) if len(sums) > 1 else "", items=text)
                for text, stage in reversed(sums.items())
            ],
            is_split=bool(first.get("is_split")),
            weights="、".join(f"{stage_label(s)} {plain(w)}" for s, w in weights.items() if s in STAGES and w),
            stages=[self._stage(ruleset_id, code, row) for row in rows],
            corrections=corrections_listed([row for row in corrections if row["field"] in fields]),
        )

    def _stage(self, ruleset_id: str, code: str, row: Row) -> StageFigure:
        stage = row["stage"]
        indicator = self.indicators[ruleset_id, code, stage]
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

    def _formula(self, row: Row, indicator: Row, schools: list[Row]) -> list[str]:
        if row["county_mean"] is None:
            return []
        total = sum((exact(school["numerator"]) for school in schools if school["numerator"] is not None), Decimal(0))
        mean, pupils = plain(row["county_mean"]), plain(row["pupils"])
        shown = with_ratio(mean, row["county_mean"], indicator["shown_as"])
        scale = "" if indicator["scale"] == 1 else f" × {indicator['scale']}"
        lines = [_say("mean", amount=plain(total), scale=scale, pupils=pupils, mean=shown, unit=indicator["unit"] or "")]
        terms = [school["term"] for school in schools if school["term"] is not None]
        if terms:
            lines.append(_say("terms", total=plain(sum(map(exact, terms), Decimal(0)))))
        if row["difference_coefficient"] is not None:
            values = {"deviation": plain(row["standard_deviation"]), "coefficient": plain(row["difference_coefficient"])}
            lines.append(_say("coefficient", mean=mean, **values))
        return lines

    def _composite(self, ruleset_id: str, row: Row) -> list[str]:
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

    def _result(self, row: Row, indicator: Row) -> list[str]:
        if row["difference_coefficient"] is None:
            provisional = row["provisional_coefficient"]
            return [] if provisional is None else [_say("provisional", value=plain(provisional))]
        decimals = indicator.get("coefficient_decimals") or 3
        printed = plain(row["difference_coefficient_rounded"], decimals)
        if row["difference_limit"] is None:
            return [_say("result_plain", printed=printed)]
        return [_say("result", printed=printed, limit=plain(row["difference_limit"], 2))]

    def _school(self, ruleset_id: str, code: str, row: Row, indicator: Row) -> SchoolFigure:
        value = row["value"]
        shown = "" if value is None else beside(value, row["standard"], indicator["decimals"])
        return SchoolFigure(
            code=row["school_code"],
            name=row["school_name"] or row["school_code"],
            amount=_number(row["numerator"]),
            split=self._split(ruleset_id, code, row) if indicator.get("is_split") else "",
            pupils=_number(row["pupils"]),
            value=_nothing() if value is None else Number(with_ratio(shown, value, indicator["shown_as"]), plain(value)),
            verdict=row["verdict"],
            relaxation=row["relaxation_code"] or "",
            share=_fixed(None if row["pupil_share"] is None else exact(row["pupil_share"]) * 100, 2),
            term=_fixed(row["term"], 6),
        )

    def _split(self, ruleset_id: str, code: str, row: Row) -> str:
        """The split of a combined school: whole amount × own weighted pupils ÷ all weighted pupils."""
        if (ruleset_id, row["school_code"]) in self.more_stages:
            return _say("split_senior")
        own = [s for s in self.schools[ruleset_id, code] if s["school_code"] == row["school_code"]]
        if len(own) < 2 or any(s["numerator"] is None or s["pupils"] is None for s in own):
            return ""
        weights = split_weights(ruleset_id)
        parts = {s["stage"]: f"{plain(weights[s['stage']])} × {plain(s['pupils'])}" for s in own}
        whole = sum((exact(s["numerator"]) for s in own), Decimal(0))
        return _say("split", whole=_number(whole).shown, own=parts[row["stage"]], all=" + ".join(parts.values()))


def _checks(connection: duckdb.DuckDBPyConnection, county: str, year: int) -> list[CheckLine]:
    """Checks of the census of a county and year, and of the census as a whole; those that found something first.

    Without those of the second engine, which asks the same again.
    """
    found = records(
        connection,
        f"""
        select coalesce(title_zh, check_id) as title, status, count(*) as n from {MARTS}.aud_check_result
        where source = ? and ((county_code = ? and school_year = ?) or county_code is null) and engine not in ('gx', 'gx_sql')
        group by all order by title
        """,
        *(SOURCE, county, year),
    )
    said = texts()["check_statuses"]
    by_check: dict[str, dict[str, int]] = defaultdict(dict)
    for row in found:
        by_check[row["title"]][row["status"]] = row["n"]
    order = [*said]
    found_nothing = {"pass", "no_data"}
    lines = [
        (counts.keys() <= found_nothing, check, [(said[status], counts[status]) for status in sorted(counts, key=order.index)])
        for check, counts in by_check.items()
    ]
    return [CheckLine(title, statuses) for _, title, statuses in sorted(lines)]


def write_figure_pages(
    connection: duckdb.DuckDBPyConnection,
    counties: Sequence[CountyYear],
    indicators: Indicators,
    corrections: Sequence[Row],
    shared: dict[str, Any],
    out_dir: Path,
    back: str | None,
) -> None:
    """Write the pages of these counties to ``<out_dir>/figures``. ``back``: page of a single county; None: each has its own."""
    folder = out_dir / FOLDER
    folder.mkdir(exist_ok=True)
    template = environment().get_template("figure.html.j2")
    for county in counties:
        rows = _County(connection, county, indicators)
        said = shared | {"audit": "../../audit/", "back": f"../{back or county.code + '.html'}", "checks": rows.checks}
        for name, page in rows.pages(corrections):
            (folder / name).write_text(template.render(page=page, **said), encoding="utf-8")
