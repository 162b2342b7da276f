"""The three computations have to agree, otherwise their times say nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb

from samples.rows import BANDS

TOLERANCE = 1e-9


class Disagreement(RuntimeError):
    """Two computations of the same figures differ."""


def _compare(connection: duckdb.DuckDBPyConnection, name: str, relation: str) -> int:
    """Compare one computation with the limit's; returns the number of coefficients compared."""
    compared, missing, figures, verdicts = connection.execute(
        f"""
        select
            count(*),
            count(*) filter (a.county_code is null or b.county_code is null),
            count(*) filter (
                abs(a.difference_coefficient - b.difference_coefficient) > {TOLERANCE}
                or (a.difference_coefficient is null) <> (b.difference_coefficient is null)
            ),
            count(*) filter (a.verdict is distinct from b.verdict)
        from limits.county_indicator as a
        full join ({relation}) as b using (county_code, school_year, stage, indicator_code)
        """
    ).fetchall()[0]
    if missing or figures or verdicts or not compared:
        raise Disagreement(
            f"{name}: of {compared} coefficients {missing} are in one result only, {figures} differ, {verdicts} verdicts differ"
        )
    return int(compared)


def _compare_school_verdicts(connection: duckdb.DuckDBPyConnection, name: str, relation: str) -> None:
    differing = connection.execute(
        f"""
        select count(*)
        from limits.school_indicator as a
        full join ({relation}) as b using (county_code, school_year, school_code, stage, indicator_code)
        where a.verdict is distinct from b.verdict
        """
    ).fetchall()[0][0]
    if differing:
        raise Disagreement(f"{name}: {differing} school verdicts differ")


_PLACE = "county_code, school_year, school_code, stage"
_PERSONS = {
    "teacher_stage": (
        "intermediate.int_roster__school_stage",
        _PLACE,
        (
            *("teachers", "above_degree", "backbone", "pe_art", "certified", "trained_360h"),
            *("exchange_eligible", "exchanged", "exchanged_backbone"),
        ),
    ),
    "class_stage": (
        "intermediate.int_classes__school_stage",
        _PLACE,
        ("classes", "pupils_in_classes", "largest_class", "classes_over_limit", *(f"classes_{band}" for band in BANDS)),
    ),
    "pupil_grade": (
        "intermediate.int_pupils__school_grade",
        f"{_PLACE}, grade",
        ("pupils", "classes", "largest_class", "boarders", "migrants", "left_behind", "in_regular_class"),
    ),
}
"""Counts of schools and stages: table of the hand-written SQL, model, and the keys and columns of both."""


def _compare_counts(connection: duckdb.DuckDBPyConnection, name: str, relation: str, table: str) -> int:
    """Compare the counts of schools and stages; returns how many were compared. A stage without anybody may have no row."""
    _, key, columns = _PERSONS[table]
    differ = " or ".join(f"a.{column} is distinct from b.{column}" for column in columns)
    compared, differing = connection.execute(
        f"""
        select count(*), count(*) filter ({differ})
        from limits.{table} as a
        full join (from {relation} where {columns[0]} is distinct from 0) as b using ({key})
        """
    ).fetchall()[0]
    if differing:
        raise Disagreement(f"{name}: {differing} of {compared} schools and stages differ in {table}")
    return int(compared) * len(columns)


def check(limit_db: Path, frames: Path, build_db: Path, ruleset: str) -> tuple[int, int]:
    """Compare pandas and dbt with the hand-written SQL; returns the coefficients and counts compared. Raises Disagreement."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{limit_db}' as limits (read_only)")
        connection.execute(f"attach '{build_db}' as build (read_only)")
        _compare(connection, "pandas", f"select * from read_parquet('{frames / 'counties.parquet'}')")
        # the limit computes neither relaxations nor composites
        chosen = f"where ruleset_id = '{ruleset}'"
        strict = "select * replace (verdict_strict as verdict) from build.marts.fct_school_indicator"
        _compare_school_verdicts(connection, "dbt", f"{strict} {chosen}")
        counts = 0
        for table, (model, _, _) in _PERSONS.items():
            _compare_counts(connection, "pandas", f"read_parquet('{frames / table}.parquet')", table)
            counts += _compare_counts(connection, "dbt", f"build.{model}", table)
        plain = f"select indicator_code from build.marts.dim_indicator {chosen} and not is_composite"
        figures = f"select * from build.marts.fct_county_indicator {chosen} and indicator_code in ({plain})"
        return _compare(connection, "dbt", figures), counts
