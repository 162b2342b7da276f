"""资源缺口采购清单: what the schools of a county lack, with the money for it in 万元, by item and by school.

From ``rpt_school_option``, the usual way of each need; the prices are the county's own. What has none is undecided, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import duckdb

from junheng.core.printable import file_name
from publish.papers.school_plans import PlannedRuleset, PlanTexts, Row, money, plan_texts, planned_rulesets
from publish.papers.sheets import PaperPage, list_page, paper_book
from publish.tables.reading import CountyYear, read
from publish.tables.rows import DimCode, RptSchoolOption
from publish.words.formats import plain

TABLES = ("dim_code", "dim_county", "dim_ruleset", "fct_school_verdict", "rpt_school_option")
"""Marts that the paper reads."""


def purchases(connection: duckdb.DuckDBPyConnection, county: CountyYear, foot: Mapping[str, str]) -> dict[str, bytes]:
    """Workbooks of a county in its newest year, by file name: one for each rule set under which its schools lack something."""
    texts, books = plan_texts(), {}
    query = "from marts.dim_code where list = 'stage'"
    stages = {row["code"]: row["label_zh"] for row in read(connection, DimCode, query)}
    for ruleset in planned_rulesets(connection, county):
        ways = read(
            connection,
            RptSchoolOption,
            """
            from marts.rpt_school_option
            where county_code = ? and school_year = ? and ruleset_id = ? and option_order = 1
            order by display_order nulls last, school_code, requirement_code, part
            """,
            *(county.code, county.year, ruleset["ruleset_id"]),
        )
        if ways:
            edges = {**foot, "county": county.name, "year": ruleset["school_year_label"]}
            named = texts.purchases.file.format(ruleset=ruleset["name_zh"], year=ruleset["school_year_label"])
            books[file_name(named, ".xlsx")] = paper_book(_pages(ways, county, ruleset, stages), edges)
    return books


def _pages(
    ways: Sequence[RptSchoolOption], county: CountyYear, ruleset: PlannedRuleset, stages: Mapping[str, str]
) -> list[PaperPage]:
    texts = plan_texts()
    priced = [way["cost_wan_yuan"] for way in ways if way["cost_wan_yuan"] is not None]
    values = {
        "county": county.name,
        "year": ruleset["school_year_label"],
        "ruleset": ruleset["name_zh"],
        "sum": plain(sum(priced, Decimal(0))),
        "undecided": sum(way["needs_money"] and way["cost_wan_yuan"] is None for way in ways),
    }
    lines: list[Row] = [
        {
            **way,
            "number": number,
            "part_zh": texts.whole_school if way["part"] == "all" else stages.get(way["part"], ""),
            "money": money(way, texts),
        }
        for number, way in enumerate(ways, 1)
    ]
    shown = ((texts.purchases.whole, _items(ways, texts)), (texts.purchases.by_school, lines))
    return [list_page(page, rows, values, texts.purchases.notes) for page, rows in shown]


def _items(ways: Sequence[RptSchoolOption], texts: PlanTexts) -> list[Row]:
    """A line for each item: its sums, null as soon as one of them is not known."""
    items: dict[tuple[str, str, str], list[RptSchoolOption]] = {}
    for way in ways:
        items.setdefault((way["requirement_code"], way["item_zh"], way["option_code"]), []).append(way)
    lines: list[Row] = []
    for key in sorted(items):
        of_item, first = items[key], items[key][0]
        price = first["unit_cost_wan_yuan"]
        lines.append(
            {
                **first,
                "schools": len({way["school_code"] for way in of_item}),
                "quantity": _whole([way["quantity"] for way in of_item]),
                "price": texts.no_money if not first["needs_money"] else texts.undecided if price is None else price,
                "money": money({**first, "cost_wan_yuan": _whole([way["cost_wan_yuan"] for way in of_item])}, texts),
            }
        )
    return lines


def _whole(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The sum; None where one of them is not known."""
    return None if None in amounts else sum((value for value in amounts if value is not None), Decimal(0))
