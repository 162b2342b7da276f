"""A county as a problem: what a build says of its schools, what the county's prices are, what it says is possible."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import duckdb

from junheng.core.sql import records
from planning.class_sizes import CrowdedStage, crowded, listed_rooms
from planning.plan_texts import plan_texts
from planning.problem import WHOLE, Amount, CellKey, Problem, StageRule, Standing, Way
from planning.solver import plan_settings

_STANDINGS = """
    select amounts.school_code, amounts.stage, amounts.indicator_code, indicators.is_split, amounts.amount, amounts.pupils,
        amounts.stage_weight, amounts.weighted_pupils, indicators.scale, indicators.standard, indicators.floor,
        indicators.difference_limit, indicators.name_zh, indicators.unit, indicators.counts_whole_units
    from intermediate.int_balance__stage_amounts as amounts
    inner join intermediate.int_rules__indicator as indicators using (ruleset_id, indicator_code, stage)
    where amounts.county_code = ? and amounts.school_year = ? and amounts.ruleset_id = ?
    order by amounts.stage desc, amounts.indicator_code, amounts.school_code
"""
_RULESETS = """
    select distinct judged.school_year, judged.ruleset_id, rulesets.name_zh, rulesets.min_met
    from marts.fct_school_verdict as judged inner join marts.dim_ruleset as rulesets using (ruleset_id)
    where judged.county_code = ? and rulesets.min_met is not null
    qualify judged.school_year = max(judged.school_year) over ()
    order by judged.ruleset_id desc
"""
_SCHOOLS = """
    select schools.school_code, schools.school_name, schools.township, areas.area, groups.group_name
    from marts.dim_school as schools
    left join seeds.urban_rural_areas as areas using (urban_rural_code)
    left join (
        select county_code, school_year, school_code, min(group_name) as group_name from marts.brg_school_group group by all
    ) as groups using (county_code, school_year, school_code)
    where schools.county_code = ? and schools.school_year = ?
"""
_COSTS = """
    select costs.requirement_code, costs.option_code, costs.needs_money, costs.unit, codes.label_zh,
        coalesce(own.unit_cost_wan_yuan, costs.unit_cost_wan_yuan) as unit_cost_wan_yuan
    from intermediate.int_rules__unit_cost as costs
    left join run.unit_cost as own using (county_code, requirement_code, part, option_code)
    left join marts.dim_code as codes on codes.list = 'resource_option' and codes.code = costs.option_code
    where costs.county_code = ?
    order by costs.requirement_code, costs.option_order
