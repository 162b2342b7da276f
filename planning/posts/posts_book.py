"""Posts and moves for people and programs: ``scenario.csv``, ``posts.xlsx``, ``posts.json``."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from junheng.core.home import write_atomically
from planning.posts.county_posts import Cell, CountyPosts, posts_form
from planning.posts.rotation import Rotation, whole
from planning.scenario import scenario_form
from publish.papers.paper_pages import write_papers
from publish.papers.sheets import PaperPage, PaperTable
from publish.words.formats import school_year

POSTS_SCENARIO, POSTS_BOOK, POSTS_JSON = "scenario.csv", "posts.xlsx", "posts.json"
Line = Mapping[str, object]


@dataclass(frozen=True)
class NamesOfPosts:
    """What people call the county, stages, subjects and indicators."""

    county: str
    stages: Mapping[str, str]
    subjects: Mapping[str, str]
    indicators: Mapping[str, str]


@dataclass(frozen=True)
class EffectFigure:
    """A coefficient with the schools that miss the standard, or a share of G11 by its part."""

    stage: str
    indicator_code: str
    limit: Decimal | None
    value: Decimal | None
    missed: int | None


@dataclass(frozen=True)
class RotationEffect:
    """Figures before and after by the real models; what stood in the way of trying it."""

    before: Sequence[EffectFigure]
    after: Sequence[EffectFigure]
    faults: Sequence[str] = ()


def write_rotation_scenario(county: CountyPosts, rotation: Rotation, out: Path) -> Path:
    """Moves as measures: teachers, and those of them with a fact that an indicator counts."""
    form, measures, data = posts_form(), scenario_form(), io.StringIO()
    amounts: Counter[tuple[str, str, str, str]] = Counter()
    exchanged: Counter[tuple[str, str, str]] = Counter()
    for move in rotation.moves:
        place = move.from_cell[0], move.to_school, move.from_cell[1]
        amounts[*place, "teachers"] += move.teachers
        for fact, has_it in zip(form.facts, move.facts, strict=True):
            if has_it:
                amounts[*place, form.items[fact]] += move.teachers
        exchanged[move.to_school, move.from_cell[1], "exchanged"] += move.teachers
        if move.facts[list(form.facts).index("is_backbone")]:
            exchanged[move.to_school, move.from_cell[1], "exchanged_backbone"] += move.teachers
    writer = csv.writer(data, lineterminator="\r\n")
    writer.writerow(form.scenario)
    for (giving, taking, stage, item), amount in sorted(amounts.items()):
        name, label = county.schools[giving].name, measures.items[item].names[0]
        writer.writerow([form.move, giving, name, measures.stages[stage][0], label, amount, taking, "", 0, form.ways["rotation"]])
    for (school, stage, item), amount in sorted(exchanged.items()):
        name, label = county.schools[school].name, measures.items[item].names[0]
        row = [form.counted, school, name, measures.stages[stage][0], label, amount, "", "", 0, form.ways["rotation"]]
        writer.writerow(row)
    path = out / POSTS_SCENARIO
    write_atomically(path, ("\ufeff" + data.getvalue()).encode())
    return path


def sentences(county: CountyPosts, rotation: Rotation, own_list: Path | None) -> list[str]:
    """What a head has to know first."""
    form = posts_form()
    lines = form.lines
    spare, missing = whole(county.posts)
    counted = {
        "spare": sum(spare.values()),
        "missing": sum(missing.values()),
        "spare_schools": len({school for school, _, _ in spare}),
        "missing_schools": len({school for school, _, _ in missing}),
    }
    lead = [lines["posts"].format(**counted)]
    if rotation.moves:
        near = sum(move.teachers for move in rotation.moves if _is_near(county, move.from_cell[0], move.to_school))
        filled = round(100 * rotation.teachers / max(counted["missing"], 1))
        shown = {"moves": rotation.teachers, "backbone": rotation.with_fact("is_backbone"), "near": near, "filled": filled}
        lead.append(lines["moves"].format(**shown, visits=len(rotation.visits)))
    else:
        lead.append(lines["no_moves"])
    key = "relative" if own_list is None else "absolute"
    lead.append(lines[key].format(source=form.source, file=own_list.name if own_list else ""))
    return lead


def _is_near(county: CountyPosts, one: str, other: str) -> bool:
    return county.schools[one].township == county.schools[other].township != ""


def write_posts_book(
    county: CountyPosts,
    rotation: Rotation,
    effect: RotationEffect | None,
    names: NamesOfPosts,
    further: Sequence[str],
    release_id: str,
    created_at: str,
    out: Path,
) -> Path:
    """``posts.xlsx`` and ``posts.html``. ``further``: sentences below the mark."""
    form = posts_form()
    mark = form.lines["mark"].format(release=release_id, year=school_year(county.year))
    left_out = "、".join(_name(county, school) for school in county.left_out) or form.lines["nobody"]
    kept = form.lines["kept"].format(share=round(100 * form.backbone_share))
    pages = [
        _page(
            "moves", names, _moves(county, rotation, names), [mark, *further], [kept, form.lines["open"], form.lines["persons"]]
        ),
        _page("posts", names, _posts(county, names), [mark], [form.lines["counted"].format(schools=left_out)]),
    ]
    if effect is not None:
        pages.append(_page("effect", names, _effect(effect, names), [mark, *effect.faults], [form.lines["effect"]]))
    edges = {
        "release": release_id,
        "state": form.state,
        "county": names.county,
        "year": school_year(county.year),
        "created_at": created_at,
    }
    return write_papers(pages, edges, out, POSTS_BOOK)


def _page(page: str, names: NamesOfPosts, rows: Sequence[Line], lines: Sequence[str], notes: Sequence[str]) -> PaperPage:
    described = posts_form().pages[page]
    table, title = PaperTable(described.columns, rows), described.title.format(county=names.county)
    return PaperPage(described.name, title, [table], lines, notes, is_landscape=True, is_list=True)


def _name(county: CountyPosts, school: str) -> str:
    return county.schools[school].name if school in county.schools else school


def _moves(county: CountyPosts, rotation: Rotation, names: NamesOfPosts) -> list[Line]:
    form = posts_form()
    grouped: dict[tuple[Cell, str], Counter[str]] = defaultdict(Counter)
    for move in rotation.moves:
        counts = grouped[move.from_cell, move.to_school]
        counts["teachers"] += move.teachers
        for fact, has_it in zip(form.facts, move.facts, strict=True):
            counts[fact] += move.teachers * has_it
    rows = [_move("rotation", cell, to, counts, county, names) for (cell, to), counts in sorted(grouped.items())]
    nothing = Counter({"teachers": 1})
    return rows + [_move("visit", visit.from_cell, visit.to_school, nothing, county, names) for visit in rotation.visits]


def _move(way: str, cell: Cell, to: str, counts: Counter[str], county: CountyPosts, names: NamesOfPosts) -> Line:
    form = posts_form()
    facts = {fact: counts[fact] if way == "rotation" else None for fact in form.facts}
    return {
        "way": form.ways[way],
        "from": _name(county, cell[0]),
        "to": _name(county, to),
        "distance": form.near if _is_near(county, cell[0], to) else form.far,
        "stage": names.stages.get(cell[1], cell[1]),
        "subject": names.subjects.get(cell[2], cell[2]),
        "teachers": counts["teachers"],
        **facts,
    }


def _posts(county: CountyPosts, names: NamesOfPosts) -> list[Line]:
    """Those that lack most on top of each stage and subject."""
    ordered = sorted(county.posts, key=lambda post: (post.cell[1] != "primary", post.cell[2], post.spare, post.cell[0]))
    return [
        {
            "school": _name(county, post.cell[0]),
            "township": county.schools[post.cell[0]].township if post.cell[0] in county.schools else "",
            "stage": names.stages.get(post.cell[1], post.cell[1]),
            "subject": names.subjects.get(post.cell[2], post.cell[2]),
            "have": float(post.have),
            "need": float(post.need),
            "spare": float(post.spare),
            "weak": county.weak.get(post.cell, ""),
        }
        for post in ordered
    ]


def _effect(effect: RotationEffect, names: NamesOfPosts) -> list[Line]:
    after = {(figure.stage, figure.indicator_code): figure for figure in effect.after}
    form, rows = posts_form(), list[Line]()
    for figure in effect.before:
        then = after.get((figure.stage, figure.indicator_code))
        name = names.indicators.get(figure.indicator_code) or form.shares[figure.stage]
        rows.append(
            {
                "stage": names.stages.get(figure.stage, form.whole),
                "indicator": f"{figure.indicator_code} {name}",
                "limit": figure.limit,
                "before": figure.value,
                "after": then.value if then else None,
                "missed": figure.missed,
                "missed_after": then.missed if then else None,
            }
        )
    return rows


def write_posts_json(county: CountyPosts, rotation: Rotation, effect: RotationEffect | None, release_id: str, out: Path) -> Path:
    """``posts.json``."""
    facts = list(posts_form().facts)
    shown = {
        "simulated": True,
        "release": release_id,
        "county_code": county.code,
        "school_year": county.year,
        "posts": [
            {
                "school_code": post.cell[0],
                "stage": post.cell[1],
                "subject": post.cell[2],
                "have": float(post.have),
                "need": float(post.need),
            }
            for post in county.posts
        ],
        "moves": [
            {
                "from": move.from_cell[0],
                "to": move.to_school,
                "stage": move.from_cell[1],
                "subject": move.from_cell[2],
                "teachers": move.teachers,
                **dict(zip(facts, move.facts, strict=True)),
            }
            for move in rotation.moves
        ],
        "visits": [
            {"from": v.from_cell[0], "to": v.to_school, "stage": v.from_cell[1], "subject": v.from_cell[2]}
            for v in rotation.visits
        ],
        "left_out": county.left_out,
        "faults": [] if effect is None else list(effect.faults),
        "effect": []
        if effect is None
        else [
            {
                "when": when,
                "stage": figure.stage,
                "indicator": figure.indicator_code,
                "coefficient": None if figure.value is None else float(figure.value),
                "missed": figure.missed,
            }
            for when, figures in (("before", effect.before), ("after", effect.after))
            for figure in figures
        ],
    }
    path = out / POSTS_JSON
    write_atomically(path, json.dumps(shown, ensure_ascii=False, indent=2).encode())
    return path
