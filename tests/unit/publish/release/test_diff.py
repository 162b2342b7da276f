"""What differs between two releases, row by row, and why."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from junheng.cli.main import main
from junheng.core.home import Home
from publish.release import publication
from publish.release.diff import Difference, difference
from publish.release.manifest import Details
from publish.release.release import find_release
from tests.unit.publish.fake_home import make_build, make_home
from tests.unit.publish.fake_marts import COLUMNS, Shape, make_rows, write_manifest

GRAIN = ["county_code", "school_year", "stage", "indicator_code", "ruleset_id"]
SECOND = "990102"


def column(table: str, name: str) -> int:
    return COLUMNS[table].index(name)


def with_grain(path: Path) -> Path:
    data = json.loads(path.read_text(encoding="utf-8"))
    data["nodes"]["test.junheng.grain"] = {
        "resource_type": "test",
        "name": "unique_grain_fct_county_indicator",
        "config": {},
        "attached_node": "model.junheng.fct_county_indicator",
        "test_metadata": {"name": "unique_grain", "kwargs": {"columns": GRAIN}},
    }
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def changed_rows() -> dict[str, list[tuple[Any, ...]]]:
    """The second county with one mean more, one row less, one delivery other, one correction."""
    tables = make_rows(SHAPE)
    rows = [list(row) for row in tables["fct_county_indicator"]]
    mine = [row for row in rows if row[0] == SECOND]
    mine[0][column("fct_county_indicator", "county_mean")] += 1.5
    rows.remove(mine[1])
    tables["fct_county_indicator"] = [tuple(row) for row in rows]
    submission = list(tables["aud_submission"][0])
    for name, value in {"submission_id": "c" * 16, "file_name": "990102/2025/new.xlsx", "county_code": SECOND}.items():
        submission[column("aud_submission", name)] = value
    tables["aud_submission"].append(tuple(submission))
    tables["aud_correction"] = [
        (
            *("a.yml", 1, SECOND, 2025, "S1", "城关小学", "pupils_primary", "小学在校生", 60, 60, 66, "applied", None, "复核"),
            *("示教函〔2026〕1号", "督导室", "2026-02-20"),
        )
    ]
    return tables


SHAPE = Shape(counties=[("990101", "示范县"), (SECOND, "示范02县")])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("diff")
    home = make_home(folder / "home")
    manifest = with_grain(write_manifest(folder / "m.json"))
    for tables in (make_rows(SHAPE), changed_rows()):
        publication.publish(home, make_build(home, SHAPE, tables), manifest, Details("2026-11-22T01:00:00+08:00"))
    return home


def compare(home: Home, before: str = "r0001", after: str = "r0002", most: int = 5) -> Difference:
    found = [find_release(home, name) for name in (before, after)]
    assert found[0] is not None
    assert found[1] is not None
    return difference(found[0], found[1], most)


def test_exactly_the_changed_rows_are_named_by_their_grain(home: Home) -> None:
    found = compare(home)
    (table,) = found.tables
    assert (table.name, table.changed, table.added, table.removed) == ("fct_county_indicator", 1, 0, 1)
    assert table.columns == [("county_mean 的名称", 1)]
    (example,) = table.examples
    assert [label for label, _ in example.key] == [f"{name} 的名称" for name in GRAIN]
    assert example.key[0][1] == SECOND
    ((label, before, after),) = example.cells
    assert label == "county_mean 的名称"
    assert Decimal(after.replace(",", "")) - Decimal(before.replace(",", "")) == Decimal("1.5")
    assert found.counties == {SECOND: 2}


def test_the_other_way_round_what_was_removed_is_added(home: Home) -> None:
    (table,) = compare(home, "r0002", "r0001").tables
    assert (table.changed, table.added, table.removed) == (1, 1, 0)


def test_a_release_does_not_differ_from_itself(home: Home) -> None:
    found = compare(home, "r0001", "r0001")
    assert not found.is_different
    assert found.causes == []


def test_causes_are_the_delivery_and_the_correction_of_that_county(home: Home) -> None:
    found = compare(home)
    assert [(cause.kind, cause.county) for cause in found.causes] == [("delivery_new", SECOND), ("correction_new", SECOND)]
    assert found.causes[0].values["file"] == "990102/2025/new.xlsx"
    assert [cause.kind for cause in compare(home, "r0002", "r0001").causes] == ["delivery_gone", "correction_gone"]


def edited(home: Home, name: str, **changed: Any) -> None:
    """Change what the second release says it was made with."""
    path = next(home.releases.glob("r0002-*")) / "manifest.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data[name] = changed if isinstance(data[name], dict) else [data[name][0] | changed]
    path.chmod(0o644)
    path.write_text(json.dumps(data), encoding="utf-8")


def test_rules_code_and_software_are_causes_of_every_county(home: Home) -> None:
    path = next(home.releases.glob("r0002-*")) / "manifest.json"
    before = path.read_bytes()
    try:
        manifest = json.loads(before)
        edited(home, "rules", version=2, sha256="f" * 64)
        edited(home, "code", **manifest["code"] | {"catalogue": "f" * 64})
        edited(home, "versions", **manifest["versions"] | {"duckdb": "1.0"})
        found = compare(home).causes[2:]
        assert [(cause.kind, cause.county) for cause in found] == [
            ("ruleset_changed", None),
            ("code_changed", None),
            ("version_changed", None),
        ]
        data = json.loads(path.read_text(encoding="utf-8"))
        del data["code"]
        path.write_text(json.dumps(data), encoding="utf-8")
        assert "code_unknown" in [cause.kind for cause in compare(home).causes]
    finally:
        path.write_bytes(before)


def test_the_command_says_it_in_chinese(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert main(["diff", "r0001", "current", "--home", str(home.path)]) == 1
    out = capsys.readouterr().out
    for said in (
        "变化 1 行，新增 0 行，消失 1 行",
        "990102：新采用的交付 990102/2025/new.xlsx",
        "990102：新的更正：城关小学 小学在校生 → 66（示教函〔2026〕1号）",
        "990102：2 行有变化，涉及：交付、更正",
    ):
        assert said in out
    assert main(["diff", "current", "current", "--home", str(home.path)]) == 0
    assert "完全相同" in capsys.readouterr().out
    assert main(["diff", "r0001", "r0009", "--home", str(home.path)]) == 2
    assert "r0002-" in capsys.readouterr().out
    assert main(["diff", "signed", "current", "--home", str(home.path)]) == 2
    assert main(["diff", "r0001", "r0002", "--home", str(home.path / "nowhere")]) == 2


def test_figures_without_a_cause_are_told_as_such(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from publish.release import diff

    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setattr(diff, "_deliveries", lambda *_: [])
    monkeypatch.setattr(diff, "_corrections", lambda *_: [])
    assert main(["diff", "r0001", "r0002", "--home", str(home.path)]) == 1
    out = capsys.readouterr().out
    assert "都没有变化，数却变了" in out
    assert "涉及：原因不明" in out
