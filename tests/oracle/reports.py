"""Marts that lay out what others hold: the scorecard, the county's reporting forms, lists of school and class sizes, scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from tests.oracle.county_verdict import BLOCKS, World
from tests.oracle.monitoring import results
from tests.oracle.oracle import INDICATORS, Figures
from tests.oracle.requirements import CLASS_LIMITS, Judged, fold_verdicts, runs_forbidden_classes, teaches
from tests.oracle.schools import (
    ASSESSED_KINDS,
    BANDS,
    STAGES,
    STAGES_OF_KIND,
    TEACHING_POINT,
    WEIGHTS,
    Key,
    Row,
    School,
    counties,
    fold,
    half_up,
    has_stage,
    in_scope,
    in_scope_2012,
)

LINES_OF_VALUES = {f"l{number}": indicator for number, indicator in enumerate(INDICATORS, 7)}
"""表Ⅱ-2: L7 to L13 are the seven values of a school."""
LINES_OF_FIGURES = {f"l{number}": indicator for number, indicator in enumerate((*INDICATORS, "composite"), 1)}
"""表Ⅲ: L1 to L8 are means and coefficients of the county."""


def scorecard(
    figures: Figures, figures_2012: Figures, requirements: Mapping[Key, Row], verdicts: Mapping[Key, Row]
) -> dict[Key, Row]:
    """One wide row per county and year."""
    found: dict[Key, Row] = {}
    for place, verdict in verdicts.items():
        row: Row = dict(verdict)
        for stage in STAGES:
            folded = [v["verdict"] for k, v in figures.school_verdict.items() if k[:2] == place and k[3] == stage]
            row[f"schools_{stage}"] = len(folded)
            row |= {f"schools_{stage}_{v}": folded.count(v) for v in ("met", "unmet", "undecided")}
            for code in INDICATORS:
                county = figures.county_indicator.get((*place, stage, code), {})
                row[f"{code.lower()}_{stage}_mean"] = county.get("county_mean_rounded")
                row[f"{code.lower()}_{stage}_coefficient"] = county.get("difference_coefficient_rounded")
                row[f"{code.lower()}_{stage}_verdict"] = county.get("verdict")
            composite, earlier = (f.composite.get((*place, stage), {}) for f in (figures, figures_2012))
            row[f"composite_{stage}_coefficient"] = composite.get("difference_coefficient_rounded")
            row[f"composite_2012_{stage}_coefficient"] = earlier.get("difference_coefficient_rounded")
            row[f"composite_2012_{stage}_verdict"] = earlier.get("verdict")
        if not any(row[f"schools_{stage}"] for stage in STAGES):  # no school, no count of them
            row |= {name: None for name in row if name.startswith("schools_")}
        found[place] = row
    folds: dict[Key, list[str | None]] = defaultdict(list)
    for (county, year, code, part), requirement in requirements.items():
        if requirement["basis"] == "computed":
            column = code.lower() if part == "all" else f"{code.lower()}_{part}"
            found[county, year][f"{column}_value"] = requirement["value_rounded"]
        folds[county, year, f"{code.lower()}_verdict"].append(requirement["verdict"])
    for (county, year, name), parts in folds.items():
        found[county, year][name] = fold_verdicts(parts)
    return found


def planned_years(world: World) -> dict[Key, set[Decimal]]:
    """Years in which counties say that they mean to be recognised, of those that a census knows."""
    stated: dict[Key, set[Decimal]] = {place: set() for place in counties(world.census)}
    for row in world.county_items:
        if row["item_code"] == "P1.planned_year" and (place := (row["county_code"], row["school_year"])) in stated:
            stated[place].add(row["value"])
    return stated


def scope_rows(world: World) -> dict[Key, Row]:
    """dim_school_scope: every stage that a school has, by rule set and block; units that are folded are out."""
    blocks: dict[tuple[str, str], Callable[[School], bool]] = {
        ("national-2017", "resource"): in_scope,
        ("national-2017", "government"): lambda school: school.kind in ASSESSED_KINDS,
        ("national-2012", "resource"): in_scope_2012,
    }
    found = {}
    for place, county in counties(world.census).items():
        for school in fold(county):
            for (ruleset, block), scope in blocks.items():
                for stage in WEIGHTS:
                    kind_has = stage in STAGES_OF_KIND.get(school.kind, ())
                    pupils = school.pupils[stage]
                    if kind_has or pupils is None or pupils > 0:
                        inside = scope(school) and stage in STAGES and pupils != 0
                        undetermined = inside and ruleset == "national-2012" and school.row.get("sponsor_code") is None
                        key = (*place, school.code, stage, ruleset, block)
                        found[key] = {"in_scope": inside, "is_undetermined": undetermined}
                    for unit in school.units:
                        if unit is not school.row and has_stage(unit, stage):
                            key = (*place, unit["school_code"], stage, ruleset, block)
                            found[key] = {"in_scope": False, "is_undetermined": False}
    return found


def school_scope(world: World) -> dict[Key, Row]:
    """dim_school: in the resource block with one stage is in."""
    found = {}
    for place, county in counties(world.census).items():
        for school in fold(county):
            for unit in school.units:
                inside = unit is school.row and in_scope(school) and bool(school.assessed)
                found[(*place, unit["school_code"])] = {"in_scope": inside}
    return found


def form_2_1(figures: Figures, world: World) -> dict[Key, Row]:
    """表Ⅱ-1: schools that reach each standard, and all of them; final only when no school waits."""
    kinds = {(row["county_code"], row["school_year"], row["school_code"]): row["school_kind_code"] for row in world.census}
    verdicts: dict[Key, list[tuple[str, str]]] = defaultdict(list)
    for (county, year, code, stage, indicator), row in figures.school_indicator.items():
        verdicts[county, year, stage, indicator].append((kinds[county, year, code], row["verdict"]))
    for (county, year, code, stage), row in figures.school_verdict.items():
        verdicts[county, year, stage, "total"].append((kinds[county, year, code], row["verdict"]))
    found = {}
    for key, judged in verdicts.items():
        stages = [set(STAGES_OF_KIND[kind]) for kind, _ in judged]
        each = [verdict for _, verdict in judged]
        settled = "undecided" not in each
        found[key] = {
            "school_count": len(each),
            "combined_count": sum({"primary", "junior"} <= s for s in stages),
            "teaching_point_count": sum(kind == TEACHING_POINT for kind, _ in judged),
            "complete_secondary_count": sum(s == {"junior", "senior"} for s in stages),
            "known_met": each.count("met"),
            "known_floor_met": each.count("floor_met"),
            "undecided_count": each.count("undecided"),
            "schools_met": each.count("met") if settled else None,
            "share_met_pct": half_up(Fraction(100 * each.count("met"), len(each)), 1) if settled else None,
        }
    return found


def form_2_2(figures: Figures) -> dict[Key, Row]:
    """表Ⅱ-2: the seven values of each school as the form rounds them."""
    order: dict[Key, list[str]] = defaultdict(list)
    for county, year, code, stage in figures.school_verdict:
        order[county, year, stage].append(code)
    found = {}
    for (county, year, code, stage), verdict in figures.school_verdict.items():
        rows = {line: figures.school_indicator[county, year, code, stage, name] for line, name in LINES_OF_VALUES.items()}
        found[county, year, stage, code] = {f"{line}_value": row["value_rounded"] for line, row in rows.items()} | {
            "sequence": sorted(order[county, year, stage]).index(code) + 1,  # none has a place of its own here
            "pupils": rows["l7"]["pupils"],
            "verdict": verdict["verdict"],
        }
    return found


def form_3(county_rows: Mapping[Key, Row]) -> dict[Key, Row]:
    """表Ⅲ: means with two decimals and coefficients with three."""
    found: dict[Key, Row] = defaultdict(dict)
    names = {"mean": "county_mean_rounded", "coefficient": "difference_coefficient_rounded"}
    lines = {indicator: line for line, indicator in LINES_OF_FIGURES.items()}
    for (county, year, stage, indicator), row in county_rows.items():
        for measure, name in names.items():
            found[county, year, stage, measure][f"{lines[indicator]}_value"] = row[name]
    return found


def form_of(block: str, requirements: Mapping[Key, Row]) -> dict[Key, Row]:
    """表Ⅳ and 表Ⅴ: the requirements of a block by number."""
    return {key: row | {"item_number": int(key[2][1:])} for key, row in requirements.items() if key[2] in BLOCKS[block]}


def form_5_9(world: World, places: Iterable[tuple[str, int]]) -> dict[Key, Row]:
    """表Ⅴ 9: pairs of level and rate of official monitoring, published by the end of the school year."""
    found: dict[Key, Row] = {}
    years: dict[str, list[int]] = defaultdict(list)
    for county, year in places:
        years[county].append(year)
    for (county, scope, monitored, grade, subject, measure), row in results(world.monitoring).items():
        if not row["is_official"] or measure not in ("achievement_level", "between_school_rate"):
            continue
        for year in (year for year in years[county] if monitored <= year + 1):
            pair = found.setdefault(
                (county, year, scope, monitored, grade, subject),
                dict.fromkeys(("level", "level_verdict", "between_school_rate", "rate_verdict", "n_schools", "n_pupils")),
            )
            pair |= {name: row[name] for name in ("n_schools", "n_pupils")}
            if measure == "achievement_level":
                pair |= {"level": row["level"], "level_verdict": row["verdict"]}
            else:
                pair |= {"between_school_rate": row["value"], "rate_verdict": row["verdict"]}
    return found


def school_sizes(world: World, judged: Mapping[Key, Judged]) -> dict[Key, Row]:
    """rpt_school_size: pupils of compulsory education against the limit of the kind."""
    found = {}
    for place, county in counties(world.census).items():
        for school in (s for s in fold(county) if teaches(s) or runs_forbidden_classes(s)):
            size = judged[(*place, school.code, "G4", "all")]
            above = None if size.value is None or size.threshold is None else max(Fraction(0), size.value - size.threshold)
            found[(*place, school.code)] = {
                **{f"pupils_{stage}": school.pupils[stage] for stage in STAGES},
                "size_pupils": size.value,
                "pupil_limit": size.threshold,
                "relaxed_pupil_limit": size.relaxed_threshold,
                "pupils_above_limit": above,
                "verdict": size.verdict,
                "verdict_strict": size.strict,
            }
    return found


def class_sizes(world: World, judged: Mapping[Key, Judged]) -> dict[Key, Row]:
    """rpt_class_size: bands of the census, as far as all of them are told."""
    found = {}
    for place, county in counties(world.census).items():
        for school in filter(teaches, fold(county)):
            for stage in school.assessed:
                bands = {band: school.by_stage[f"classes_{{}}_{band}", stage] for band in BANDS}
                whole = None not in bands.values()
                classes = judged[(*place, school.code, "G5", stage)]
                largest = [unit.get(f"largest_class_{stage}") if has_stage(unit, stage) else 0 for unit in school.units]
                found[(*place, school.code, stage)] = {f"classes_{b}": n if whole else None for b, n in bands.items()} | {
                    "pupils": school.pupils[stage],
                    "classes": school.by_stage["classes", stage],
                    "largest_class": None if None in largest else max(largest),
                    "class_limit": CLASS_LIMITS[stage],
                    "classes_over_limit": classes.value,
                    "verdict": classes.verdict,
                }
    return found


def form_6(requirements: Mapping[Key, Row]) -> dict[Key, Row]:
    """表Ⅵ: the shares of all and of parents who are satisfied, of questionnaires (L4) and of visits (L7)."""
    lines = {"L4": ("all", "parents"), "L7": ("visited", "visited_parents")}
    return {
        (*place, line): {
            name: requirements[(*place, "S1", part)]["value_rounded"]
            for name, part in zip(("total_value", "parents_value"), parts, strict=True)
        }
        for place in {key[:2] for key in requirements}
        for line, parts in lines.items()
    }
