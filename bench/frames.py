"""``python -m bench.frames --home HOME --out FOLDER``: the pandas script that a bureau would write instead."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from bench.nation import SOURCE
from bench.persons import CHILDREN, CLASSES, PUPILS, ROSTER
from junheng.core.home import Home
from samples.area import YEAR

STANDARDS = {
    "primary": {"L1": 4.2, "L2": 1, "L3": 0.9, "L4": 4.5, "L5": 7.5, "L6": 2000, "L7": 2.3},
    "junior": {"L1": 5.3, "L2": 1, "L3": 0.9, "L4": 5.8, "L5": 10.2, "L6": 2500, "L7": 2.4},
}
LIMITS = {"primary": 0.5, "junior": 0.45}
WEIGHTS = {"primary": 1.0, "junior": 1.1, "senior": 1.32}
AMOUNTS = ["teaching_area_m2", "indoor_sports_area_m2", "outdoor_sports_area_m2", "equipment_value_wan_yuan"]
PERSONS = {"L1": "qualified", "L2": "backbone", "L3": "pe_art"}
KEYS = ["county_code", "school_year", "school_code"]
PLACE = [*KEYS, "stage"]
RANKS = {"doctor": 6, "master": 5, "bachelor": 4, "college": 3, "secondary": 2}
CHILD_COLUMNS = dict(
    zip(CHILDREN, [["degree"], [], ["ended", "hours"], [], ["kind", "started"], ["stage", "subject"]], strict=True)
)
CLASS_LIMITS = {"primary": 45, "junior": 50}
EDGES = [26, 31, 36, 41, 46, 51, 56, 61, 66]
BANDS = ["le25", "26_30", "31_35", "36_40", "41_45", "46_50", "51_55", "56_60", "61_65", "ge66"]


def school_values(census: pd.DataFrame) -> pd.DataFrame:
    """Value and verdict of every school, stage and indicator."""
    weighted = sum(WEIGHTS[stage] * census[f"pupils_{stage}"].fillna(0) for stage in WEIGHTS)
    whole = {
        "L4": census["teaching_area_m2"] - census["indoor_sports_area_m2"],
        "L5": census["outdoor_sports_area_m2"] + census["indoor_sports_area_m2"],
        "L6": census["equipment_value_wan_yuan"] * 10000,
        "L7": census["multimedia_rooms"] * 100,
    }
    parts = []
    for stage, standards in STANDARDS.items():
        pupils = census[f"pupils_{stage}"]
        for indicator, standard in standards.items():
            if indicator in PERSONS:
                value = census[f"{PERSONS[indicator]}_{stage}"] * 100 / pupils
            else:
                value = whole[indicator] * WEIGHTS[stage] / weighted
            part = census[KEYS].assign(stage=stage, indicator_code=indicator, pupils=pupils, value=value)
            part = part[part["pupils"] > 0]
            conditions = [part["value"].isna(), part["value"] >= standard, part["value"] >= 0.85 * standard]
            part["verdict"] = np.select(conditions, ["undecided", "met", "floor_met"], "unmet")
            parts.append(part)
    return pd.concat(parts, ignore_index=True)


def county_values(schools: pd.DataFrame) -> pd.DataFrame:
    """County mean, difference coefficient and verdict."""
    keys = ["county_code", "school_year", "stage", "indicator_code"]
    schools = schools.assign(amount=schools["pupils"] * schools["value"])
    totals = schools.groupby(keys).agg(
        school_count=("value", "size"), known=("value", "count"), pupils=("pupils", "sum"), amount=("amount", "sum")
    )
    totals["county_mean"] = totals["amount"] / totals["pupils"]
    joined = schools.join(totals["county_mean"], on=keys)
    joined["square"] = joined["pupils"] * (joined["value"] - joined["county_mean"]) ** 2
    squares = joined.groupby(keys)["square"].sum()

    totals["difference_coefficient"] = np.sqrt(squares / totals["pupils"]) / totals["county_mean"]
    complete = totals["known"] == totals["school_count"]
    totals.loc[~complete, ["county_mean", "difference_coefficient"]] = np.nan
    limit = totals.index.get_level_values("stage").map(LIMITS)
    verdict = np.where(totals["difference_coefficient"] <= limit, "met", "unmet")
    totals["verdict"] = np.where(complete, verdict, "undecided")
    return totals.reset_index()


def _bronze(home: Home, source: str, columns: list[str]) -> pd.DataFrame:
    files = sorted((home.bronze / source).glob("*/part-0.parquet"))
    return pd.concat([pd.read_parquet(file, columns=columns) for file in files], ignore_index=True)


def teacher_counts(roster: pd.DataFrame) -> pd.DataFrame:
    """Full-time teachers of every school and stage, and how many of them have what; missing as soon as one is not known."""
    facts = roster[PLACE].assign(
        above_degree=roster["rank"] >= roster["stage"].map({"primary": 3, "junior": 4}),
        **{
            name: roster[name] == 1
            for name in ("backbone", "pe_art", "certified", "trained_360h", "exchange_eligible", "exchanged")
        },
    )
    facts["exchanged_backbone"] = facts["exchanged"] & facts["backbone"]
    groups = facts.groupby(PLACE)
    counts = groups.sum().astype("Int64").assign(teachers=groups.size())
    missing = roster.assign(above_degree=roster["rank"])[facts.columns.drop([*PLACE, "exchanged_backbone"])].isna()
    missing["exchanged_backbone"] = missing["exchanged"] & (missing["backbone"] | facts["backbone"])
    unknown = roster[PLACE].join(missing).groupby(PLACE).any()
    return counts.where(~unknown.reindex(columns=counts.columns, fill_value=False)).reset_index()


def teachers(home: Home) -> pd.DataFrame:
    """Full-time teachers in service, with what the roster or the child tables say of each; missing: unknown."""
    columns = [*PLACE, "person", "category", "status", "degree", "is_backbone", "subject", "exchange_eligible"]
    roster = _bronze(home, ROSTER, columns)
    roster = roster[(roster["category"] == "full_time") & (roster["status"] == "active")].drop(columns=["category", "status"])
    roster = roster.assign(rank=roster["degree"].map(RANKS), backbone=roster["is_backbone"], certified=np.nan)
    roster = roster.assign(
        trained_360h=np.nan, exchanged=np.nan, pe_art=(roster["subject"] == "pe_art").where(roster["subject"].notna())
    )
    roster = roster.drop(columns=["degree", "is_backbone", "subject"])
    education, certificate, training, backbone, exchange, teaching = (
        _bronze(home, source, ["county_code", "person", *columns]) for source, columns in CHILD_COLUMNS.items()
    )
    is_system = roster["county_code"].isin(teaching["county_code"].unique())
    listed = roster[is_system].set_index("person")
    person = listed.index
    recent = training[(training["ended"] // 100).between(YEAR - 4, YEAR)]
    hours = recent["hours"].astype(float).groupby(recent["person"]).sum()
    moved = exchange[(exchange["kind"] == "exchange") & exchange["started"].between(YEAR * 100 + 9, YEAR * 100 + 108)]
    by_person = teaching.groupby("person")
    first, last = by_person["subject"].min().reindex(person), by_person["subject"].max().reindex(person)
    listed = listed.assign(
        stage=by_person["stage"].min().reindex(person),
        pe_art=(first == "pe_art").where(first == last).astype(float),
        rank=education["degree"].map(RANKS).groupby(education["person"]).max().reindex(person),
        backbone=person.isin(backbone["person"]) | (listed["backbone"] == 1),
        certified=person.isin(certificate["person"]),
        trained_360h=hours.reindex(person).fillna(0) >= 360,
        exchanged=person.isin(moved["person"]),
    )
    return pd.concat([roster[~is_system], listed.reset_index()], ignore_index=True)


def pupil_counts(pupils: pd.DataFrame) -> pd.DataFrame:
    """Pupils of every school, stage and grade."""
    grade = [*PLACE, "grade"]
    facts = pupils[[*grade, "class_name"]].assign(
        pupils=1,
        boarders=pupils["boarding"] == "boarding",
        migrants=pupils["migrant"] == 1,
        left_behind=pupils["left_behind"] != "none",
        in_regular_class=pupils["in_regular_class"] == 1,
        unknown=pupils["boarding"].isna(),
    )
    by_class = facts.groupby([*grade, "class_name"]).sum().reset_index("class_name", drop=True)
    groups = by_class.groupby(level=grade)
    counts = groups.sum().assign(classes=groups.size(), largest_class=groups["pupils"].max()).astype("Int64")
    counts.loc[counts["unknown"] > 0, "boarders"] = pd.NA
    return counts.drop(columns="unknown").reset_index().astype({"grade": "int64"})


def class_counts(classes: pd.DataFrame) -> pd.DataFrame:
    """Classes of every school and stage by size; missing as soon as the size of one is not known."""
    pupils = classes["pupils"]
    facts = classes[PLACE].assign(
        classes=1, pupils_in_classes=pupils, classes_over_limit=pupils > classes["stage"].map(CLASS_LIMITS)
    )
    position = np.digitize(pupils.fillna(0), EDGES)
    for number, band in enumerate(BANDS):
        facts[f"classes_{band}"] = position == number
    counts = facts.groupby(PLACE).sum().assign(largest_class=classes.groupby(PLACE)["pupils"].max()).astype("Int64")
    unknown = classes[PLACE].assign(unknown=pupils.isna()).groupby(PLACE)["unknown"].any()
    counts.loc[unknown] = pd.NA
    return counts.reset_index()


def run(home: Home, out: Path) -> None:
    """Write ``schools``, ``counties``, ``teacher_stage`` and ``class_stage``, each a Parquet file."""
    people = [f"{name}_{stage}" for name in PERSONS.values() for stage in STANDARDS]
    pupils = [f"pupils_{stage}" for stage in WEIGHTS]
    columns = [*KEYS, "school_kind_code", *pupils, *people, *AMOUNTS, "multimedia_rooms"]
    census = _bronze(home, SOURCE, columns)
    census[AMOUNTS] = census[AMOUNTS].astype(float)
    census = census[(census["school_kind_code"] != "218") | (census["pupils_primary"] >= 50)]
    schools = school_values(census)
    out.mkdir(parents=True, exist_ok=True)
    schools.to_parquet(out / "schools.parquet")
    county_values(schools).to_parquet(out / "counties.parquet")
    teacher_counts(teachers(home)).to_parquet(out / "teacher_stage.parquet")
    flags = ["boarding", "migrant", "left_behind", "in_regular_class"]
    pupil_counts(_bronze(home, PUPILS, [*PLACE, "grade", "class_name", *flags])).to_parquet(out / "pupil_grade.parquet")
    class_counts(_bronze(home, CLASSES, [*PLACE, "pupils"])).to_parquet(out / "class_stage.parquet")


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m bench.frames")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    run(Home(options.home), options.out)
