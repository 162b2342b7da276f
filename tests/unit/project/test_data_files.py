"""What Python reads of YAML files of ingest, publish and the sample is typed: a key too many or too few is red and is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, RootModel

from ingest.inspect import columns
from ingest.landing import evidence, returned
from ingest.shapes import words
from ingest.values import cells, names, persons, units
from junheng.core.data import read_yaml
from junheng.core.settings import CONTRACTS, PROJECT_ROOT, SOURCES
from junheng.core.typed import BadDataFile, load
from junheng.scheduler import roles
from planning import comparison, plan_texts, scenario, simulation, solver
from planning.growth import county_growth
from planning.posts import county_posts
from planning.pupils import forecast_book, forecast_county
from publish import metrics, notices
from publish.issues import dispatch, issue_books
from publish.papers import (
    act_papers,
    application_form,
    document,
    evidence_package,
    inspections,
    issue_ledger,
    narrative,
    owed_evidence,
    rehearsal,
    returns,
    school_plans,
    self_report_texts,
    sheets,
    task_lists,
    weak_subjects,
)
from publish.release import retention
from publish.serve import access, superset
from publish.site import audit_tables, english, maps, noun_kinds, site
from publish.tables import mart_docs
from publish.trust import delivered
from samples import county, items, plan, planted

MODELS: dict[str, type[BaseModel]] = {
    "ingest/landing/evidence.yml": evidence.EvidenceSettings,
    "ingest/landing/returned.yml": returned.ReturnedSettings,
    "ingest/shapes/layout.yml": words.LayoutWords,
    "ingest/values/cells.yml": cells.CellWords,
    "ingest/values/footers.yml": persons.Footers,
    "ingest/values/names.yml": names.NameWords,
    "ingest/values/personal_headers.yml": persons.PersonalHeaders,
    "ingest/values/units.yml": units.UnitWords,
    "junheng/scheduler/roles.yml": roles.Roles,
    "planning/pupils/forecast.yml": forecast_county.ForecastSettings,
    "planning/pupils/forecast_texts.yml": forecast_book.ForecastTexts,
    "planning/growth/county_growth.yml": county_growth.GrowthForm,
    "planning/comparison.yml": comparison.ComparisonTexts,
    "planning/plan_texts.yml": plan_texts.LeastPlanTexts,
    "planning/planning.yml": solver.PlanSettings,
    "planning/posts/curriculum.yml": county_posts.PostsForm,
    "planning/scenario.yml": scenario.ScenarioForm,
    "planning/simulation.yml": simulation.SimulationTexts,
    "publish/issues/dispatch.yml": dispatch.DispatchRules,
    "publish/issues/issue_books.yml": issue_books.BookLayout,
    "publish/metrics.yml": metrics.MetricsTexts,
    "publish/notices.yml": notices.NoticeTexts,
    "publish/papers/act_papers.yml": act_papers.ActTexts,
    "publish/papers/application_form.yml": application_form.FormLayout,
    "publish/papers/self_report.yml": self_report_texts.SelfReportTexts,
    "publish/papers/inspections.yml": inspections.InspectionTexts,
    "publish/papers/weak_subjects.yml": weak_subjects.WeakSubjectTexts,
    "publish/papers/rehearsal.yml": rehearsal.RehearsalTexts,
    "publish/papers/returns.yml": returns.ReturnTexts,
    "publish/papers/school_plans.yml": school_plans.PlanTexts,
    "publish/papers/sheets.yml": sheets.SheetStyle,
    "publish/papers/document.yml": document.DocumentLayout,
    "publish/papers/issue_ledger.yml": issue_ledger.OfficeLedgerTexts,
    "publish/papers/evidence_package.yml": evidence_package.PackageTexts,
    "publish/papers/owed_evidence.yml": owed_evidence.EvidenceDebtTexts,
    "publish/papers/rectification.yml": narrative.RectificationTexts,
    "publish/papers/task_lists.yml": task_lists.TaskTexts,
    "publish/release/retention.yml": retention.Retention,
    "publish/serve/access.yml": access.Access,
    "publish/serve/superset.yml": superset.SupersetBundle,
    "publish/site/audit_pack.yml": audit_tables.PackSettings,
    "publish/site/english.yml": english.EnglishTexts,
    "publish/site/maps.yml": maps.MapSettings,
    "publish/site/nouns.yml": noun_kinds.NounSettings,
    "publish/site/site.yml": site.SiteSettings,
    "publish/tables/marts.yml": mart_docs.Questions,
    "publish/trust/explain.yml": delivered.BesideRequirements,
}
TEXTS = {f"{room}/texts.yml" for room in ("ingest/landing", "ingest/readers", "ingest/shapes", "ingest/values", "publish/words")}
"""Sentences by section: a template or a module names them one by one."""
LISTS = {"ingest/inspect/parts.yml": columns.PartWords}
"""Without keys."""
ELSEWHERE = {
    "junheng/scheduler/dags.yml",  # read whenever the scheduler reads a DAG: no models are loaded there
    "ingest/schema/area_systems.yml",  # entries of a strict model of their own, held against the seed of areas
    "ingest/schema/choices.yml",  # lists that sources name: a name that is not there is no source
    "ingest/values/causes.yml",  # read in a process that loads no models; sentences by the name of an error
    "ingest/values/faults.yml",  # entries of a strict model of their own
    "ingest/values/personal_numbers.yml",  # read in a process that loads no models
}


def test_every_file_has_its_model() -> None:
    files = [
        path
        for package in ("ingest", "junheng/scheduler", "planning", "publish")
        for path in (PROJECT_ROOT / package).rglob("*.yml")
    ]
    names_of_files = {path.relative_to(PROJECT_ROOT).as_posix() for path in files if path.parent not in (SOURCES, CONTRACTS)}
    assert names_of_files == MODELS.keys() | LISTS.keys() | TEXTS | ELSEWHERE


def test_a_list_holds_lists_of_words(tmp_path: Path) -> None:
    path = tmp_path / "parts.yml"
    path.write_text("- {boys: girls}", encoding="utf-8")
    with pytest.raises(BadDataFile, match=r"parts\.yml: 0: Input should be a valid tuple"):
        load(path, columns.PartWords)


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, Callable[[Any], None]], Path]:
    """The copy of a file after a change."""

    def change(name: str, how: Callable[[Any], None]) -> Path:
        content = read_yaml(PROJECT_ROOT / name)
        how(content)
        path = tmp_path / Path(name).name
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return path

    return change


def top(content: Any, model: type[BaseModel]) -> Any:
    """The mapping whose keys a model names: the whole, or of a mapping by mart its first entry."""
    return next(iter(content.values())) if issubclass(model, RootModel) else content


def keys(model: type[BaseModel]) -> list[str]:
    """Keys that have to be there."""
    fields = (mart_docs.Question if issubclass(model, RootModel) else model).model_fields
    return [name for name, field in fields.items() if field.is_required()]


@pytest.mark.parametrize(
    ("name", "model", "listed"),
    [
        (f"county_{county.CODE}", plan.CountyPlan, "schools"),
        ("planted_faults", planted.PlantedFaults, "rows"),
        ("planted_faults", planted.PlantedFaults, "files"),
        (f"county_items_{county.CODE}", items.CountyItems, "declared"),
        (f"county_items_{county.CODE}", items.CountyItems, "figures"),
    ],
)
def test_a_misspelt_key_of_the_sample_county_plants_nothing_else(
    name: str, model: type[BaseModel], listed: str, changed: Callable[..., Path]
) -> None:
    path = changed(f"samples/data/{name}.yml", lambda content: content[listed][0].update({"chang": {}}))
    with pytest.raises(BadDataFile, match=rf"{listed}\.0\.chang: Extra inputs are not permitted"):
        load(path, model)


@pytest.mark.parametrize("name", MODELS)
def test_a_key_that_is_missing_is_named(name: str, changed: Callable[..., Path]) -> None:
    model = MODELS[name]
    for key in keys(model):
        path = changed(name, lambda content, key=key: top(content, model).pop(key))
        path = path.rename(path.with_name(f"without_{key}.yml"))
        with pytest.raises(BadDataFile, match=rf"{path.name}: .*{key}: Field required"):
            load(path, model)


@pytest.mark.parametrize("name", MODELS)
def test_a_key_that_is_unknown_is_named(name: str, changed: Callable[..., Path]) -> None:
    model = MODELS[name]
    path = changed(name, lambda content: top(content, model).update({"an_unknown_key": "x"}))
    with pytest.raises(BadDataFile, match=rf"{path.name}: .*an_unknown_key: Extra inputs are not permitted"):
        load(path, model)


@pytest.mark.parametrize(
    ("name", "place", "key"),
    [
        ("publish/issues/dispatch.yml", ("rhythms", "weekly", "planned"), "hour"),
        ("publish/issues/dispatch.yml", ("lists",), "late"),
        ("publish/issues/issue_books.yml", ("not_listed",), "late"),
        ("publish/papers/rectification.yml", ("owed",), "late"),
        ("publish/notices.yml", ("kinds", "red"), "late"),
        ("publish/notices.yml", ("deadlines", "faults"), "late"),
        ("publish/site/audit_pack.yml", ("tables", "dim_check"), "late"),
    ],
)
def test_a_key_that_is_unknown_is_named_further_down(
    name: str, place: tuple[str, ...], key: str, changed: Callable[..., Path]
) -> None:
    def add(content: Any) -> None:
        for step in place:
            content = content[step]
        content[key] = "x"

    with pytest.raises(BadDataFile, match=rf"{'.'.join(place)}.{key}"):
        load(changed(name, add), MODELS[name])


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("publish/issues/dispatch.yml", ("lists", "waiting")),
        ("publish/issues/issue_books.yml", ("not_listed", "money")),
        ("publish/notices.yml", ("kinds", "overdue")),
        ("publish/notices.yml", ("deadlines", "columns", "due")),
        ("publish/trust/explain.yml", ("county", "survey")),
    ],
)
def test_a_mapping_that_is_asked_for_a_key_has_it(name: str, place: tuple[str, ...], changed: Callable[..., Path]) -> None:
    def remove(content: Any) -> None:
        for step in place[:-1]:
            content = content[step]
        del content[place[-1]]

    with pytest.raises(BadDataFile, match=f"missing: {place[-1]}"):
        load(changed(name, remove), MODELS[name])
