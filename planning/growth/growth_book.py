"""Value added for people and programs: ``growth.xlsx`` and ``growth.json``; schools alone, in no order of merit."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from junheng.core.home import write_atomically
from planning.growth.county_growth import WITHHELD, CountyGrowth, SubjectGrowth, growth_form, named
from publish.papers.paper_pages import write_papers
from publish.papers.sheets import PaperPage, PaperTable
from publish.words.formats import school_year

GROWTH_BOOK, GROWTH_JSON = "growth.xlsx", "growth.json"
Line = Mapping[str, object]


def groups_of(county: CountyGrowth) -> Counter[str]:
    """How often a school stands above, below, neither, or is withheld."""
    counts = Counter(subject.group(school) for subject in county.subjects for school in subject.value_added.schools)
    counts[WITHHELD] = sum(len(subject.withheld) for subject in county.subjects)
    return counts


def write_growth_book(
    county: CountyGrowth,
    name: str,
    schools: Mapping[str, str],
    subjects: Mapping[str, str],
    least: int,
    release_id: str,
    created_at: str,
    out: Path,
) -> Path:
    """``growth.xlsx`` and ``growth.html``. ``schools``, ``subjects``: names by code; ``least``: fewer pupils are withheld."""
    form = growth_form()
    lines = [form.lines["mark"].format(release=release_id), *_sentences(county, subjects)]
    notes = [form.lines[key].format(least=least) for key in ("what", "shrunk", "no_order", "withheld")]
    effects = [line for subject in county.subjects for line in _effects(subject, schools, subjects)]
    pages = [
        _page("schools", name, effects, lines, notes),
        _page("tests", name, [_test(subject, subjects) for subject in county.subjects], lines, notes),
    ]
    newest = max((subject.test[0] for subject in county.subjects), default=None)
    edges = {
        "release": release_id,
        "state": form.state,
        "county": name,
        "year": "" if newest is None else school_year(newest),
        "created_at": created_at,
    }
    return write_papers(pages, edges, out, GROWTH_BOOK)


def _page(page: str, county: str, rows: Sequence[Line], lines: Sequence[str], notes: Sequence[str]) -> PaperPage:
    described = growth_form().pages[page]
    table = PaperTable(described.columns, rows)
    return PaperPage(
        described.name, described.title.format(county=county), [table], lines, notes, is_landscape=True, is_list=True
    )


def _sentences(county: CountyGrowth, subjects: Mapping[str, str]) -> list[str]:
    lines, sentences = growth_form().lines, list[str]()
    for each in county.subjects:
        year, name, grade = each.test
        linked = lines["linked"].format(
            later=name,
            later_year=school_year(year),
            grade=grade,
            subject=subjects.get(each.subject, each.subject),
            earlier_year=named(each.earlier),
            tested=each.tested,
            linked=each.linked,
            share=round(100 * each.linked / each.tested),
        )
        share = lines["between"].format(share=round(100 * each.value_added.share_between))
        sentences.append(f"{linked}{share}")
    return [*sentences, *(_in_words(reason, subjects) for reason in county.reasons)]


def _in_words(reason: str, subjects: Mapping[str, str]) -> str:
    """A reason with its subject's name; it ends what names the test."""
    for code, label in subjects.items():
        reason = reason.replace(f" {code}：", f"{label}：")
    return reason


def _effects(subject: SubjectGrowth, schools: Mapping[str, str], subjects: Mapping[str, str]) -> list[Line]:
    form = growth_form()
    place = {"test": named(subject.test), "subject": subjects.get(subject.subject, subject.subject)}
    rows = list[dict[str, object]]()
    for school in subject.value_added.schools:
        low, high = school.interval(form.deviations)
        effect = {"effect": school.effect, "low": low, "high": high, "group": form.groups[subject.group(school)]}
        rows.append(place | {"school": schools.get(school.school_code, school.school_code), "pupils": school.pupils} | effect)
    for code, pupils in subject.withheld:
        nothing = {"effect": None, "low": None, "high": None, "group": form.groups[WITHHELD]}
        rows.append(place | {"school": schools.get(code, code), "pupils": pupils} | nothing)
    return sorted(rows, key=lambda row: str(row["school"]))


def _test(subject: SubjectGrowth, subjects: Mapping[str, str]) -> Line:
    value_added = subject.value_added
    return {
        "test": named(subject.test),
        "subject": subjects.get(subject.subject, subject.subject),
        "linked": subject.linked,
        "schools": len(value_added.schools),
        "slope": value_added.fixed[1],
        "between": value_added.between,
        "within": value_added.within,
        "share": 100 * value_added.share_between,
    }


def write_growth_json(county: CountyGrowth, code: str, release_id: str, out: Path) -> Path:
    """``growth.json``."""
    deviations = growth_form().deviations
    shown = {
        "release": release_id,
        "county_code": code,
        "subjects": [
            {
                "school_year": each.test[0],
                "assessment": each.test[1],
                "grade": each.test[2],
                "earlier_school_year": each.earlier[0],
                "subject": each.subject,
                "tested": each.tested,
                "linked": each.linked,
                "fixed": each.value_added.fixed,
                "fixed_errors": each.value_added.fixed_errors,
                "between": each.value_added.between,
                "within": each.value_added.within,
                "schools": [
                    {
                        "school_code": school.school_code,
                        "pupils": school.pupils,
                        "effect": school.effect,
                        "interval": school.interval(deviations),
                        "group": each.group(school),
                    }
                    for school in each.value_added.schools
                ],
                "withheld": [school for school, _ in each.withheld],
            }
            for each in county.subjects
        ],
        "reasons": county.reasons,
    }
    path = out / GROWTH_JSON
    write_atomically(path, json.dumps(shown, ensure_ascii=False, indent=2).encode())
    return path