"""


class NotPlanned(ValueError):
    """No plan can be asked for; the message is a Chinese sentence."""


@dataclass(frozen=True)
class SchoolLabel:
    """What people call a school, and where it belongs; empty: nobody says."""

    name: str
    township: str
    area: str = ""
    """``urban``, ``town`` or ``rural``."""
    group: str = ""
    """Of schools (集团); empty: none."""


@dataclass(frozen=True)
class IndicatorName:
    """What people call an indicator, and its unit."""

    name: str
    unit: str


@dataclass(frozen=True)
class CountyToPlan:
    """A county of a build, ready to be planned."""

    code: str
    name: str
    year: int
    ruleset_id: str
    ruleset_name: str
    problem: Problem
    schools: Mapping[str, SchoolLabel]
    indicators: Mapping[str, IndicatorName]
    stages: Mapping[str, str]
    options: Mapping[str, str]
    crowded: tuple[CrowdedStage, ...] = ()
    """Stages of schools with classes above the limit of their size."""
    class_price: Decimal | None = None
    """万元 of a class more; None: nobody says."""
    only_stage: str | None = None
    """The one stage that is planned, where it is not all of them."""
    unavailable: list[tuple[str, str, str]] = field(default_factory=list)
    """Indicator, way, and why it cannot be planned."""


Limits = Mapping[tuple[str, str, str], Decimal]
"""The most that is possible, by school, indicator and way."""


def read_limits(path: Path | None, options: Mapping[str, str]) -> Limits:
    """The county's list of what is possible. Raises NotPlanned with file and row."""
    limits: dict[tuple[str, str, str], Decimal] = {}
    if path is None:
        return limits
    texts = plan_texts()
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            if missing := [name for name in texts.limits if name not in (reader.fieldnames or ())]:
                raise NotPlanned(texts.say("limit_columns", file=path.name, columns="、".join(missing)))
            lines = [[(row[name] or "").strip() for name in texts.limits] for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotPlanned(texts.say("limits_unreadable", file=path.name)) from error
    codes = {label: code for code, label in options.items()} | {code: code for code in options}
    for number, (school, indicator, option, most) in enumerate(lines, 2):
        place = {"file": path.name, "row": number}
        try:
            amount = Decimal(most)
        except InvalidOperation:
            amount = Decimal(-1)
        key = school, indicator, codes.get(option, option)
        if not amount.is_finite() or amount < 0:
            raise NotPlanned(texts.say("limit_amount", **place, value=most))
        if option not in codes or indicator not in plan_settings().ways:
            raise NotPlanned(texts.say("limit_unknown", **place, value=f"{indicator} {option}"))
        if key in limits:
            raise NotPlanned(texts.say("limit_twice", **place))
        limits[key] = amount
    return limits


def read_county(
    connection: duckdb.DuckDBPyConnection, code: str, ruleset: str | None, stage: str | None, limits_file: Path | None
) -> CountyToPlan:
    """A county in its newest year. ``stage``: that stage alone. Raises NotPlanned."""
    texts = plan_texts()
    rulesets = records(connection, _RULESETS, code)
    if not rulesets:
        raise NotPlanned(texts.say("no_county", county=code))
    chosen = next((row for row in rulesets if ruleset in (None, row["ruleset_id"])), None)
    if chosen is None:
        raise NotPlanned(texts.say("no_ruleset", ruleset=ruleset, known="、".join(row["ruleset_id"] for row in rulesets)))
    year = chosen["school_year"]
    rows = [row for row in records(connection, _STANDINGS, code, year, chosen["ruleset_id"]) if stage in (None, row["stage"])]
    if not rows:
        raise NotPlanned(texts.say("no_stage", county=code))
    costs = records(connection, _COSTS, code)
    options = {row["option_code"]: row["label_zh"] or row["option_code"] for row in costs}
    limits = _within_rooms(connection, read_limits(limits_file, options), rows, code, year)
    ways, unavailable = _ways(costs, {row["indicator_code"] for row in rows})
    labels = records(connection, "select code, label_zh from marts.dim_code where list = 'stage'")
    schools = {row["school_code"]: row for row in records(connection, _SCHOOLS, code, year)}
    if strange := sorted({school for school, _, _ in limits} - schools.keys()):
        raise NotPlanned(texts.say("limit_school", file=limits_file.name if limits_file else "", schools="、".join(strange)))
    settings = plan_settings().class_way
    place = code, year, chosen["ruleset_id"]
    name = records(connection, "select county_name from marts.dim_county where county_code = ? limit 1", code)
    return CountyToPlan(
        code=code,
        name=name[0]["county_name"] if name and name[0]["county_name"] else code,
        year=year,
        ruleset_id=chosen["ruleset_id"],
        ruleset_name=chosen["name_zh"],
        problem=_problem(rows, ways, limits, chosen["min_met"]),
        crowded=tuple(crowded(connection, place, sorted({row["stage"] for row in rows}), plan_settings().classrooms)),
        class_price=next(
            (
                Decimal(str(row["unit_cost_wan_yuan"]))
                for row in costs
                if (row["requirement_code"], row["option_code"]) == (settings.requirement, settings.priced_as)
                and row["unit_cost_wan_yuan"] is not None
            ),
            None,
        ),
        schools={
            key: SchoolLabel(row["school_name"] or key, row["township"] or "", row["area"] or "", row["group_name"] or "")
            for key, row in schools.items()
        },
        indicators={row["indicator_code"]: IndicatorName(row["name_zh"], row["unit"]) for row in rows},
        stages={row["code"]: row["label_zh"] for row in labels} | {WHOLE: texts.whole_school},
        options=options,
        only_stage=stage,
        unavailable=unavailable,
    )


def _within_rooms(
    connection: duckdb.DuckDBPyConnection, limits: Limits, rows: Sequence[dict[str, Any]], code: str, year: int
) -> Limits:
    """The limits, and where a school lists its rooms no more equipped ones than there are."""
    within = dict(limits)
    for indicator, option in plan_settings().equips_rooms.items():
        present = {row["school_code"]: row["amount"] for row in rows if row["indicator_code"] == indicator}
        for school, rooms in listed_rooms(connection, code, year, plan_settings().classrooms).items():
            if present.get(school) is not None:
                most = max(Decimal(rooms) - Decimal(str(present[school])), Decimal(0))
                key = school, indicator, option
                within[key] = min(within.get(key, most), most)
    return within


def _ways(costs: Sequence[dict[str, object]], indicators: set[str]) -> tuple[dict[str, list[Way]], list[tuple[str, str, str]]]:
    """Ways of each indicator that have a price and change what it counts; the others, and why they are none."""
    texts, ways, unavailable = plan_texts(), dict[str, list[Way]](), list[tuple[str, str, str]]()
    for row in costs:
        indicator, option, price = str(row["requirement_code"]), str(row["option_code"]), row["unit_cost_wan_yuan"]
        if indicator not in indicators:
            continue
        if not row["needs_money"] or option not in plan_settings().ways.get(indicator, {}):
            unavailable.append((indicator, option, texts.not_modelled.get(option, texts.not_modelled["other"])))
        elif price is None:
            unavailable.append((indicator, option, texts.no_price))
        else:
            ways.setdefault(indicator, []).append(Way(option, Decimal(str(price))))
    return ways, unavailable


def _problem(rows: Sequence[dict[str, object]], ways: Mapping[str, Sequence[Way]], limits: Limits, least_met: int) -> Problem:
    rules: dict[tuple[str, str], StageRule] = {}
    amounts: dict[CellKey, Amount] = {}
    standings = []
    for row in rows:
        school, indicator, stage = str(row["school_code"]), str(row["indicator_code"]), str(row["stage"])
        limit, scale = row["difference_limit"], int(str(row["scale"]))
        standard, floor = Decimal(str(row["standard"])), Decimal(str(row["floor"]))
        rules.setdefault((indicator, stage), StageRule(indicator, stage, scale, standard, floor, _decimal(limit)))
        key = school, indicator, WHOLE if row["is_split"] else stage
        is_known = None not in (row["amount"], row["pupils"], row["weighted_pupils"])
        step = plan_settings().steps[str(row["unit"])]
        possible = tuple(replace(way, most=limits.get((school, indicator, way.option))) for way in ways.get(indicator, ()))
        present = Decimal(str(row["amount"])) if is_known else None
        amounts[key] = Amount(key, present, step, bool(row["counts_whole_units"]), possible)
        pupils, weighted = int(str(row["pupils"] or 0)), Decimal(str(row["weighted_pupils"] or 1))
        standings.append(Standing(school, stage, indicator, key, pupils, Decimal(str(row["stage_weight"])), weighted))
    return Problem(tuple(rules.values()), tuple(amounts.values()), tuple(standings), least_met)


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
