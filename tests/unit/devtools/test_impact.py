"""Which columns a changed column reaches, on a small project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devtools.impact import impact, told
from publish.tables.lineage import ColumnName, Lineage, read_lineage

SEED = "area,limit_of,note\n"
MODELS = {
    "stg_school": 'select cast(area as varchar) as area, pupils, rooms, is_open, township from "db"."raw"."school"',
    "int_sum": """
        with open_schools as (select * from "db"."s"."stg_school" where is_open),
        doubled as (select area, pupils, pupils * 2 as twice, twice + rooms as mixed from open_schools)
        select d.area, sum(d.mixed) as mixed, l.limit_of, max(d.pupils) over (partition by d.area) as largest
        from doubled as d
        left join "db"."s"."limits" as l on l.area = d.area
        group by all
    """,
    "fct_county": """
        select area, mixed as amount, case when mixed > limit_of then 'met' else 'unmet' end as verdict from "db"."s"."int_sum"
        union all
        select area, pupils, (select max(township) from "db"."s"."stg_school") as verdict from "db"."s"."stg_school"
    """,
}
PARENTS = {
    "stg_school": ["source.p.raw.school"],
    "int_sum": ["model.p.stg_school", "seed.p.limits"],
    "fct_county": ["model.p.int_sum", "model.p.stg_school"],
}


def _node(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "resource_type": kind, "relation_name": f'"db"."s"."{name}"', "columns": {}, **more}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    (tmp_path / "limits.csv").write_text(SEED, encoding="utf-8")
    nodes = {
        f"model.p.{name}": _node(name, "model", compiled_code=sql, depends_on={"nodes": PARENTS[name]})
        for name, sql in MODELS.items()
    }
    nodes["seed.p.limits"] = _node("limits", "seed", original_file_path="limits.csv")
    source = _node("school", "source") | {"relation_name": '"db"."raw"."school"'}
    exposures = {
        "exposure.p.page": {"name": "page", "depends_on": {"nodes": ["model.p.fct_county"]}},
        "exposure.p.other": {"name": "other", "depends_on": {"nodes": ["model.p.stg_school"]}},
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"nodes": nodes, "sources": {"source.p.raw.school": source}, "exposures": exposures}))
    return path


@pytest.fixture
def lineage(manifest: Path) -> Lineage:
    return read_lineage(manifest, manifest.parent)


def _fed(lineage: Lineage, name: str) -> set[str]:
    return {str(column) for column in lineage.fed_by(ColumnName(*name.split(".")))}


def test_a_value_is_followed_through_steps_stars_aliases_and_unions(lineage: Lineage) -> None:
    assert _fed(lineage, "stg_school.rooms") == {"int_sum.mixed", "fct_county.amount", "fct_county.verdict"}
    assert _fed(lineage, "stg_school.pupils") == {"int_sum.mixed", "int_sum.largest", "fct_county.amount", "fct_county.verdict"}


def test_a_seed_and_a_subquery_are_followed(lineage: Lineage) -> None:
    assert _fed(lineage, "limits.limit_of") == {"int_sum.limit_of", "fct_county.verdict"}
    assert _fed(lineage, "stg_school.township") == {"fct_county.verdict"}
    assert _fed(lineage, "limits.note") == set()


def test_what_decides_rows_is_told_apart_from_what_is_in_a_value(lineage: Lineage) -> None:
    assert _fed(lineage, "stg_school.is_open") == set()
    assert lineage.steered_by({ColumnName("stg_school", "is_open")}) == {"int_sum"}
    assert lineage.steered_by({ColumnName("limits", "area")}) == {"int_sum"}


def test_a_model_that_stands_in_the_sql_of_its_readers_is_a_step_of_its_own(manifest: Path) -> None:
    data = json.loads(manifest.read_text())
    part = 'select area, pupils + rooms as mixed from "db"."s"."stg_school" where is_open'
    read = f"with __dbt__cte__int_part as ({part}), parts as (select * from __dbt__cte__int_part) select area, mixed from parts"
    for name, sql, parent in (("int_part", part, "stg_school"), ("fct_part", read, "int_part")):
        data["nodes"][f"model.p.{name}"] = _node(name, "model", compiled_code=sql, depends_on={"nodes": [f"model.p.{parent}"]})
    data["nodes"]["model.p.int_part"]["relation_name"] = None
    manifest.write_text(json.dumps(data))
    lineage = read_lineage(manifest, manifest.parent)
    assert _fed(lineage, "int_part.mixed") == {"fct_part.mixed"}
    assert {"int_part.mixed", "fct_part.mixed"} <= _fed(lineage, "stg_school.rooms")
    assert {"int_part", "fct_part"} <= lineage.steered_by({ColumnName("stg_school", "is_open")})


def test_readers_are_exposures_and_files_that_name_table_and_column(lineage: Lineage, manifest: Path) -> None:
    words = {"a.py": {"fct_county", "verdict"}, "b.py": {"fct_county", "area"}, "c.py": {"verdict"}}
    reach = impact(ColumnName("limits", "limit_of"), lineage, json.loads(manifest.read_text()), words)
    assert reach.fed == {"int_sum": ["limit_of"], "fct_county": ["verdict"]}
    assert reach.exposures == ["page"]
    assert reach.files == ["a.py"]
    assert "fct_county: verdict" in told(reach)


def test_an_unknown_column_is_refused_with_the_nearest(lineage: Lineage, manifest: Path) -> None:
    with pytest.raises(LookupError, match=r"near it: fct_county\.verdict"):
        impact(ColumnName("fct_county", "verdct"), lineage, json.loads(manifest.read_text()), {})


def test_a_project_that_is_not_compiled_is_refused(manifest: Path) -> None:
    data = json.loads(manifest.read_text())
    data["nodes"]["model.p.int_sum"]["compiled_code"] = None
    manifest.write_text(json.dumps(data))
    with pytest.raises(ValueError, match="int_sum: run dbt compile"):
        read_lineage(manifest, manifest.parent)
