"""Scenarios side by side with what is published: ``comparison.xlsx`` and the same as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from junheng.core.sql import records
from junheng.core.typed import StrictModel, load
from planning.changes import ChangedFigure
from planning.scenario import Measure, scenario_form
from planning.simulation import Base, Simulated, simulation_texts
from publish.papers.paper_pages import write_papers
from publish.papers.sheets import PaperColumn, PaperPage, PaperTable
from publish.words.formats import school_year

COMPARISON = "comparison.xlsx"
_WIDTH = 16.0
_VALUES = ("county_verdict", "coefficient")
"""Kinds of figures that stand side by side; of the others it is counted what changes."""
_NAMES = """
    select 'county' as list, county_code as code, max(county_name) as name from marts.dim_county group by all
    union all select 'school', school_code, max(school_name) from marts.dim_school group by all
    union all select 'ruleset', ruleset_id, name_zh from marts.dim_ruleset
    union all
    select 'indicator', concat(ruleset_id, ' ', indicator_code),
        max(case when is_composite then name_zh else concat(indicator_code, ' ', name_zh) end)
    from marts.dim_indicator group by all
    union all select 'verdict', code, label_zh from marts.dim_code where list = 'verdict'
    union all
    select 'main', county_code, max(ruleset_id) from marts.fct_school_verdict inner join marts.dim_ruleset using (ruleset_id)
    where min_met is not null group by all
