"""Small marts for the tests of publish: the tables of design 6.3 with plausible rows, and their manifest."""

from __future__ import annotations

import atexit
import csv
import hashlib
import json
import math
import pickle
import random
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from junheng.core.settings import RULES
from publish.papers.papers import KINDS
from publish.words.formats import school_year
from tests.marts import contracts, create_mart

COLUMNS = {
    name: tuple(columns.split())
    for name, columns in {
        "dim_county": "county_code school_year county_name city_name province_name is_fictional area_system school_year_label",
        "rpt_authenticity_hint": "county_code school_year hint_rank name_zh",
        "dim_check": """
            check_id source title_zh is_past_until source_zh engine scope severity meaning_zh why_zh fix_zh owner
            until rule_source
        """,
        "aud_check_index": """
            county_code school_year source check_id state reason engine severity submissions rows_checked rows_failed
        """,
        "fct_monitoring_result": "county_code monitoring_year measure",
        "fct_issue": "issue_id county_code",
        "fct_issue_event": "event_id issue_id",
        "dim_code": "list code label_zh label_en display_order",
        "dim_ruleset": """
            ruleset_id version base_ruleset_id is_selected name_zh name_en area_system area_prefix valid_from_year valid_to_year
        """,
        "dim_rule_setting": "ruleset_id setting value",
        "dim_indicator": """
            ruleset_id indicator_code stage block name_zh name_en unit scale operator standard floor difference_limit
            decimals mean_decimals is_split is_composite source_document shown_as
        """,
        "dim_indicator_term": "ruleset_id indicator_code stage item factor",
        "dim_split_weight": "ruleset_id stage weight",
        "dim_school": """
            county_code school_year school_code school_name school_kind_code urban_rural_code sponsor_code township
            display_order in_scope out_of_scope_reason
        """,
        "dim_school_scope": "county_code school_year school_code stage ruleset_id block in_scope reason",
        "fct_school_indicator": """
            county_code school_year school_code stage indicator_code ruleset_id numerator pupils value value_rounded
            standard floor verdict verdict_strict relaxation_code verdict_changes_when_rounded shortfall
            school_shortfall
        """,
        "fct_school_verdict": """
            county_code school_year school_code stage ruleset_id n_met n_floor_met n_unmet n_undecided verdict
            verdict_strict
        """,
        "fct_county_indicator": """
            county_code school_year stage indicator_code ruleset_id school_count known_school_count schools_met
            schools_floor_met pupils county_mean standard_deviation difference_coefficient provisional_coefficient
            county_mean_rounded difference_coefficient_rounded difference_limit verdict verdict_changes_when_rounded
            waiting_for withheld_schools
        """,
        "fct_county_contribution": """
            county_code school_year school_code stage indicator_code ruleset_id pupils pupil_share term
        """,
        "dim_requirement": """
            ruleset_id requirement_code part block indicator_name_zh name_zh is_criterion display_order
        """,
        "fct_school_requirement": "county_code school_year school_code ruleset_id requirement_code part verdict",
        "fct_county_requirement": """
            county_code school_year requirement_code part ruleset_id block verdict verdict_strict relaxation_code
            conclusion_zh waiting_for_zh disagreement_zh
        """,
        "fct_county_verdict": """
            county_code school_year ruleset_id precondition_verdict resource_verdict government_verdict
            quality_verdict social_verdict vetoed n_met n_unmet n_undecided verdict verdict_strict
        """,
        "fct_school_trend": """
            county_code school_year school_code stage indicator_code ruleset_id previous_school_codes change
        """,
        "aud_submission": """
            submission_id file_name sha256 source county_code school_year night status reason rows_read rows_accepted
            rows_quarantined fix
        """,
        "aud_check_result": """
            engine check_id source submission_id county_code school_year night severity status observed expected
            rows_checked rows_failed message_zh title_zh
        """,
        "aud_quarantined_row": "submission_id file sheet row column value rule guidance fault_number",
        "fct_school_shortfall": "county_code school_year school_code stage indicator_code ruleset_id school_shortfall",
        "fct_unit_performance": "county_code unit_zh overdue_count longest_overdue_days",
        "fct_release_figure": """
            release_id published_at county_code school_year stage indicator_code ruleset_id value difference_coefficient verdict
        """,
        "rpt_county_scorecard": "county_code school_year ruleset_id",
        "rpt_form_2_2": "county_code school_year ruleset_id",
        "aud_correction": """
            correction_file entry_number county_code school_year school_code school_name field field_name
            expected_value raw_value corrected_value state failure reason document corrected_by corrected_on
        """,
    }.items()
}
COLUMNS |= {table: ("county_code",) for kind in KINDS for table in kind.tables if table not in COLUMNS}
"""Columns that the rows of :func:`make_rows` have, in their order; what else the contracts have is null."""
_RESOURCE_VERDICTS = """
    update marts.fct_county_verdict as county set resource_verdict = (
        select arg_max(verdict, list_position(['met', 'undecided', 'unmet'], verdict))
        from (
            select county_code, school_year, ruleset_id, verdict from marts.fct_county_indicator
            union all
            select county_code, school_year, ruleset_id, verdict from marts.fct_school_verdict
        ) as parts
        where parts.county_code = county.county_code and parts.school_year = county.school_year
            and parts.ruleset_id = county.ruleset_id and parts.verdict is not null
    )
"""
"""What coefficients and schools come to, whatever a test makes of them."""
RESTRICTED = {"rpt_authenticity_hint"}
VOLATILE = {("aud_submission", "night"), ("aud_check_result", "night")}
CODES = RULES.parent / "codes"
AUDITED = {"relaxation", "submission_status", "check_status", "check_engine", "check_severity", "check_scope", "check_reason"}
TEST = "test.junheng.unique_grain_dim_county"

