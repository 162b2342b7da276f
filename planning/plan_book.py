"""``plan.xlsx``: the plan, its measures by school, what it changes, single steps, ways that are none; or why there is no plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path

from ingest.values.cells import plain
from planning.budget import Schedule
from planning.county import CountyToPlan, IndicatorName
from planning.least_plan import BOOK, LeastPlan, PlannedCoefficient, PlannedMeasure, item_of, money_of
from planning.plan_texts import LeastPlanPage, plan_texts
from planning.scenario import scenario_form
from planning.simulation import simulation_texts
from planning.single_steps import single_steps
from planning.variance import variance_splits
from publish.papers.paper_pages import write_papers
from publish.papers.sheets import PaperPage, PaperTable

_ON_ONE_PAGE = ("whole", "years", "effect", "frontier")
Line = Mapping[str, object]


def write_book(plan: LeastPlan, release_id: str, created_at: str, year: str, out: Path) -> Path:
    """Write the workbook, and the same as a page. ``year``: as people say it."""
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
            _effect_page(plan, lead),
            _page("frontier", plan, _goals(plan), lead),
        ]
    else:
        reasons = [
            {"number": number, "sentence": sentence} for number, sentence in enumerate(plan.conflicts or plan.unconfirmed, 1)
        ]
        pages = [_page("conflicts", plan, reasons, [*lead, plan_texts().lines["no_plan"]])]
    if plan.schedule is not None:
        pages.insert(1, _page("years", plan, _years(plan.schedule), lead))
    if not county.problem.unknown():
        pages.append(_page("steps", plan, _steps(plan), lead))
    pages.append(_page("ways", plan, _ways(plan), lead))
    pages.append(_page("sources", plan, _sources(county), lead))
    return write_papers(pages, edges, out, BOOK)


def _page(name: str, plan: LeastPlan, rows: Sequence[Line], lines: Sequence[str]) -> PaperPage:
    described: LeastPlanPage = plan_texts().pages[name]
    title = described.title.format(county=plan.county.name)
    table = PaperTable(described.columns, rows)
    is_short = name in _ON_ONE_PAGE
    return PaperPage(
        described.name, title, [table], lines, described.notes, is_landscape=True, is_list=not is_short, is_one_page=is_short
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


def _lines(plan: LeastPlan) -> list[str]:
    lines, search = plan_texts().lines, plan.search
    assert search is not None
    schools = len({measure.key[0] for measure in plan.measures})
    sentences = [lines["cost"].format(cost=plain(money_of(plan.cost)), schools=schools, measures=len(plan.measures))]
    if not plan.measures:
        sentences = [lines["nothing"]]
    key = "no_gap" if search.gap is None else "gap"
    gap = "" if search.gap is None else f"{search.gap * 100:.3f}"
    sentences.append(lines[key].format(solver=search.solver, seconds=f"{search.seconds:.1f}", gap=gap))
    sentences.append(lines["verified"])
    if plan.class_cost:
        sentences.append(lines["class_part"].format(cost=plain(money_of(plan.class_cost))))
    if broken := [each for each in plan.holds if each.after != plan_texts().verdicts["met"]]:
        sentences.append(lines["beside"].format(requirements="、".join(each.name for each in broken)))
    if plan.schedule is not None:
        last = next(year for year in reversed(plan.schedule.years) if year.spent)
        sentences.append(lines["over_years"].format(first=plan.schedule.years[0].year, last=last.year))
    if plan.baseline is not None:
        sentences.append(lines["baseline"].format(cost=plain(money_of(plan.baseline))))
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
            "name": _indicator(county, indicator).name,
            "stage": county.stages[stage],
            "way": _way(county, option),
            "schools": len({measure.key[0] for measure in grouped[indicator, stage, option]}),
            "amount": sum((measure.amount for measure in grouped[indicator, stage, option]), Decimal(0)),
            "unit": _indicator(county, indicator).unit,
            "cost": money_of(sum((measure.cost for measure in grouped[indicator, stage, option]), Decimal(0))),
        }
        for indicator, stage, option in sorted(grouped)
    ]


def _indicator(county: CountyToPlan, code: str) -> IndicatorName:
    """Of an indicator, or of the requirement on the size of classes."""
    return county.indicators.get(code) or IndicatorName(plan_texts().lines["class_size"], plan_texts().lines["class_unit"])


def _way(county: CountyToPlan, option: str) -> str:
    return county.options.get(option) or scenario_form().measures[option].names[0]


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
            "way": _way(county, measure.option),
            "item": form.items[item_of(measure)].names[0],
            "amount": measure.amount,
            "unit": _indicator(county, measure.key[1]).unit,
            "cost": money_of(measure.cost),
            "year": "" if plan.schedule is None else str(plan.schedule.finished_in.get((measure.key, measure.option), "")),
        }
        for number, measure in enumerate(ordered, 1)
    ]


def _years(schedule: Schedule) -> list[Line]:
    return [asdict(year) | {"year": str(year.year), "spent": money_of(year.spent)} for year in schedule.years]


def _effect_page(plan: LeastPlan, lead: Sequence[str]) -> PaperPage:
    """Coefficients, and below them what is required of rooms and sizes."""
    page, texts = _page("effect", plan, _effect(plan), lead), plan_texts()
    held = [{"requirement": each.name, "before": each.before, "after": each.after} for each in plan.holds]
    second = PaperTable(texts.pages["holds"].columns, held, texts.pages["holds"].title)
    return replace(page, tables=[*page.tables, second], notes=[*page.notes, *texts.pages["holds"].notes, *_crowding(plan)])


def _crowding(plan: LeastPlan) -> list[str]:
    """What a plan does about classes above the limit, and what it leaves open."""
    lines, county = plan_texts().lines, plan.county
    to_open = [each for each in county.crowded if each.more]
    sentences = []
    if to_open:
        shown = {"schools": len(to_open), "classes": sum(each.more or 0 for each in to_open)}
        key = "classes_unpriced" if county.class_price is None else "classes"
        sentences.append(lines[key].format(**shown, cost=plain(money_of(plan.class_cost))))
        if lacking := sum(each.rooms_lacking or 0 for each in to_open):
            sentences.append(lines["rooms_lacking"].format(rooms=lacking))
    if again := [county.schools[each.school_code].name for each in county.crowded if each.more == 0]:
        sentences.append(lines["share_anew"].format(schools="、".join(again)))
    if unknown := [county.schools[each.school_code].name for each in county.crowded if each.more is None]:
        sentences.append(lines["classes_unknown"].format(schools="、".join(unknown)))
    return sentences


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
            "goal": texts.goals[goal.name].format(least=goal.least),
            "schools": None if goal.search.added is None else len({key[0] for key, _ in goal.search.added}),
            "cost": texts.no_way if goal.cost is None else money_of(goal.cost),
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
            "cost": money_of(step.cost),
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
