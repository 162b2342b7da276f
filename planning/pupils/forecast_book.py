"""A forecast for people and programs: ``forecast.xlsx``, ``forecast.csv`` and ``forecast.json``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from functools import cache
from pathlib import Path

from junheng.core.home import write_atomically
from junheng.core.typed import StrictModel, load
from planning.county import CountyToPlan
from planning.pupils.cohort_bands import LEAST_YEARS
from planning.pupils.forecast import GREEN, RED, YELLOW, Banded, Forecast, SchoolYearAhead
from planning.pupils.forecast_county import forecast_settings
from planning.pupils.outlook import Fall
from publish.papers.paper_pages import write_papers
from publish.papers.sheets import PaperColumn, PaperPage, PaperTable
from publish.words.formats import school_year

JSON, CSV, BOOK = "forecast.json", "forecast.csv", "forecast.xlsx"
_YEAR_WIDTH = 11.0
_NEVER = 9999
Line = Mapping[str, object]


class ForecastPage(StrictModel):
    """A sheet: its name, its title, its first columns; years may follow."""

    name: str
    title: str
    columns: list[PaperColumn]


class ForecastTexts(StrictModel):
    """``forecast_texts.yml``."""

    lines: dict[str, str]
    levels: dict[str, str]
    """Words of a warning."""
    stages: dict[str, str]
    below: dict[str, str]
    pages: dict[str, ForecastPage]
    sure: dict[str, str]
    texts: dict[str, str]

    def say(self, key: str, /, **values: object) -> str:
        """A sentence for the terminal with its places filled."""
        return self.texts[key].format(**values)

    def banded(self, figure: Banded) -> str:
        """Pupils with their band."""
        key = "value" if figure.low is None or figure.high is None else "banded"
        low, high = (round(end or 0.0) for end in (figure.low, figure.high))
        return self.lines[key].format(value=round(figure.value), low=low, high=high)


@cache
def forecast_texts() -> ForecastTexts:
    """``forecast_texts.yml``."""
    return load(Path(__file__).with_name("forecast_texts.yml"), ForecastTexts)


def write_forecast_book(made: Forecast, plan: CountyToPlan | None, release_id: str, created_at: str, out: Path) -> Path:
    """``forecast.xlsx`` and ``forecast.html``. ``plan``: the county under its rule set, None where none holds."""
    texts, county = forecast_texts(), made.county
    year = school_year(county.cohorts.years[-1])
    edges = {
        "release": release_id,
        "state": texts.lines["state"],
        "county": county.name,
        "year": year,
        "created_at": created_at,
    }
    mark = texts.lines["mark"].format(release=release_id, year=year)
    pages = [
        _page(
            "whole",
            made,
            _whole(made),
            [mark, *_lead(made)],
            [texts.lines["warnings"], texts.lines["teachers"], *_projects(made)],
        ),
        _warnings(made, mark),
        _pupils(made, mark),
    ]
    if plan is not None:
        notes = [texts.lines["outlook"]]
        pages.append(_page("falls", made, _falls(made, plan), [mark], notes))
        pages.append(_coefficients(made, plan, mark))
    pages.append(_page("errors", made, _errors(made), [mark], _methods(made)))
    return write_papers(pages, edges, out, BOOK)


def _page(
    name: str,
    made: Forecast,
    rows: Sequence[Line],
    lines: Sequence[str],
    notes: Sequence[str],
    further: Sequence[PaperColumn] = (),
) -> PaperPage:
    described = forecast_texts().pages[name]
    table = PaperTable([*described.columns, *further], rows)
    title = described.title.format(county=made.county.name)
    return PaperPage(described.name, title, [table], lines, notes, is_landscape=True, is_list=True, is_a3=bool(further))


def _year_columns(made: Forecast, width: float) -> list[PaperColumn]:
    return [_column(str(year), str(year), width) for year in made.projection.years]


def _column(header: str, shows: str, width: float) -> PaperColumn:
    return PaperColumn.model_validate({"header": header, "from": shows, "width": width})


def _methods(made: Forecast) -> list[str]:
    """How it was made and what was taken for granted."""
    lines, county, settings = forecast_texts().lines, made.county, forecast_settings()
    sentences = [lines["how"].format(transfer=lines["transfer"])]
    years = county.years_by_grade
    if len(years) > 1:
        sentences.append(lines["history"].format(years=f"{years[0]}—{years[-1]}", count=len(years)))
    else:
        sentences.append(lines["one_year" if years else "no_year"].format(years="".join(map(str, years))))
    if years and county.evenly:
        sentences.append(lines["evenly"].format(count=county.evenly))
    sentences.append(lines["children" if county.has_children else "no_children"])
    if county.migrants is not None:
        sentences.append(lines["migrants_apart"])
    else:
        sentences.append(lines["migrants_share" if made.migrants else "no_migrants"])
    if made.projection.draws is None:
        sentences.append(lines["no_band"].format(least=LEAST_YEARS))
    else:
        sentences.append(lines["band"].format(share=round(settings.band * 100)))
    limits = "、".join(f"{forecast_texts().stages[stage]} {county.limits[stage]} 人" for stage in settings.grades)
    sentences.append(lines["places"].format(limits=limits))
    return [*sentences, lines["warnings"], lines["teachers"], *_projects(made)]


def _projects(made: Forecast) -> list[str]:
    """Places that are being built, which no school has been given yet."""
    lines, ahead = forecast_texts().lines, made.county.new_places
    if not ahead:
        return [lines["no_new_places"]]
    projects = [
        lines["new_place"].format(
            project=each.project, places=each.places, year=school_year(each.from_year) if each.from_year else lines["some_time"]
        )
        for each in ahead
    ]
    return [lines["new_places"].format(projects="；".join(projects))]


def _lead(made: Forecast) -> list[str]:
    """What a head has to know first."""
    lines, years = forecast_texts().lines, made.projection.years
    scenario = [] if made.unused is None else [lines["scenario"].format(unused=made.unused)]
    reds = {year: sum(school.year == year and school.warning == RED for school in made.schools) for year in years}
    worst = max(years, key=lambda year: reds[year])
    if not reds[worst]:
        sentences = [lines["no_reds"]]
    else:
        first = next(year for year in years if reds[year])
        sentences = [lines["reds"].format(year=school_year(first), worst=school_year(worst), count=reds[worst])]
    if made.falls:
        ends = {"first": school_year(made.falls[0].year), "last": school_year(years[-1])}
        sentences.append(lines["fallen"].format(count=len(made.falls), **ends))
    return [*sentences, *scenario]


def _whole(made: Forecast) -> list[Line]:
    """A line a year, both stages."""
    texts, rows = forecast_texts(), list[Line]()
    for number, year in enumerate(made.projection.years):
        of_year = [school for school in made.schools if school.year == year]
        rooms = [school.rooms for school in of_year if school.rooms is not None]
        row: dict[str, object] = {
            f"{figure}_{stage}": None for figure in ("pupils", "entrants", "teachers") for stage in texts.stages
        }
        for each in (each for each in made.years if each.year == year):
            row[f"pupils_{each.stage}"], row[f"entrants_{each.stage}"] = texts.banded(each.pupils), texts.banded(each.entrants)
            row[f"teachers_{each.stage}"] = each.teachers
        counted: dict[str, object] = {
            "year": school_year(year),
            "migrants": texts.banded(made.migrants[number]) if made.migrants else None,
            "classes": sum(school.classes for school in of_year),
            "rooms": sum(rooms) if len(rooms) == len(of_year) else None,
            "red": sum(school.warning == RED for school in of_year),
            "yellow": sum(school.warning == YELLOW for school in of_year),
        }
        rows.append(row | counted)
    return rows


def _need(school: SchoolYearAhead) -> str:
    texts = forecast_texts()
    key = "need" if school.most_classes in (None, school.classes) else "need_most"
    need = texts.lines[key].format(classes=school.classes, most=school.most_classes)
    return f"{need} {texts.levels[school.warning]}".strip()


def _warnings(made: Forecast, mark: str) -> PaperPage:
    """Schools that lack rooms in some year, those that do first on top."""
    figures = list[tuple[tuple[int, int, str], Line]]()
    for code, school in made.county.schools.items():
        ahead = [each for each in made.schools if each.school_code == code]
        first = next((each.year for each in ahead if each.warning == RED), None)
        if not ahead or all(each.warning == GREEN for each in ahead):
            continue
        row: dict[str, object] = {
            "school": school.name,
            "township": school.township,
            "rooms": ahead[0].rooms,
            "first": None if first is None else school_year(first),
            "lacking": None if first is None else max(each.classes - (each.rooms or 0) for each in ahead if each.warning == RED),
        }
        row |= {str(each.year): _need(each) for each in ahead}
        yellow = next((each.year for each in ahead if each.warning == YELLOW), _NEVER)
        figures.append(((first or _NEVER, yellow, code), row))
    rows = [row for _, row in sorted(figures, key=lambda pair: pair[0])]
    lines = [mark, forecast_texts().lines["warnings"], forecast_texts().lines["years"]]
    return _page("warnings", made, rows, lines, (), _year_columns(made, _YEAR_WIDTH))


def _pupils(made: Forecast, mark: str) -> PaperPage:
    texts, rows = forecast_texts(), list[Line]()
    places = {code: number for number, code in enumerate(made.county.cohorts.units)}
    stages = forecast_settings().stages()
    for code, school in made.county.schools.items():
        ahead = [each for each in made.schools if each.school_code == code]
        for stage in ahead[0].pupils if ahead else ():
            now = made.county.cohorts.pupils[places[code], -1, list(stages[stage])].sum()
            by_year = {str(each.year): texts.banded(each.pupils[stage]) for each in ahead}
            rows.append({"school": school.name, "stage": texts.stages[stage], "now": round(float(now))} | by_year)
    return _page("schools", made, rows, [mark, texts.lines["years"]], (), _year_columns(made, 16.0))


def _falls(made: Forecast, plan: CountyToPlan) -> list[Line]:
    texts = forecast_texts()
    certain = {(fall.school_code, fall.stage, fall.indicator_code) for fall in made.falls}
    only_most = [f for f in made.falls_at_most if (f.school_code, f.stage, f.indicator_code) not in certain]
    return [
        _fall(fall, plan, texts.sure[sure]) for sure, figures in (("point", made.falls), ("most", only_most)) for fall in figures
    ]


def _fall(fall: Fall, plan: CountyToPlan, sure: str) -> Line:
    return {
        "year": school_year(fall.year),
        "school": plan.schools[fall.school_code].name,
        "stage": plan.stages[fall.stage],
        "indicator": f"{fall.indicator_code} {plan.indicators[fall.indicator_code].name}",
        "now": fall.now,
        "then": fall.then,
        "standard": fall.standard,
        "below": forecast_texts().below["floor" if fall.below_floor else "standard"],
        "sure": sure,
    }


def _coefficients(made: Forecast, plan: CountyToPlan, mark: str) -> PaperPage:
    texts = forecast_texts()
    columns = [_column(texts.lines["now"], "now", 8.0), *_year_columns(made, 8.0)]
    names = ["now", *(str(year) for year in made.projection.years)]
    rows = list[Line]()
    for rule in sorted(plan.problem.rules, key=lambda rule: (rule.stage != "primary", rule.indicator_code)):
        place = rule.indicator_code, rule.stage
        figures = {name: each.coefficients.get(place) for name, each in zip(names, made.outlooks, strict=True)}
        shown: dict[str, object] = {name: _coefficient_shown(value, rule.limit) for name, value in figures.items()}
        name = f"{rule.indicator_code} {plan.indicators[rule.indicator_code].name}"
        rows.append({"stage": plan.stages[rule.stage], "indicator": name, "limit": rule.limit} | shown)
    for stage in made.outlooks[0].schools:
        met: dict[str, object] = {
            name: f"{each.schools_met[stage]}/{each.schools[stage]}" for name, each in zip(names, made.outlooks, strict=True)
        }
        rows.append({"stage": plan.stages[stage], "indicator": texts.lines["schools_met"], "limit": None} | met)
    return _page("coefficients", made, rows, [mark, texts.lines["outlook"], texts.lines["years"]], (), columns)


def _coefficient_shown(value: float | None, limit: Decimal | None) -> str:
    lines = forecast_texts().lines
    if value is None:
        return lines["undecided"]
    return lines["over"].format(value=f"{value:.3f}") if limit is not None and value > limit else f"{value:.3f}"


def _errors(made: Forecast) -> list[Line]:
    return [
        {
            "stage": forecast_texts().stages[error.stage],
            "ahead": error.ahead,
            "cases": error.cases,
            "cohort": error.cohort * 100,
            "last": error.last_year * 100,
            "line": None if error.line is None else error.line * 100,
        }
        for error in made.errors
    ]


def write_forecast_files(made: Forecast, release_id: str, out: Path) -> None:
    """``forecast.csv``, one school, year and stage a row, and ``forecast.json`` with the county."""
    data = io.StringIO()
    writer = csv.writer(data, lineterminator="\r\n")
    writer.writerow(["school_code", "school_year", "stage", "pupils", "low", "high", "classes_of_school", "rooms", "warning"])
    for school in made.schools:
        for stage, pupils in school.pupils.items():
            ends = ["" if end is None else round(end, 1) for end in (pupils.low, pupils.high)]
            rooms = "" if school.rooms is None else school.rooms
            writer.writerow(
                [school.school_code, school.year, stage, round(pupils.value, 1), *ends, school.classes, rooms, school.warning]
            )
    write_atomically(out / CSV, ("\ufeff" + data.getvalue()).encode())
    shown = {
        "forecast": True,
        "release": release_id,
        "county_code": made.county.code,
        "school_year": made.county.cohorts.years[-1],
        "years_by_grade": made.county.years_by_grade,
        "has_children": made.county.has_children,
        "has_bands": made.projection.draws is not None,
        "county": [asdict(each) for each in made.years],
        "errors": [asdict(each) for each in made.errors],
        "new_places": [asdict(each) for each in made.county.new_places],
        "migrants": [asdict(each) | {"year": year} for year, each in zip(made.projection.years, made.migrants, strict=False)],
        "migrants_apart": made.county.migrants is not None,
        "falls": [asdict(each) | {"standard": float(each.standard)} for each in made.falls],
        "coefficients": [
            {"year": each.year, "stage": stage, "indicator": indicator, "coefficient": value}
            for each in made.outlooks
            for (indicator, stage), value in sorted(each.coefficients.items())
        ],
    }
    write_atomically(out / JSON, json.dumps(shown, ensure_ascii=False, indent=2).encode())
