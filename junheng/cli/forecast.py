"""``junheng forecast``: pupils, places and verdicts of the coming years, from a release; nothing is published."""

from __future__ import annotations

from pathlib import Path

import duckdb
from rich.console import Console

from junheng.core.home import Home
from junheng.core.wrapping import say_line
from planning.county import CountyToPlan, NotPlanned, read_county
from planning.pupils.cohort_bands import LEAST_YEARS
from planning.pupils.forecast import RED, YELLOW, Forecast, forecast
from planning.pupils.forecast_book import forecast_texts, write_forecast_book, write_forecast_files
from planning.pupils.forecast_county import NotForecast, forecast_settings, read_county_to_forecast
from planning.scenario import ScenarioUnusable, read_scenario
from planning.simulation import NothingPublished, NotSimulated, base_told, folder_for
from publish.words.formats import school_year
from publish.words.unit_costs import UnitCostsUnusable

DONE, USAGE, NOTHING = 0, 2, 4
"""Exit codes of ``junheng forecast``."""
_MOST_YEARS = 20


def run(
    path: Path,
    county_code: str,
    out: Path,
    console: Console,
    *,
    years: int | None = None,
    ruleset: str | None = None,
    scenario: Path | None = None,
) -> int:
    """Write ``forecast.xlsx``, ``forecast.html``, ``forecast.csv`` and ``forecast.json``. Returns the exit code."""
    home, settings, texts = Home(path), forecast_settings(), forecast_texts()
    horizon = settings.years if years is None else years
    if not 1 <= horizon <= _MOST_YEARS:
        say_line(console, texts.say("years", most=_MOST_YEARS))
        return USAGE
    try:
        measures = None if scenario is None else read_scenario(scenario)
        place = folder_for(home, out)
        with base_told(home, place, console) as base:
            with duckdb.connect(str(base.database), read_only=True) as connection:
                county = read_county_to_forecast(connection, county_code, horizon, texts.texts["no_county"])
                plan = _under_rules(connection, county_code, ruleset)
            made = forecast(county, plan, horizon, settings, measures)
            write_forecast_book(made, plan, base.release.release_id, base.release.created_at, place)
            write_forecast_files(made, base.release.release_id, place)
    except ScenarioUnusable as error:
        for fault in error.faults:
            say_line(console, fault)
        return USAGE
    except (NotForecast, NotPlanned, NotSimulated, UnitCostsUnusable) as error:
        say_line(console, str(error))
        return NOTHING if isinstance(error, NothingPublished) else USAGE
    _tell(made, base.release.release_id, place, console)
    return DONE


def _under_rules(connection: duckdb.DuckDBPyConnection, code: str, ruleset: str | None) -> CountyToPlan | None:
    """The county under its rule set; None where no rule set holds and none was asked for."""
    try:
        return read_county(connection, code, ruleset, None, None)
    except NotPlanned:
        if ruleset is not None:
            raise
        return None


def _tell(made: Forecast, release_id: str, out: Path, console: Console) -> None:
    texts, years = forecast_texts(), made.projection.years
    say_line(console, texts.say("done", release=release_id, first=years[0], last=years[-1]))
    counts = {
        year: [sum(school.year == year and school.warning == level for school in made.schools) for level in (RED, YELLOW)]
        for year in years
    }
    for year, (red, yellow) in counts.items():
        if red or yellow:
            say_line(console, texts.say("red", year=school_year(year), red=red, yellow=yellow), indent=2)
    if not any(map(any, counts.values())):
        say_line(console, texts.say("no_warning"), indent=2)
    if made.falls:
        say_line(console, texts.say("falls", count=len(made.falls), year=made.falls[0].year), indent=2)
    if made.projection.draws is None:
        say_line(console, texts.say("no_band", least=LEAST_YEARS), indent=2)
    say_line(console, texts.say("written", out=out))
