"""``plan.xlsx``: the plan, its measures by school, what it changes, single steps, ways that are none; or why there is no plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

from ingest.values.cells import plain
from junheng.core.home import write_atomically
from planning.county import CountyToPlan
from planning.least_plan import BOOK, LeastPlan, PlannedCoefficient, PlannedMeasure
from planning.plan_texts import LeastPlanPage, plan_texts
from planning.scenario import scenario_form
from planning.simulation import simulation_texts
from planning.single_steps import single_steps
from planning.solver import plan_settings
from planning.variance import variance_splits
from publish.papers.sheets import PaperPage, PaperTable, paper_book

_CENTS = Decimal("0.01")
Line = Mapping[str, object]


def write_book(plan: LeastPlan, release_id: str, created_at: str, year: str, out: Path) -> Path:
    """Write the workbook. ``year``: as people say it."""
    county = plan.county
    edges = {
        "release": release_id,
        "state": simulation_texts().mark,
        "county": county.name,
        "year": year,
        "created_at": created_at,
    }
    lead = [plan_texts().lines["mark"].format(release=release_id, year=year, ruleset=county.ruleset_name)]
    if county.only_stage:
        lead.append(plan_texts().lines["stage"].format(stages=county.stages[county.only_stage]))
    if plan.is_feasible:
        pages = [
            _page("whole", plan, _whole(plan), lead + _lines(plan)),
            _page("schools", plan, _schools(plan), lead),
            _page("effect", plan, _effect(plan), lead),
            _page("frontier", plan, _goals(plan), lead),
        ]
    else:
        reasons = [
            {"number": number, "sentence": sentence} for number, sentence in enumerate(plan.conflicts or plan.unconfirmed, 1)
        ]
        pages = [_page("conflicts", plan, reasons, [*lead, plan_texts().lines["no_plan"]])]
    if not county.problem.unknown():
        pages.append(_page("steps", plan, _steps(plan), lead))
    pages.append(_page("ways", plan, _ways(plan), lead))
    pages.append(_page("sources", plan, _sources(county), lead))
    path = out / BOOK
    write_atomically(path, paper_book(pages, edges))
    return path


def _page(name: str, plan: LeastPlan, rows: Sequence[Line], lines: Sequence[str]) -> PaperPage:
    described: LeastPlanPage = plan_texts().pages[name]
    title = described.title.format(county=plan.county.name)
    return PaperPage(
        described.name, title, [PaperTable(described.columns, rows)], lines, described.notes, is_landscape=True, is_list=True
    )


def _sources(county: CountyToPlan) -> list[Line]:
    """Where each coefficient comes from, as the county is now."""
    rows = list[Line]()
    for split in variance_splits(county):
        shares = {kind: None if share is None else 100 * share for kind, share in split.between.items()}
        means = {area: split.means.get(area) for area in ("urban", "town", "rural")}
        indicator = f"{split.indicator_code} {county.indicators[split.indicator_code].name}"
        place: dict[str, object] = {"stage": county.stages[split.stage], "indicator": indicator, "coefficient": split.coefficient}
        rows.append(place | shares | means)
    return rows


def money(cost: Decimal) -> Decimal:
    """万元 with two decimals, up: a plan never costs less than it says."""
    return cost.quantize(_CENTS, ROUND_CEILING)


def _lines(plan: LeastPlan) -> list[str]:
    lines, search = plan_texts().lines, plan.search
    assert search is not None
    schools = len({measure.key[0] for measure in plan.measures})
    sentences = [lines["cost"].format(cost=plain(money(plan.cost)), schools=schools, measures=len(plan.measures))]
    if not plan.measures:
        sentences = [lines["nothing"]]
    key = "no_gap" if search.gap is None else "gap"
    gap = "" if search.gap is None else f"{search.gap * 100:.3f}"
    sentences.append(lines[key].format(solver=search.solver, seconds=f"{search.seconds:.1f}", gap=gap))
    sentences.append(lines["verified"])
    if plan.baseline is not None:
        sentences.append(lines["baseline"].format(cost=plain(money(plan.baseline))))
    return sentences


def _whole(plan: LeastPlan) -> list[Line]:
    """A line for each indicator, range and way."""
    county, grouped = plan.county, defaultdict[tuple[str, str, str], list[PlannedMeasure]](list)
    for measure in plan.measures:
        _, indicator, stage = measure.key
        grouped[indicator, stage, measure.option].append(measure)
    return [
        {
            "indicator": indicator,
            "name": county.indicators[indicator].name,
            "stage": county.stages[stage],
            "way": county.options[option],
            "schools": len({measure.key[0] for measure in grouped[indicator, stage, option]}),
            "amount": sum((measure.amount for measure in grouped[indicator, stage, option]), Decimal(0)),
            "unit": county.indicators[indicator].unit,
            "cost": money(sum((measure.cost for measure in grouped[indicator, stage, option]), Decimal(0))),
        }
        for indicator, stage, option in sorted(grouped)
    ]


def _schools(plan: LeastPlan) -> list[Line]:
    county, form = plan.county, scenario_form()
    ordered = sorted(plan.measures, key=lambda m: (county.schools[m.key[0]].township, m.key, m.option))
    return [
        {
            "number": number,
            "township": county.schools[measure.key[0]].township,
            "school": county.schools[measure.key[0]].name,
            "stage": county.stages[measure.key[2]],
            "indicator": measure.key[1],
            "way": county.options[measure.option],
            "item": form.items[plan_settings().ways[measure.key[1]][measure.option]].names[0],
            "amount": measure.amount,
            "unit": county.indicators[measure.key[1]].unit,
            "cost": money(measure.cost),
        }
        for number, measure in enumerate(ordered, 1)
    ]


def _effect(plan: LeastPlan) -> list[Line]:
    county = plan.county
    after = {(figure.stage, figure.indicator_code): figure for figure in plan.after}
    return [_figure_line(plan, figure, after[figure.stage, figure.indicator_code], county.stages) for figure in plan.before]


def _figure_line(plan: LeastPlan, before: PlannedCoefficient, after: PlannedCoefficient, stages: Mapping[str, str]) -> Line:
    return {
        "stage": stages[before.stage],
        "indicator": before.indicator_code,
        "name": plan.county.indicators[before.indicator_code].name,
        "limit": before.limit,
        "before": before.coefficient,
        "after": after.coefficient,
        "missed_before": before.missed,
        "missed_after": after.missed,
    }


def _goals(plan: LeastPlan) -> list[Line]:
    """A line for each goal."""
    texts = plan_texts()
    return [
        {
            "number": number,
            "goal": texts.goals[goal.name].format(least=plan.county.problem.least_met),
            "schools": None if goal.search.added is None else len({key[0] for key, _ in goal.search.added}),
            "cost": texts.no_way if goal.cost is None else money(goal.cost),
        }
        for number, goal in enumerate(plan.goals, 1)
    ]


def _steps(plan: LeastPlan) -> list[Line]:
    county, texts = plan.county, plan_texts()
    return [
        {
            "stage": county.stages[step.rule.stage],
            "indicator": step.rule.indicator_code,
            "name": county.indicators[step.rule.indicator_code].name,
            "aim": texts.say("coefficient_step" if step.is_coefficient else "standard_step"),
            "school": county.schools[step.key[0]].name,
            "amount": step.amount,
            "unit": county.indicators[step.rule.indicator_code].unit,
            "cost": money(step.cost),
        }
        for step in single_steps(county)
    ]


def _ways(plan: LeastPlan) -> list[Line]:
    county = plan.county
    return [
        {
            "indicator": indicator,
            "name": county.indicators[indicator].name,
            "way": county.options.get(option, option),
            "reason": reason,
        }
        for indicator, option, reason in county.unavailable
    ]