REQUIREMENTS: Sequence[Sequence[Any]] = (
    ("P1", "all", "precondition", "认定基本均衡", "met", None, "认定基本均衡 10 年，不低于 3 年，达标", None, None),
    (
        "G4",
        "all",
        "government",
        "学校规模",
        "met",
        "G4_built_2010",
        "超过规模的学校 1 所，1 所学校按放宽标准达标，达标",
        None,
        None,
    ),
    ("G11", "a", "government", "交流轮岗", "unmet", None, "交流轮岗比例 9.6%，低于 10%，不达标", None, "县级填报为 102/1000"),
    ("G11", "b", "government", "交流轮岗", "met", None, "骨干教师比例 20%，不低于 20%，达标", None, None),
    ("G14", "b", "government", "名额分配", None, None, "农村初中比例 42%（参考项，不作结论）", None, None),
    ("Q8", "all", "quality", "课业负担", "undecided", None, "课业负担：待定，待补：佐证", "佐证", None),
    ("S1", "all", "social", "社会认可度", "met", None, "满意度 91%，不低于 85%，达标", None, None),
    ("V5", "all", "veto", "安全事故", "undecided", None, "安全事故：待定，待补：自评结论和佐证", "自评结论和佐证", None),
)
"""Code, part, block, name, verdict, relaxation, conclusion, what it waits for, what the county states otherwise."""

_NAMES = ("城关", "实验", "清河", "白桦", "向阳", "东风", "红星", "松林", "柳河", "前进", "育才", "文昌", "桥头")
_MEANS = {"L1": 5.5, "L2": 0.95, "L3": 0.95, "L4": 5.2, "L5": 9.0, "L6": 2600.0, "L7": 2.8, "T1": 4.6}
_SPREAD = {"L1": 0.22, "L2": 0.48, "L3": 0.36, "L4": 0.3, "L5": 0.42, "L6": 0.28, "L7": 0.2, "T1": 0.3}


@dataclass(frozen=True)
class Shape:
    """What to make."""

    counties: Sequence[tuple[str, str]] = (("990101", "示范县"),)
    years: Sequence[int] = (2024, 2025)
    schools: int = 12
    ruleset: str = "national-2017"
    gaps: bool = True
    """Leave some values unknown in the newest year."""
    seed: int = 7
    withheld: str | None = None
    """Primary schools of the newest year that only refused files hold."""
    requirements: Sequence[Sequence[Any]] = ()
    """Like ``REQUIREMENTS``, for every county and year."""


