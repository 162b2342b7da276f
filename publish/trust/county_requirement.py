"""A requirement of a county (G, Q, S, V, P), derived again from amounts, schools, documents or monitoring."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import duckdb

from ingest.inspect.original import Original
from ingest.schema.source import load_source
from ingest.values.cells import plain
from junheng.core.home import Home
from junheng.core.sql import records
from publish.release.release import Release
from publish.tables.artifacts import MARTS
from publish.tables.reading import rows_as
from publish.tables.rows import (
    DimCode,
    DimCounty,
    DimRequirement,
    DimSchool,
    FctCountyRequirement,
    FctSchoolRequirement,
)
from publish.trust import explain_monitoring
from publish.trust.agreement import FOLD_ORDER, hold
from publish.trust.delivered import CENSUS, DeliveredRows, Input, settings
from publish.trust.derivation import Deriver, Reading
from publish.trust.exact import OPERATORS, compares_rounded, rounded, shown
from publish.trust.lineage import in_force

_STAGES = ("primary", "junior")

REQUIREMENT_MODELS = (
    "+int_ledger__left_out_row",
    "+int_balance__school",
    "+int_rules__term",
    "+int_rules__split_weight",
    "+int_requirement__figure",
    "+int_monitoring__requirement",
)


@dataclass(frozen=True)
class AddedAmount:
    """One amount of a requirement's figure."""

    role: str
    """``numerator`` or ``denominator``"""
    label: str
    factor: Fraction
    amount: Decimal | None


class JudgedByRequirement(FctSchoolRequirement):
    """What is asked of a school, with its name."""

    school_name: str


@dataclass
class ExplainedRequirement:
    """One part of a requirement (G, Q, S, V, P)."""

    county_name: str
    published: FctCountyRequirement
    described: DimRequirement
    terms: list[AddedAmount] = field(default_factory=list)
    schools: list[JudgedByRequirement] = field(default_factory=list)
    """Those that are not met first."""
    inputs: list[Input] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def requirements(
    home: Home,
    release: Release,
    marts: duckdb.DuckDBPyConnection,
    county: DimCounty,
    rows: list[FctCountyRequirement],
    *,
    recompute: bool,
) -> list[ExplainedRequirement]:
    """Requirements with their amounts, schools, documents and cells, each by what it rests on."""
    described = {
        (row["ruleset_id"], row["requirement_code"], row["part"]): row
        for row in rows_as(marts, DimRequirement, f"select * from {MARTS}.dim_requirement")
    }
    explained: list[ExplainedRequirement] = []
    by_rounded = compares_rounded(marts)
    with in_force(home, release, REQUIREMENT_MODELS, recompute=recompute) as models:
        originals: dict[str, Original] = {}
        for row in rows:
            one = ExplainedRequirement(
                county["county_name"], row, described[row["ruleset_id"], row["requirement_code"], row["part"]]
            )
            given = DeliveredRows(home, models, county, originals)
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
            explained.append(one)
    return explained


def _terms(models: duckdb.DuckDBPyConnection, requirement: ExplainedRequirement) -> None:
    """The amounts of the source that has the figure; together they have to give the published one."""
    row = requirement.published
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
        *(row["county_code"], row["school_year"], row["reference_period"]),
        *(row["ruleset_id"], row["requirement_code"], row["part"], row["source"]),
    )
    requirement.terms = [AddedAmount(term["role"], term["label_zh"], Fraction(term["factor"]), term["amount"]) for term in terms]
    for role in ("numerator", "denominator"):
        of_role = [term for term in requirement.terms if term.role == role]
        if of_role and row[role] is not None:
            known = [term.factor * Fraction(term.amount) for term in of_role if term.amount is not None]
            total = sum(known, Fraction(0)) if len(known) == len(of_role) else None
            hold(requirement.problems, role, rounded(total), row[role])


def _judge_requirement(requirement: ExplainedRequirement, by_rounded: set[str]) -> None:
    """Value and verdict that the published amounts give, against the published ones."""
    row, described = requirement.published, requirement.described
    if row["numerator"] is None or not row["denominator"]:
        return
    value = Fraction(row["numerator"]) * Fraction(described["scale"] or 1) / Fraction(row["denominator"])
    hold(requirement.problems, "value", rounded(value), row["value"])
    threshold, comparison = row["threshold"], described["operator"]
    if threshold is not None and comparison is not None and row["verdict"] is not None:
        compared = Fraction(row["value_rounded"] or 0) if row["ruleset_id"] in by_rounded else value
        holds = OPERATORS[comparison](compared, Fraction(threshold))
        hold(requirement.problems, "verdict", "met" if holds else "unmet", row["verdict"])


def _declared(requirement: ExplainedRequirement) -> None:
    """A matter of documents: what the county declares counts with evidence alone."""
    row = requirement.published
    stated = row["declared_verdict"]
    mine = stated if stated == "unmet" or (stated == "met" and row["evidence_count"] > 0) else "undecided"
    hold(requirement.problems, "verdict", mine, row["verdict"])


def _fields(item: str) -> list[str]:
    """Fields of the census that an amount of schools is summed from."""
    source = load_source(CENSUS)
    name = item.removeprefix("nearby_")
    known = {entry.name for entry in source.fields}
    return [one for one in (name, *(f"{name}_{stage}" for stage in _STAGES)) if one in known]