"""
Line = Mapping[str, object]


class ComparisonPage(StrictModel):
    """A sheet: its name, its title, its columns; scenarios may follow."""

    name: str
    title: str
    columns: list[PaperColumn]


class ComparisonTexts(StrictModel):
    """``comparison.yml``."""

    lines: dict[str, str]
    figures: dict[str, str]
    """Names of what is counted."""
    pages: dict[str, ComparisonPage]


@cache
def comparison_texts() -> ComparisonTexts:
    """``comparison.yml``."""
    return load(Path(__file__).with_suffix(".yml"), ComparisonTexts)


@dataclass(frozen=True)
class TriedScenario:
    """A scenario that was tried: its name and what it changes."""

    name: str
    simulated: Simulated
    lines: Sequence[ChangedFigure]

    def of(self, kind: str) -> list[ChangedFigure]:
        """What changes of a kind of figure."""
        return [line for line in self.lines if line.kind == kind and line.is_changed]

    def money(self) -> str:
        """As ``changes.csv`` says it, year by year."""
        return "；".join(line.after for line in self.lines if line.kind == "money")


class _Names:
    """What people call counties, schools, rule sets and indicators."""

    def __init__(self, base: Base, measures: Sequence[Measure]) -> None:
        self._names = {("school", measure.school_code): measure.school_name for measure in measures if measure.kind == "open"}
        with duckdb.connect(str(base.release.database), read_only=True) as connection:
            self._names |= {(row["list"], row["code"]): row["name"] for row in records(connection, _NAMES)}

    def __call__(self, kind: str, code: str) -> str:
        return self._names.get((kind, code)) or code


def write_comparison(scenarios: Sequence[TriedScenario], out: Path) -> None:
    """The scenarios in the order in which they were given."""
    base = scenarios[0].simulated.base
    names = _Names(base, [measure for each in scenarios for measure in each.simulated.scenario.measures])
    counties = sorted({county for each in scenarios for county in each.simulated.laid.counties})
    county = "、".join(names("county", code) for code in counties)
    year = school_year(max(int(line.school_year) for each in scenarios for line in each.lines if line.kind in _VALUES))
    edges = {
        "release": base.release.release_id,
        "state": simulation_texts().mark,
        "county": county,
        "year": year,
        "created_at": base.release.created_at,
    }
    texts = comparison_texts()
    mark = texts.lines["mark"].format(release=base.release.release_id, year=year)
    seconds = round(sum(each.simulated.seconds for each in scenarios))
    spent = texts.lines["seconds"].format(count=len(scenarios), seconds=seconds)
    lead = [mark, *(_sentence(each, names, counties) for each in scenarios), spent]
    columns = [PaperColumn.model_validate({"header": each.name, "from": _key(each), "width": _WIDTH}) for each in scenarios]
    pages = [
        _page("whole", county, _whole(scenarios, names), lead, [texts.lines["note"]], columns),
        _page("changes", county, _changes(scenarios, names), [mark]),
        _page("measures", county, _measures(scenarios, names), [mark]),
    ]
    write_papers(pages, edges, out, COMPARISON)


def _page(
    name: str,
    county: str,
    rows: Sequence[Line],
    lines: Sequence[str],
    notes: Sequence[str] = (),
    further: Sequence[PaperColumn] = (),
) -> PaperPage:
    described = comparison_texts().pages[name]
    table = PaperTable([*described.columns, *further], rows)
    title = described.title.format(county=county)
    return PaperPage(described.name, title, [table], lines, notes, is_landscape=True, is_list=True, is_a3=len(further) > 3)


def _key(scenario: TriedScenario) -> str:
    return f"scenario {scenario.name}"


def _sentence(scenario: TriedScenario, names: _Names, counties: Sequence[str]) -> str:
    """What a head has to know of a scenario, by the rule set with standards for schools."""
    lines, main = comparison_texts().lines, {names("main", county) for county in counties}
    verdicts = "".join(
        lines["verdict"].format(ruleset=names("ruleset", line.ruleset_id), before=line.before, after=line.after)
        for line in scenario.of("county_verdict")
    )
    of_coefficients = [line for line in scenario.of("coefficient_verdict") if line.ruleset_id in main]
    ends = {name: names("verdict", name) for name in ("met", "unmet", "undecided")}
    moved = {name: sum(line.after == end for line in of_coefficients) for name, end in ends.items()}
    counted = _counted(scenario, names)
    return lines["scenario"].format(
        name=scenario.name,
        money=lines["money"].format(money=scenario.money()),
        verdicts=verdicts or lines["same_verdicts"],
        coefficients=lines["coefficients"].format(**moved),
        met=counted["schools_met"],
        unmet=counted["schools_unmet"],
        closed=counted["issues_closed"],
        opened=counted["issues_opened"],
    )


def _counted(scenario: TriedScenario, names: _Names) -> dict[str, int]:
    main, met = {names("main", county) for county in scenario.simulated.laid.counties}, names("verdict", "met")
    schools = [line for line in scenario.of("school_verdict") if line.ruleset_id in main]
    issues = scenario.of("issue")
    return {
        "schools_met": sum(line.after == met for line in schools),
        "schools_unmet": sum(line.before == met for line in schools),
        "issues_closed": sum(not line.after for line in issues),
        "issues_opened": sum(not line.before for line in issues),
    }


def _whole(scenarios: Sequence[TriedScenario], names: _Names) -> list[Line]:
    """A line for each verdict and coefficient, then what is counted, then the money."""
    texts = comparison_texts()
    kinds = simulation_texts().kinds
    rows: dict[tuple[str, ...], dict[str, object]] = {}
    for scenario in scenarios:
        for line in scenario.lines:
            if line.kind not in _VALUES:
                continue
            place = names("county", line.county_code) if len(scenario.simulated.laid.counties) > 1 else ""
            indicator = names("indicator", f"{line.ruleset_id} {line.indicator_code}") if line.indicator_code else ""
            figure = " ".join(filter(None, (place, kinds[line.kind], line.stage, indicator)))
            place_of = line.county_code, line.ruleset_id, line.kind, line.stage, line.indicator_code
            named: dict[str, object] = {"ruleset": names("ruleset", line.ruleset_id), "figure": figure, "now": line.before}
            row = rows.setdefault(place_of, named | {_key(each): "" for each in scenarios})
            row[_key(scenario)] = line.after if line.is_changed else ""
    counted = {each.name: _counted(each, names) for each in scenarios}
    shown = list[Line]()
    for key, figure in texts.figures.items():
        values: dict[str, object] = {
            _key(each): each.money() if key == "money" else counted[each.name][key] for each in scenarios
        }
        shown.append({"ruleset": "", "figure": figure, "now": "", **values})
    main = {names("main", county) for scenario in scenarios for county in scenario.simulated.laid.counties}
    return [*shown, *(rows[place] for place in sorted(rows, key=lambda place: place[1] not in main))]


def _changes(scenarios: Sequence[TriedScenario], names: _Names) -> list[Line]:
    """All that changes beside the figures that stand side by side."""
    kinds = simulation_texts().kinds
    return [
        {
            "scenario": scenario.name,
            "kind": kinds[line.kind],
            "ruleset": names("ruleset", line.ruleset_id) if line.ruleset_id else "",
            "name": line.name or line.school_code,
            "stage": line.stage,
            "indicator": line.indicator_code,
            "before": line.before,
            "after": line.after,
        }
        for scenario in scenarios
        for line in scenario.lines
        if line.is_changed and line.kind not in (*_VALUES, "money")
    ]


def _measures(scenarios: Sequence[TriedScenario], names: _Names) -> list[Line]:
    return [_measure(each.name, measure, names) for each in scenarios for measure in each.simulated.scenario.measures]


def _measure(scenario: str, measure: Measure, names: _Names) -> Line:
    form = scenario_form()
    item = form.items.get(measure.item)
    return {
        "scenario": scenario,
        "row": measure.row,
        "measure": form.measures[measure.measure].names[0],
        "school": names("school", measure.school_code),
        "item": measure.item if item is None else item.names[0],
        "amount": measure.amount or None,
        "to": names("school", measure.to_school_code) if measure.to_school_code else "",
        "year": measure.year,
        "cost": measure.cost_wan_yuan,
    }
