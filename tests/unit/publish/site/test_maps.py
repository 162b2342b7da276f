"""Maps: outlines as the office gave them, words and colours as the table below has them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from publish.site.maps import Outlines, Shown, map_settings, shade
from publish.site.site import write_site
from tests.unit.publish.fake_marts import Shape, write_marts
from tests.unit.publish.site.test_site import NOTHING, RELEASE

COUNTIES = [(f"99010{n}", f"县{n}") for n in range(1, 5)]


def square(left: float, below: float, side: float = 1) -> list[list[list[float]]]:
    return [[[left, below], [left + side, below], [left + side, below + side], [left, below + side], [left, below]]]


def collection(features: dict[str, list[list[list[float]]]], key: str = "adcode") -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {key: name, "fill": "某人"},
                    "geometry": {"type": "Polygon", "coordinates": rings},
                }
                for name, rings in features.items()
            ],
        },
        ensure_ascii=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "maps").mkdir()
    return tmp_path / "maps"


def shown(*places: str) -> dict[str, Shown]:
    return {place: Shown(f"名{place}", "达标", "verdict met", f"../{place}.html") for place in places}


def corners(path: str) -> list[tuple[int, ...]]:
    return [tuple(map(int, corner.split())) for corner in re.findall(r"-?\d+ -?\d+", path)]


def test_places_lie_as_on_the_ground(folder: Path) -> None:
    (folder / "市.geojson").write_text(
        collection({"990101": square(117, 31), "990102": square(118, 31), "990103": square(117, 32)})
    )
    drawn = Outlines(folder).drawn("图", shown("990101", "990102", "990103", "990104"))
    assert drawn is not None
    west, east, north = (corners(place.path) for place in drawn.places)
    assert max(x for x, _ in west) == min(x for x, _ in east)
    assert max(y for _, y in north) == min(y for _, y in west)
    # a degree of longitude is shorter than one of latitude, by the cosine of the latitude in the middle
    wide, high = max(x for x, _ in west) - min(x for x, _ in west), max(y for _, y in west) - min(y for _, y in west)
    assert wide / high == pytest.approx(0.848, abs=0.01)
    assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for place in (west, east, north) for x, y in place)
    assert drawn.missing == ["名990104"]
    assert all(min(x for x, _ in west) < place.x < max(x for x, _ in west) for place in drawn.places[:1])


def test_several_parts_holes_and_a_single_feature(folder: Path) -> None:
    parts = [square(117, 31) + square(117.2, 31.2, 0.2), square(119, 31)]
    (folder / "a.json").write_text(
        json.dumps(
            {
                "type": "Feature",
                "id": "城关镇",
                "properties": None,
                "geometry": {
                    "type": "MultiPolygon",
                    "coordinates": parts,
                },
            }
        )
    )
    drawn = Outlines(folder).drawn("图", shown("城关镇"))
    assert drawn is not None
    assert drawn.places[0].path.count("M") == 3


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"type": "FeatureCollection", "features": []}',
        '{"type": "FeatureCollection", "features": [{"geometry": null}]}',
        '{"type": "Feature", "properties": {"code": "1"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}',
        collection({"990101": [[[500000, 3400000], [500001, 3400000], [500001, 3400001]]]}),
        collection({"990101": [[[float("nan"), 31], [118, 31], [118, 32]]]}),
        collection({"990101": [[["x", 31], [118, 31], [118, 32]]]}),
        "[" * 100_000,
    ],
)
def test_a_file_without_outlines_in_degrees_is_named_and_harms_no_other(folder: Path, content: str) -> None:
    (folder / "坏.json").write_text(content, encoding="utf-8")
    (folder / "好.json").write_text(collection({"990101": square(117, 31)}), encoding="utf-8")
    outlines = Outlines(folder)
    assert outlines.faults == ["坏.json"]
    assert outlines.drawn("图", shown("990101")) is not None


def test_a_map_of_many_corners_gets_coarser_until_it_fits(folder: Path) -> None:
    ring = [[117 + n / 40_000, 31 + (n % 7) / 500] for n in range(40_000)] + [[118, 30.5], [117, 30.5]]
    (folder / "fine.json").write_text(collection({"990101": [ring]}), encoding="utf-8")
    drawn = Outlines(folder).drawn("图", shown("990101"))
    assert drawn is not None
    assert 100 < len(drawn.places[0].path) <= map_settings().most_bytes_of_map


def test_quantities_are_shaded_in_steps() -> None:
    assert [shade(value, 8) for value in (0, 1, 2, 3, 8)] == ["s0", "s1", "s1", "s2", "s4"]
    assert shade(0, 0) == "s0"


def test_the_map_says_what_the_table_says_and_nothing_of_the_file(tmp_path: Path, folder: Path) -> None:
    (folder / "市.geojson").write_text(collection({code: square(117 + n, 31) for n, (code, _) in enumerate(COUNTIES)}))
    (folder / "坏.json").write_text("{")
    write_site(
        write_marts(tmp_path / "m.duckdb", Shape(counties=COUNTIES, seed=5)), NOTHING, RELEASE, tmp_path / "site", maps=folder
    )
    html = (tmp_path / "site" / "city" / "示范市.html").read_text(encoding="utf-8")
    with duckdb.connect(str(tmp_path / "m.duckdb"), read_only=True) as connection:
        verdicts = connection.execute(
            "select county_name, resource_verdict"
            " from marts.dim_county join marts.fct_county_verdict using (county_code, school_year)"
            " where school_year = 2025 and ruleset_id = 'national-2017' order by 1"
        ).fetchall()
    drawn = re.findall(r'<path class="verdict (\w+)"[^>]*><title>(\S+) ', html)
    assert sorted((name, verdict) for verdict, name in drawn) == verdicts
    assert "某人" not in html
    assert "坏.json" in html
    assert {f"../{code}.html" for code, _ in COUNTIES} <= set(re.findall(r'<a href="([^"]+)"><path', html))


def test_without_outlines_there_is_no_map(tmp_path: Path) -> None:
    write_site(write_marts(tmp_path / "m.duckdb", Shape(counties=COUNTIES)), NOTHING, RELEASE, tmp_path / "site")
    assert "<path" not in (tmp_path / "site" / "city" / "示范市.html").read_text(encoding="utf-8")


def test_townships_are_shaded_by_their_schools(tmp_path: Path, folder: Path) -> None:
    database = write_marts(tmp_path / "m.duckdb", Shape())
    with duckdb.connect(str(database), read_only=True) as connection:
        (county, towns) = connection.execute(
            "select county_code, list(distinct township) from marts.dim_school where township is not null and school_year = 2025"
            " group by 1 order by 1 limit 1"
        ).fetchall()[0]
    (folder / "乡镇.json").write_text(
        collection({town: square(117 + n, 31) for n, town in enumerate(sorted(towns))}, "name"), encoding="utf-8"
    )
    write_site(database, NOTHING, RELEASE, tmp_path / "site", maps=folder)
    html = (tmp_path / "site" / "schools" / f"{county}.html").read_text(encoding="utf-8")
    assert set(re.findall(r'<path class="s\d"[^>]*><title>(\S+) \d+<', html)) == set(towns)
