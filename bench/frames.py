"""``python -m bench.frames --home HOME --out FOLDER``: the pandas script that a bureau would write instead."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from bench.nation import SOURCE
from junheng.home import Home

STANDARDS = {
    "primary": {"L1": 4.2, "L2": 1, "L3": 0.9, "L4": 4.5, "L5": 7.5, "L6": 2000, "L7": 2.3},
    "junior": {"L1": 5.3, "L2": 1, "L3": 0.9, "L4": 5.8, "L5": 10.2, "L6": 2500, "L7": 2.4},
}
LIMITS = {"primary": 0.5, "junior": 0.45}
WEIGHTS = {"primary": 1.0, "junior": 1.1, "senior": 1.32}
AMOUNTS = ["teaching_area_m2", "indoor_sports_area_m2", "outdoor_sports_area_m2", "equipment_value_wan_yuan"]
PERSONS = {"L1": "qualified", "L2": "backbone", "L3": "pe_art"}
KEYS = ["county_code", "school_year", "school_code"]


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


def run(home: Home, out: Path) -> None:
    """Write ``schools.parquet`` and ``counties.parquet``."""
    people = [f"{name}_{stage}" for name in PERSONS.values() for stage in STANDARDS]
    pupils = [f"pupils_{stage}" for stage in WEIGHTS]
    columns = [*KEYS, "school_kind_code", *pupils, *people, *AMOUNTS, "multimedia_rooms"]
    files = sorted((home.bronze / SOURCE).glob("*/part-0.parquet"))
    census = pd.concat([pd.read_parquet(file, columns=columns) for file in files], ignore_index=True)
    census[AMOUNTS] = census[AMOUNTS].astype(float)
    census = census[(census["school_kind_code"] != "218") | (census["pupils_primary"] >= 50)]
    schools = school_values(census)
    out.mkdir(parents=True, exist_ok=True)
    schools.to_parquet(out / "schools.parquet")
    county_values(schools).to_parquet(out / "counties.parquet")


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m bench.frames")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    run(Home(options.home), options.out)
