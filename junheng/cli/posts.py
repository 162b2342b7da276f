"""``junheng posts``: teachers to spare and lacking, and who could move, tried by the real models; nothing is published."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import duckdb
from rich.console import Console

from junheng.core.home import Home
from junheng.core.sql import records
from junheng.core.wrapping import say_line
from planning.county import CountyToPlan, NotPlanned, read_county
from planning.least_plan import figures
from planning.posts.county_posts import CountyPosts, NoPosts, OwnList, posts_form, read_own_list, read_posts
from planning.posts.exchange_effect import effect_sentence, past_changes
from planning.posts.posts_book import (
    EffectFigure,
    NamesOfPosts,
    RotationEffect,
    sentences,
    write_posts_book,
    write_posts_json,
    write_rotation_scenario,
)
from planning.posts.rotation import propose
from planning.posts.teacher_facts import kept_within
from planning.scenario import ScenarioUnusable, read_scenario
from planning.simulation import Base, NothingPublished, NotSimulated, base_told, folder_for, simulate
from publish.words.unit_costs import UnitCostsUnusable

DONE, USAGE, NOTHING = 0, 2, 4
"""Exit codes of ``junheng posts``."""
_COUNTY = "select county_name from marts.dim_county where county_code = ? order by school_year desc limit 1"
_EXCHANGED = """
    select part, threshold, value_rounded as value from marts.fct_county_requirement
    where county_code = ? and school_year = ? and ruleset_id = ? and requirement_code = 'G11' order by part
"""
_LABELS = "select list, code, label_zh from marts.dim_code where list in ('stage', 'subject')"


def run(
    path: Path, county_code: str, out: Path, console: Console, *, own_list: Path | None = None, most: int | None = None
) -> int:
    """Write ``posts.xlsx``, ``posts.json`` and ``scenario.csv``. Returns the exit code."""
    home = Home(path)
    try:
        place = folder_for(home, out)
        with base_told(home, place, console) as base:
            with duckdb.connect(str(base.database), read_only=True) as connection:
                names = _names(connection, county_code)
                codes = {label: code for code, label in names.subjects.items()}
                listed = None if own_list is None else read_own_list(own_list, codes)
                county = read_posts(connection, county_code, listed)
                plan = _under_rules(connection, county_code)
                past = effect_sentence(past_changes(connection, county_code))
            rotation = propose(county, {}, most) if plan is None else kept_within(county, plan.problem, most)
            scenario = write_rotation_scenario(county, rotation, place)
            effect = None if plan is None or not rotation.moves else _tried(plan, base, scenario)
            release = base.release
    except (NoPosts, NotSimulated, UnitCostsUnusable) as error:
        say_line(console, str(error))
        return NOTHING if isinstance(error, NothingPublished) else USAGE
    if plan is not None:
        named = {code: indicator.name for code, indicator in plan.indicators.items()}
        names = NamesOfPosts(names.county, names.stages, names.subjects, named)
    lead = [*sentences(county, rotation, own_list), *_differing(county, names, listed), past]
    write_posts_book(county, rotation, effect, names, lead, release.release_id, release.created_at, place)
    write_posts_json(county, rotation, effect, release.release_id, place)
    for sentence in (*lead, *(effect.faults if effect else ())):
        say_line(console, sentence)
    say_line(console, posts_form().say("written", out=place))
    return DONE


def _names(connection: duckdb.DuckDBPyConnection, code: str) -> NamesOfPosts:
    county = records(connection, _COUNTY, code)
    labels: dict[str, dict[str, str]] = {"stage": {}, "subject": {}}
    for row in records(connection, _LABELS):
        labels[row["list"]][row["code"]] = row["label_zh"]
    name = (county[0]["county_name"] if county else None) or code
    return NamesOfPosts(name, labels["stage"], labels["subject"], {})


def _under_rules(connection: duckdb.DuckDBPyConnection, code: str) -> CountyToPlan | None:
    try:
        return read_county(connection, code, None, None, None)
    except NotPlanned:
        return None


def _tried(plan: CountyToPlan, base: Base, scenario: Path) -> RotationEffect:
    """The proposal by the real models; the base is built upon."""
    before = _state(plan, base)
    try:
        simulate(base, read_scenario(scenario))
    except ScenarioUnusable as error:
        return RotationEffect(before, (), error.faults)
    return RotationEffect(before, _state(plan, base))


def _state(plan: CountyToPlan, base: Base) -> list[EffectFigure]:
    chosen = set(posts_form().indicators.values())
    coefficients = [
        EffectFigure(each.stage, each.indicator_code, each.limit, each.coefficient, each.missed)
        for each in figures(plan, base.database)
        if each.indicator_code in chosen
    ]
    with duckdb.connect(str(base.database), read_only=True) as connection:
        rows = records(connection, _EXCHANGED, plan.code, plan.year, plan.ruleset_id)
    return coefficients + [EffectFigure(row["part"], "G11", row["threshold"], row["value"], None) for row in rows]


def _differing(county: CountyPosts, names: NamesOfPosts, listed: OwnList | None) -> list[str]:
    """Where the county's own list does not add up to the curriculum."""
    form = posts_form()
    sentences_of = []
    for stage, curriculum in sorted(county.lessons.items()):
        summed = sum((lessons for (of, _), (lessons, _) in (listed or {}).items() if of == stage), Fraction(0))
        if listed is not None and abs(summed - curriculum) > form.tolerance:
            shown = {"sum": f"{float(summed):g}", "curriculum": f"{float(curriculum):.1f}"}
            sentences_of.append(form.lines["differs"].format(stage=names.stages.get(stage, stage), **shown))
    return sentences_of
