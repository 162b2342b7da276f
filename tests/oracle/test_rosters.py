"""Rosters read, hashed and counted give the figures of the census they were made from, but for what was planted."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ingest.landing import archive
from ingest.landing.parse import parse_file
from junheng.core.home import Home
from junheng.core.records import LandedFile
from samples import county
from samples.rosters import Expected, PlantedDifference, Rosters, rosters
from tests.oracle import build
from tests.oracle.compiled import CompiledProject, compiled

YEAR = 2025
TEACHER_ITEMS = {
    **{"teachers": "teachers", "above_degree": "qualified", "backbone": "backbone", "pe_art": "pe_art", "certified": "certified"},
    **{"trained_360h": "trained360", "exchange_eligible": "exchange_eligible", "exchanged": "exchanged"},
    "exchanged_backbone": "exchanged_backbone",
}


@pytest.fixture(scope="module")
def census() -> list[build.Row]:
    """A primary, a junior and a combined school, and two others of the sample county, small and with names of their own."""
    rows = [row for row in county.generate().census[YEAR] if row["school_kind_code"] in {"211", "311", "312"}]
    names = [row["school_name"] for row in rows]
    complete = [row for row in rows if names.count(row["school_name"]) == 1 and (row["pupils_primary"] or row["pupils_junior"])]
    complete.sort(key=lambda row: (row["pupils_primary"] or 0) + (row["pupils_junior"] or 0))
    large = [row for row in complete if (row["classes_primary"] or row["classes_junior"]) > 6]
    return [next(row for row in large if row["school_kind_code"] == kind) for kind in ("211", "311", "312")] + complete[:2]


def _deliver(home: Home, folder: Path, given: Rosters) -> dict[str, list[build.Row]]:
    bronze: dict[str, list[build.Row]] = {}
    for path in given.write(folder):
        data = path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        archive.store(home, path, sha256)
        result = parse_file(home, LandedFile(f"990101/{YEAR}/{path.name}", len(data), "990101", YEAR, sha256))
        assert (result.source, result.refused, result.faults) == (path.stem, False, [])
        bronze[path.stem] = pq.ParquetFile(home.bronze_file(path.stem, result.submission_id)).read().to_pylist()
    return bronze


def _differences(project: CompiledProject, tmp_path: Path, census: list[build.Row], given: Rosters) -> list[Expected]:
    """Every count that is not the census'."""
    bronze = _deliver(Home(tmp_path / "home").create(), tmp_path / "out", given)
    submissions = [build.submission("0" * 16)]
    coverage = [{"night": 1, "delivery_night": 1, "submission_id": "0" * 16, "source": "school_census", "covers": "county"}]
    for source, rows in bronze.items():
        submissions.append(build.submission(rows[0]["_submission_id"], source=source, contract=rows[0]["_contract"]))
        coverage.append(coverage[0] | {"submission_id": rows[0]["_submission_id"], "source": source})
    coverage = [row | {"county_code": "990101", "school_year": YEAR, "rows": 1} for row in coverage]
    known = {name: value for name, value in census[0].items() if not isinstance(value, float)}
    given_census = [
        {name: row[name] for name in known} | {"_submission_id": "0" * 16, "_row": number} for number, row in enumerate(census, 2)
    ]
    path = build.make_build_db(tmp_path, given_census, submissions, coverage=coverage, others=bronze)
    models = (
        "int_roster__school_stage",
        "int_roster__subject_structure",
        "int_pupils__school_grade",
    )
    project.build(path, *models)
    assert build.query(path, "select * from intermediate.int_roster__row_in_force where census_school_code is null") == []
    schools = {row["school_code"]: row for row in census}
    found: list[Expected] = []
    for row in build.query(path, "select * from intermediate.int_roster__school_stage"):
        assert row["undecided_reason"] is None
        for item, name in TEACHER_ITEMS.items():
            stated = schools[row["school_code"]][f"{name}_{row['stage']}"]
            found.append(Expected(row["school_code"], row["stage"], item, row[item] - stated))
    of_subjects = """
        select school_code, stage, sum(teachers) as teachers,
            sum(teachers) filter (subject in ('pe', 'music', 'fine_art')) as pe_art
        from intermediate.int_roster__subject_structure group by school_code, stage
    """
    counted = {(row["school_code"], row["stage"]): (row["teachers"], row["pe_art"]) for row in build.query(path, of_subjects)}
    by_person = build.query(path, "select * from intermediate.int_roster__school_stage")
    assert counted == {(row["school_code"], row["stage"]): (row["teachers"], row["pe_art"]) for row in by_person}
    by_stage = """
        select school_code, stage, sum(pupils) as pupils, sum(classes) as classes, max(largest_class) as largest_class,
            sum(migrants) as migrants, sum(left_behind) as left_behind, sum(boarders) as boarders
        from intermediate.int_pupils__school_grade group by school_code, stage
    """
    migrants = dict.fromkeys(schools, 0)
    for row in build.query(path, by_stage):
        school = schools[row["school_code"]]
        migrants[row["school_code"]] += row["migrants"]
        assert (row["left_behind"], row["boarders"]) == (0, 0)
        for item in ("pupils", "classes", "largest_class"):
            found.append(Expected(row["school_code"], row["stage"], item, int(row[item]) - school[f"{item}_{row['stage']}"]))
    assert migrants == {code: row["migrant_pupils"] for code, row in schools.items()}
    stages = sum(bool(row[f"pupils_{stage}"]) for row in census for stage in ("primary", "junior"))
    assert len(found) == stages * (len(TEACHER_ITEMS) + 3)
    return sorted(difference for difference in found if difference.difference)


def test_rosters_agree_with_the_census_they_were_made_from(tmp_path_factory, tmp_path, census) -> None:
    given = rosters(census)
    assert given.expected == []
    assert _differences(compiled(tmp_path_factory), tmp_path, census, given) == []


def test_each_planted_difference_appears_and_no_other(tmp_path_factory, tmp_path, census) -> None:
    primary, junior, combined = (row["school_code"] for row in census[:3])
    planted = [
        PlantedDifference("lower_degree", primary, "primary"),
        PlantedDifference("second_title", primary, "primary"),
        PlantedDifference("pupil_moved", primary, "primary"),
        PlantedDifference("not_certified", junior, "junior"),
        PlantedDifference("teacher_left_out", junior, "junior"),
        PlantedDifference("lower_degree", combined, "primary"),
        PlantedDifference("hours_short", combined, "junior"),
        PlantedDifference("pupil_left_out", combined, "primary"),
    ]
    given = rosters(census, planted)
    assert [e.item for e in given.expected if e.school_code == combined] == ["trained_360h", "above_degree", "pupils"]
    assert _differences(compiled(tmp_path_factory), tmp_path, census, given) == given.expected