def _by_cells(
    home: Home,
    marts: duckdb.DuckDBPyConnection,
    models: duckdb.DuckDBPyConnection,
    county: DimCounty,
    requirement: ExplainedRequirement,
    originals: dict[str, Original],
) -> None:
    """The cells of every school that adds to the amounts, and their sum against what the models say of the school."""
    row = requirement.published
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
        *(row["county_code"], row["school_year"], row["ruleset_id"], row["requirement_code"], row["part"]),
    )
    schools = {
        school["school_code"]: school
        for school in rows_as(
            marts,
            DimSchool,
            f"select * from {MARTS}.dim_school where county_code = ? and school_year = ?",
            *(row["county_code"], row["school_year"]),
        )
    }
    derivers: dict[str, Deriver] = {}
    for amount in amounts:
        code = amount["school_code"]
        if code not in schools:
            requirement.inputs.append(Input(amount["school_name"] or code, "", "", (), None))
            continue
        if code not in derivers:
            derivers[code] = Deriver(home, models, county, schools[code], originals)
        deriver = derivers[code]
        readings = [reading for name in _fields(amount["item"]) for reading in deriver.readings(name)]
        requirement.inputs += [one for reading in readings for one in _of_reading(amount["school_name"], reading)]
        values = [Fraction(reading.value) for reading in readings if reading.value is not None]
        if amount["amount"] is not None and sum(values, Fraction(0)) != Fraction(amount["amount"]):
            requirement.problems.append(
                f"{amount['school_name']} {amount['item']}：{shown(sum(values, Fraction(0)))} ≠ {shown(amount['amount'])}"
            )
    for deriver in derivers.values():
        requirement.problems += deriver.problems


def _of_reading(school: str, reading: Reading) -> list[Input]:
    owner = school if reading.school_name == school else f"{school}（{reading.school_name}）"
    value = "" if reading.value is None else plain(reading.value)
    return [Input(owner, reading.label, value, place.cells, place.file) for place in reading.places]


def _by_school(marts: duckdb.DuckDBPyConnection, given: DeliveredRows, requirement: ExplainedRequirement) -> None:
    """Schools with their own verdicts, the worst first, and what is read of each."""
    row = requirement.published
    requirement.schools = rows_as(
        marts,
        JudgedByRequirement,
        f"""
        select judged.*, coalesce(schools.school_name, judged.school_code) as school_name
        from {MARTS}.fct_school_requirement as judged
        left join {MARTS}.dim_school as schools using (county_code, school_year, school_code)
        where judged.county_code = ? and judged.school_year = ? and ruleset_id = ? and requirement_code = ? and part = ?
        order by case verdict when 'unmet' then 0 when 'undecided' then 1 else 2 end, display_order nulls last, school_code
        """,
        *(row["county_code"], row["school_year"], row["ruleset_id"], row["requirement_code"], row["part"]),
    )
    verdicts = {school["verdict"] for school in requirement.schools}
    folded = next((verdict for verdict in FOLD_ORDER if verdict in verdicts), None)
    if requirement.schools and row["verdict"] is not None and not (folded == "met" and row["verdict"] == "undecided"):
        hold(requirement.problems, "verdict", folded, row["verdict"])
    for school in requirement.schools:
        for source, fields in settings().schools.get(row["requirement_code"], {}).items():
            for delivered in given.of(source, school["school_code"]):
                if delivered.get("requirement_code", row["requirement_code"]) == row["requirement_code"]:
                    requirement.inputs += given.inputs(source, delivered, fields, school["school_name"])


def _of_county(given: DeliveredRows, requirement: ExplainedRequirement) -> None:
    """What the county itself states of the requirement, or what was surveyed."""
    row, fields = requirement.published, settings().county
    for delivered in given.of("county_items"):
        if delivered["requirement_code"] == row["requirement_code"] and not delivered["school_code"]:
            requirement.inputs += given.inputs("county_items", delivered, fields["county_items"])
    if row["source"] == "survey":
        for delivered in given.of("survey"):
            requirement.inputs += given.inputs("survey", delivered, fields["survey"])


def _monitored(
    models: duckdb.DuckDBPyConnection, marts: duckdb.DuckDBPyConnection, given: DeliveredRows, requirement: ExplainedRequirement
) -> None:
    """The results of monitoring that bear on the requirement, their cells, and the verdict they give."""
    row = requirement.published
    rules = explain_monitoring.rules_of(models, row["ruleset_id"], row["requirement_code"], OPERATORS)
    results = records(
        models, "select * from intermediate.int_monitoring__result where county_code = ? order by all", row["county_code"]
    )
    labels = {(one["list"], one["code"]): one["label_zh"] for one in rows_as(marts, DimCode, f"select * from {MARTS}.dim_code")}
    read = []
    for result in results:
        if not explain_monitoring.counts(rules, explain_monitoring.result_of(result, result)):
            continue
        names = (("monitoring_scope", "scope"), ("grade", "grade"), ("monitoring_measure", "measure"))
        scope, grade, measure = (labels.get((list_, str(result[name])), str(result[name])) for list_, name in names)
        owner = f"{scope} {result['monitoring_year']} {grade}{result['subject']} {measure}"
        for delivered in given.named("monitoring_result", result["submission_id"], result["row_number"]):
            requirement.inputs += given.inputs("monitoring_result", delivered, settings().county["monitoring_result"], owner)
            read.append(explain_monitoring.result_of(result, delivered))
    hold(requirement.problems, "verdict", explain_monitoring.judge(rules, row["school_year"], read), row["verdict"])