def _seed(name: str) -> list[dict[str, str]]:
    with open(RULES / f"{name}.csv", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _indicators() -> list[dict[str, str]]:
    return _seed("rule_indicators")


def rounded(value: float, digits: int) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _school_verdict(values: list[str | None]) -> str | None:
    if None in values:
        return None
    bad = values.count("unmet") + values.count("floor_met")
    if values.count("unmet") or bad > 1:
        return "unmet"
    return "undecided" if "undecided" in values else "met"


def make_rows(shape: Shape) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of every table, in the order of its columns."""
    dice = random.Random(shape.seed)
    # no school has a value of a composite
    rules = [r for r in _indicators() if r["ruleset_id"] == shape.ruleset and r["is_composite"] == "false"]
    made: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
    made["rpt_authenticity_hint"] = [("990101", 2025, 1, "恰好等于标准")]
    for r in _indicators():
        keep = ["ruleset_id", "indicator_code", "stage", "block", "name_zh", "name_en", "unit", "scale", "operator"]
        keep += [
            "standard",
            "floor",
            "difference_limit",
            "decimals",
            "mean_decimals",
            "is_split",
            "is_composite",
            "source_document",
            "shown_as",
        ]
        made["dim_indicator"].append(tuple(r[k] or None for k in keep))
    made["dim_ruleset"] = [
        (
            *(r["ruleset_id"], r["version"], r["base_ruleset_id"] or None, r["ruleset_id"] == shape.ruleset),
            *(r[key] or None for key in COLUMNS["dim_ruleset"][4:]),
        )
        for r in _seed("rule_sets")
    ]
    made["dim_indicator_term"] = [tuple(row.values()) for row in _seed("rule_terms")]
    made["dim_split_weight"] = [(row["ruleset_id"], row["stage"], row["weight"]) for row in _seed("rule_split_weights")]
    made["dim_rule_setting"] = [(r["ruleset_id"], r["setting"], r["value"]) for r in _seed("rule_settings")]
    coded = ("census.coded", "school_census", "代码", False, "学校普查", "sql", "row")
    made["dim_check"] = [(*coded, "error", "要有代码", "没有归属", "补上", None, None, "说明")]
    for source, label in (("births", "出生人口"), ("findings", "督导反馈")):
        refused = ("ingest.refused", source, "文件整体被拒收", False, label, "ingest", "submission")
        made["dim_check"].append((*refused, "error", "要能读入", "", "", None, None, ""))
    made["dim_code"] = [("verdict", "met", "达标", "met", 1), ("verdict", "unmet", "不达标", "not met", 2)]
    with open(CODES / "code_labels.csv", encoding="utf-8", newline="") as handle:
        audited = [row for row in csv.DictReader(handle) if row["list"] in AUDITED]
    made["dim_code"] += [tuple(row.values()) for row in audited]
    with open(CODES.parent / "checks" / "check_states.csv", encoding="utf-8", newline="") as handle:
        made["dim_code"] += [
            ("check_state", row["state"], row["label_zh"], row["label_en"], row["rank"]) for row in csv.DictReader(handle)
        ]
    with open(CODES / "stages.csv", encoding="utf-8", newline="") as handle:
        made["dim_code"] += [
            ("stage", row["stage"], row["label_zh"], row["label_en"], int(row["display_order"])) for row in csv.DictReader(handle)
        ]
    made["dim_code"] += [("source", "school_census", "学校普查", "", 1), ("source", "births", "出生人口", "", 2)]
    made["dim_code"] += [("school_year", str(year), f"{year}—{year + 1}学年", "", year) for year in shape.years]
    for code, name in shape.counties:
        tilt = dice.uniform(0.75, 1.15)
        for year in shape.years:
            made["dim_county"].append((code, year, name, "示范市", "示范省", code.startswith("99"), "gb2260", school_year(year)))
            made["aud_check_index"].append(
                (code, year, "school_census", "census.coded", "pass", None, "sql", "error", 1, shape.schools, 0)
            )
            _requirements(made, shape, rules, code, year)
            _county(made, shape, rules, dice, code, year, tilt)
    for number, (asked, part, block, name, verdict, *_) in enumerate(shape.requirements):
        made["dim_requirement"].append((shape.ruleset, asked, part, block, name, name, verdict is not None, number))
    made["aud_submission"] = [
        ("a" * 16, "990101/2025/census.csv", "a" * 64, "school_census", "990101", 2025, 2, "accepted", None, 12, 12, 0, None)
    ]
    made["aud_check_result"] = [
        ("sql", "census.pupils", "school_census", "a" * 16, "990101", 2025, 2, "error", "pass", "0", "0", 12, 0, None, "代码"),
        ("gx", "census.pupils", "school_census", None, None, None, 2, "error", "pass", "0", "0", 12, 0, None, "代码"),
    ]
    return made


def _requirements(
    made: dict[str, list[tuple[Any, ...]]], shape: Shape, rules: list[dict[str, str]], code: str, year: int
) -> None:
    by_block: dict[str, list[str]] = {}
    for asked, part, block, _, verdict, relaxation, conclusion, waiting, other in shape.requirements:
        by_block.setdefault(block, []).append(verdict or "met")
        made["fct_county_requirement"].append(
            (code, year, asked, part, shape.ruleset, block, verdict, verdict, relaxation, conclusion, waiting, other)
        )
    by_block["resource"] = ["undecided"] if any(r["difference_limit"] for r in rules) else []
    folded = {block: next((v for v in ("unmet", "undecided", "met") if v in found), None) for block, found in by_block.items()}
    blocks = [folded.get(block) for block in ("precondition", "resource", "government", "quality", "social")]
    vetoed = {"unmet": True, "met": False}.get(str(folded.get("veto")))
    every = [verdict for verdict in folded.values() if verdict]
    counts = [every.count(verdict) for verdict in ("met", "unmet", "undecided")]
    verdict = next((v for v in ("unmet", "undecided", "met") if v in every), None)
    made["fct_county_verdict"].append((code, year, shape.ruleset, *blocks, vetoed, *counts, verdict, verdict))


def _county(
    made: dict[str, list[tuple[Any, ...]]],
    shape: Shape,
    rules: list[dict[str, str]],
    dice: random.Random,
    code: str,
    year: int,
    tilt: float,
) -> None:
    newest = year == max(shape.years)
    verdicts: dict[tuple[str, str], list[str | None]] = {}
    schools = []
    for n in range(shape.schools):
        if newest and n == 1 and len(shape.years) > 1:
            continue  # closed since last year
        stage = "junior" if n % 3 == 2 and any(r["stage"] == "junior" for r in rules) else "primary"
        label = _NAMES[n % len(_NAMES)] + ("中学" if stage == "junior" else "小学")
        school = f"{code}{n:04d}"
        schools.append((school, stage, dice.randint(120, 1900)))
        made["dim_school"].append(
            (code, year, school, label, "311" if stage == "junior" else "211", "111", "7", "城关镇", n, True, None)
        )
        made["dim_school_scope"].append((code, year, school, stage, shape.ruleset, "resource", True, None))
    for r in rules:
        _indicator(made, shape, r, dice, code, year, tilt, [s for s in schools if s[1] == r["stage"]], verdicts)
    for (school, stage), found in verdicts.items():
        counts = [found.count(v) for v in ("met", "floor_met", "unmet", "undecided")]
        verdict = _school_verdict(found)
        made["fct_school_verdict"].append((code, year, school, stage, shape.ruleset, *counts, verdict, verdict))


def _indicator(
    made: dict[str, list[tuple[Any, ...]]],
    shape: Shape,
    r: dict[str, str],
    dice: random.Random,
    code: str,
    year: int,
    tilt: float,
    schools: list[tuple[str, str, int]],
    verdicts: dict[tuple[str, str], list[str | None]],
) -> None:
    indicator, scale = r["indicator_code"], int(r["scale"])
    standard = float(r["standard"]) if r["standard"] else None
    known: list[tuple[int, float]] = []
    contributing: list[tuple[str, str, int, float]] = []
    counted = {"met": 0, "floor_met": 0}
    for n, (school, stage, pupils) in enumerate(schools):
        value: float | None = _MEANS.get(indicator, 5.0) * math.exp(dice.gauss(0.1, _SPREAD.get(indicator, 0.3) * tilt))
        if shape.gaps and year == max(shape.years) and indicator == "L7" and stage == "junior" and n == 0:
            value = None
        numerator = None if value is None else round(value * pupils / scale, 2)
        verdict = None
        shortfall = None
        if value is not None and numerator is not None:
            value = numerator * scale / pupils
            known.append((pupils, value))
            contributing.append((school, stage, pupils, value))
        if standard is not None:
            if value is None:
                verdict = "undecided"
            else:
                verdict = "met" if value >= standard else "floor_met" if value >= 0.85 * standard else "unmet"
                shortfall = max(standard * pupils / scale - (numerator or 0), 0) or None
        if verdict in counted:
            counted[verdict] += 1
        verdicts.setdefault((school, stage), []).append(verdict)
        made["fct_school_indicator"].append(
            (
                *(code, year, school, stage, indicator, shape.ruleset, numerator, pupils, value),
                *(None if value is None else rounded(value, 2), standard, r["floor"] or None, verdict, verdict, None),
                *(False, shortfall, shortfall),
            )
        )
    if not schools:
        return
    everyone = len(known) == len(schools) and not (shape.withheld and r["stage"] == "primary" and year == max(shape.years))
    total = sum(p for p, _ in known)
    mean = sum(p * v for p, v in known) / total
    made["fct_county_contribution"] += [
        (code, year, school, stage, indicator, shape.ruleset, p, p / total, p / total * (v / mean - 1) ** 2)
        for school, stage, p, v in contributing
    ]
    cv = math.sqrt(sum(p * (v - mean) ** 2 for p, v in known) / total) / mean
    limit = float(r["difference_limit"]) if r["difference_limit"] else None
    verdict = None if limit is None else "undecided" if not everyone else "met" if cv <= limit else "unmet"
    turns = limit is not None and everyone and (cv <= limit) != (float(rounded(cv, 3)) <= limit)
    made["fct_county_indicator"].append(
        (
            *(code, year, r["stage"], indicator, shape.ruleset, len(schools), len(known)),
            *((counted["met"], counted["floor_met"]) if limit is not None else (None, None)),
            *(sum(p for _, _, p in schools), mean if everyone else None, cv * mean if everyone else None),
            *(cv if everyone else None, cv, rounded(mean, 2) if everyone else None),
            *(rounded(cv, 3) if everyone else None, limit, verdict, turns, None),
            shape.withheld if year == max(shape.years) and r["stage"] == "primary" else None,
        )
    )


def both_rulesets() -> dict[str, list[tuple[Any, ...]]]:
    """National-2017 beside national-2012: of the latter no verdict but that on the composite of each stage, met and waiting."""
    made, other = make_rows(Shape()), make_rows(Shape(ruleset="national-2012", gaps=False))
    for name in made:
        if name.startswith("fct_"):
            made[name] += other[name]
    for stage, limit, figure, verdict in (("primary", 0.65, 0.31, "met"), ("junior", 0.55, None, "undecided")):
        made["fct_county_indicator"].append(
            (
                *("990101", 2025, stage, "composite", "national-2012", 4, 4 if figure else 3, None, None, 2000, None, None),
                *(figure, figure or 0.29, None, figure, limit, verdict, False if figure else None),
                *(None if figure else "清河中学", None),
            )
        )
    return made


def write_marts(path: Path, shape: Shape, tables: dict[str, list[tuple[Any, ...]]] | None = None) -> Path:
    """Write a new build file: schema ``marts`` and another one that a build has. Made once, the same is copied from then on."""
    key = hashlib.sha256(pickle.dumps((shape, tables))).hexdigest()
    kept = _kept() / f"{key}.duckdb"
    if not kept.exists():
        _make_marts(kept, tables or make_rows(shape))
    shutil.copyfile(kept, path)
    return path


@cache
def _kept() -> Path:
    """Folder of this process for what was made already."""
    folder = Path(tempfile.mkdtemp(prefix="marts-"))
    atexit.register(shutil.rmtree, folder)
    return folder


def _make_marts(path: Path, tables: dict[str, list[tuple[Any, ...]]]) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.begin()
        connection.execute("create schema staging")
        connection.execute("create view staging.leftover as select 1 as one")
        for name, rows in tables.items():
            create_mart(connection, name, [dict(zip(COLUMNS[name], row, strict=True)) for row in rows])
        connection.execute(_RESOURCE_VERDICTS)
        connection.commit()


def write_manifest(path: Path, tests: Sequence[str] = (TEST,)) -> Path:
    """Write a dbt manifest that describes the marts and declares ``tests``."""
    nodes: dict[str, Any] = {}
    for name in COLUMNS:
        columns = {}
        for column in contracts()[name]:
            meta: dict[str, Any] = {"label_zh": f"{column} 的名称"}
            if (name, column) in VOLATILE:
                meta["volatile"] = True
            columns[column] = {"name": column, "description": "", "config": {"meta": meta}}
        nodes[f"model.junheng.{name}"] = {
            "resource_type": "model",
            "name": name,
            "alias": name,
            "schema": "marts",
            "description": f"Table {name}.\n",
            "config": {"enabled": True, "meta": {"restricted": name in RESTRICTED}},
            "columns": columns,
        }
    for test in tests:
        nodes[test] = {"resource_type": "test", "name": test.split(".")[-1], "config": {"severity": "ERROR"}}
    path.write_text(json.dumps({"nodes": nodes}), encoding="utf-8")
    return path
