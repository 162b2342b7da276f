"""Figures explained from the cells: of files parsed, committed and built for real; only what follows the schools is cut short."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.landing import archive
from ingest.landing.parse import parse_file
from junheng.cli.main import main
from junheng.core.home import Home
from junheng.core.ledger import Ledger
from junheng.core.records import LandedFile
from junheng.core.settings import BUILD_DB
from publish.build import build
from publish.release.audit import RESULTS
from publish.release.release import read_current
from publish.trust import explain, lineage, originals
from publish.trust.derivation import Derivation
from publish.trust.explain import OutOfScope
from publish.trust.question import NotFound, Question
from tests.marts import create_mart
from tests.oracle.compiled import CompiledProject, compiled

HEADER = [
    *("区划代码", "学年", "学校标识码", "学校名称", "办学类型码", "是否计校数", "主校标识码", "小学在校生", "初中在校生"),
    *("教学及辅助用房面积", "室内体育用房面积"),
]
NINE_YEARS = ["990101", "2025", "3199010001", "示范九年一贯制学校", "312", "1", "", "１,２００", "800", "9000.5", "400"]
PRIMARY = ["990101", "2025", "2199010001", "示范小学", "211", "", "", "300", "", "2000", "0"]
CAMPUS = ["990101", "2025", "2199010002", "示范小学东校区", "211", "0", "2199010001", " 100 ", "", "500.25", ""]
WAITING = ["990101", "2025", "2199010003", "待报小学", "211", "", "", "50", "", "", "10"]
CORRECTED = ["990101", "2025", "2199010004", "更正小学", "211", "", "", "60", "", "600", "0"]
CORRECTION = """
- county_code: "990101"
  school_year: 2025
  school_code: "2199010004"
  field: pupils_primary
  expected: 60
  value: 66
  reason: 复核学籍
  document: 示教函〔2026〕1号
  by: 督导室
  date: 2026-02-20
"""
ROOMS = ["区划代码", "学年", "学校标识码", "学校名称", "办学类型码", "小学在校生", "初中在校生", "网络多媒体教室"]
MORE = ["990101", "2025", "3199010001", "示范九年一贯制学校", "312", "1200", "800", "31"]


def table(*rows: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("gb18030")


def night(home: Home, number: int, files: dict[str, bytes]) -> None:
    """Archive, parse and commit files as one night that accepts them all."""
    submissions, coverage, inventory = [], [], []
    for name, data in files.items():
        sha256 = hashlib.sha256(data).hexdigest()
        incoming = home.path / "incoming"
        incoming.write_bytes(data)
        archive.store(home, incoming, sha256)
        path = f"990101/2025/{name}"
        result = parse_file(home, LandedFile(path, len(data), "990101", 2025, sha256))
        assert not result.refused, result.reason
        common = {"night": number, "delivery_night": number, "submission_id": result.submission_id}
        common |= {"source": result.source, "covers": result.covers}
        submissions.append(
            common
            | {"sha256": sha256, "file_name": path, "area_code": "990101", "folder_school_year": 2025}
            | {"contract": result.contract, "status": "accepted", "rows_read": result.rows_read}
            | {"rows_parsed": result.rows_parsed, "rows_accepted": result.rows_parsed, "rows_quarantined": 0}
        )
        coverage += [
            common | {"county_code": c.county_code, "school_year": c.school_year, "rows": c.rows} for c in result.covered
        ]
        inventory.append({"path": path, "sha256": sha256, "submission_id": result.submission_id, "present": True})
    opened = Ledger(home).open_next()
    opened.write_table("inventory", inventory)
    opened.write_table("submissions", submissions)
    opened.write_table("coverage", coverage)
    opened.write_table("check_results", [])
    opened.write_table("quarantined_rows", [])
    opened.commit({"night": number, "as_of": "2026-03-01"})


def release(project: CompiledProject, home: Home, work: Path) -> Path:
    """Build the marts that explain reads and put them where a release stands. Returns the build file."""
    database = work / BUILD_DB
    work.mkdir()
    build.prepare(home, database, [])
    models = (
        "fct_school_indicator",
        "dim_county",
        "dim_school",
        "dim_school_scope",
        "dim_indicator",
        "dim_code",
        "dim_rule_setting",
    )
    project.build(database, *models, data_tests=())
    folder = home.releases / "r0001-000000000000"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "junheng.duckdb")) as connection:
        connection.execute(f"attach '{database}' as build (read_only); create schema marts")
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'build' and schema_name = 'marts'"
        ).fetchall():
            connection.execute(f"create table marts.{name} as select * from build.marts.{name}")
        titles = {"title_zh": "举办者类型缺失", "title_en": "The sponsor is missing"}
        create_mart(connection, "dim_check", [{"source": "school_census", "check_id": "sponsor_known"} | titles])
        results = [("sponsor_known", row["submission_id"], "warn") for row in Ledger(home).table("submissions").to_pylist()]
        results += [("pupils_known", None, "pass"), ("has_rows", None, "no_data"), ("of_another_file", "0" * 16, "fail")]
        again = [("sponsor_known", None, "warn", "gx"), ("pupils_known", None, "pass", "gx_sql")]
        names = ("check_id", "submission_id", "status", "engine")
        rows = [dict(zip(names, row, strict=True)) for row in [*((*row, "sql") for row in results), *again]]
        create_mart(connection, RESULTS, [row | {"source": "school_census"} for row in rows])
    described = {
        "release_id": folder.name,
        "content_hash": "0" * 64,
        "created_at": "2026-03-01",
        "nights": Ledger(home).numbers(),
    }
    (folder / "manifest.json").write_text(json.dumps(described), encoding="utf-8")
    home.current.symlink_to(Path("releases") / folder.name)
    return database


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    home = Home(tmp_path_factory.mktemp("explained") / "home").create()
    old = [*NINE_YEARS[:-2], "1", "1"]
    night(home, 1, {"旧.csv": table(HEADER, old, PRIMARY)})
    night(home, 2, {"普查.csv": table(HEADER, NINE_YEARS, PRIMARY, CAMPUS, WAITING, CORRECTED), "补充.csv": table(ROOMS, MORE)})
    home.corrections.mkdir(exist_ok=True)
    (home.corrections / "2026.yml").write_text(CORRECTION, encoding="utf-8")
    database = release(compiled(tmp_path_factory), home, home.path / "work")
    # a night after the release is none of its figures
    night(home, 3, {"新.csv": table(HEADER, [*NINE_YEARS[:-2], "2", "2"], PRIMARY)})
    return home, database


@pytest.fixture
def home(made: tuple[Home, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A copy to spoil, and the models of the build in the place of those that explain builds (but see the first test)."""
    original, database = made
    shutil.copytree(original.path, tmp_path / "home", symlinks=True, ignore=shutil.ignore_patterns("work"))

    @contextmanager
    def models(_home: Home, _nights: list[int]) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(database), read_only=True) as connection:
            yield connection

    monkeypatch.setattr(lineage, "models", models)
    return Home(tmp_path / "home")


def derived(home: Home, *asked: str, **more: Any) -> list[Derivation]:
    current = read_current(home)
    assert current is not None
    found = explain.explain(home, current, Question(*asked, **more))
    assert isinstance(found, list)
    return found


def texts(found: Derivation, item: str) -> list[tuple[str, str, int]]:
    return [
        (place.file.name.rpartition("/")[2], cell.text, cell.row)
        for reading in found.readings
        if reading.item == item
        for place in reading.places
        for cell in place.cells
    ]


def spoil(home: Home, sql: str) -> None:
    database = home.current.resolve() / "junheng.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(sql)


def test_a_split_figure_is_computed_again_from_the_cells_of_its_release(made: tuple[Home, Path]) -> None:
    """Through the models that explain builds itself: night 3 is newer than the release and must not be seen."""
    primary, junior = sorted(derived(made[0], "示范县", "示范九年一贯制学校", "l4"), key=lambda d: -len(d.published["stage"]))
    assert (primary.problems, junior.problems) == ([], [])
    assert texts(primary, "pupils_primary") == [("普查.csv", "１,２００", 2), ("补充.csv", "1200", 2)]
    assert texts(primary, "teaching_area_m2") == [("普查.csv", "9000.5", 2)]
    assert primary.amount == Fraction("8600.5")
    assert primary.share == Fraction(1200, 2080)
    assert primary.value == Fraction("8600.5") / 2080
    assert junior.value == Fraction("8600.5") * Fraction("1.1") / 2080
    assert {file.delivery_night for file in primary.files} == {2}
    assert primary.published["value"] is not None


def test_items_that_files_complete_name_their_own_file(home: Home) -> None:
    for found in derived(home, "990101", "3199010001", "L7"):
        assert texts(found, "multimedia_rooms") == [("补充.csv", "31", 2)]
        assert found.problems == []


def test_a_campus_is_listed_with_its_cells_and_its_empty_cell_is_unknown(home: Home) -> None:
    (found,) = derived(home, "990101", "2199010001", "L4")
    assert found.folded == [("2199010002", "示范小学东校区")]
    assert texts(found, "pupils_primary") == [("普查.csv", "300", 3), ("普查.csv", " 100 ", 4)]
    assert [(r.item, r.school_code) for r in found.missing] == [("indoor_sports_area_m2", "2199010002")]
    assert (found.value, found.verdict, found.problems) == (None, "undecided", [])


def test_an_undecided_figure_names_what_is_missing_and_where_it_belongs(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = derived(home, "990101", "待报小学", "L4")
    (missing,) = found.missing
    assert missing.item == "teaching_area_m2"
    (place,) = missing.places
    assert (place.file.name, place.cells[0].row, place.cells[0].column) == ("990101/2025/普查.csv", 5, "J")
    assert main(["explain", "990101", "待报小学", "L4", "--home", str(home.path)]) == 0
    out = "".join(capsys.readouterr().out.split())
    assert "缺：待报小学的教学及辅助用房面积" in out
    assert "第5行J列“教学及辅助用房面积”" in out
    assert "复算一致：缺以上数据" in out


def test_an_item_without_a_column_says_so(home: Home) -> None:
    (found,) = derived(home, "990101", "待报小学", "L7")
    (missing,) = found.missing
    assert [place.cells for place in missing.places] == [()]


def test_a_campus_has_no_figure_and_points_to_its_main_school(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    current = read_current(home)
    assert current is not None
    found = explain.explain(home, current, Question("990101", "示范小学东校区", "L4"))
    assert isinstance(found, OutOfScope)
    assert found.main_school == ("2199010001", "示范小学")
    assert found.stages == [("primary", "不计校数，并入主校")]
    assert main(["explain", "990101", "示范小学东校区", "L4", "--home", str(home.path)]) == 0
    assert "2199010001 示范小学" in capsys.readouterr().out


def test_a_correction_is_shown_beside_what_was_delivered(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = derived(home, "990101", "更正小学", "L4")
    pupils = next(reading for reading in found.readings if reading.item == "pupils_primary")
    assert (pupils.value, pupils.places[0].value) == (66, 60)
    assert pupils.correction is not None
    assert (pupils.correction.file, pupils.correction.document) == ("2026.yml", "示教函〔2026〕1号")
    assert found.value == Fraction(600, 66)
    assert found.problems == []
    assert main(["explain", "990101", "更正小学", "L4", "--home", str(home.path)]) == 0
    assert "60→66" in "".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("column", ["value", "numerator"])
def test_a_published_figure_that_the_cells_do_not_give_is_refused_loudly(
    home: Home, capsys: pytest.CaptureFixture[str], column: str
) -> None:
    spoil(home, f"update marts.fct_school_indicator set {column} = {column} + 0.000000000001 where indicator_code = 'L4'")
    (found,) = derived(home, "990101", "3199010001", "L4", stage="junior")
    assert [problem.partition("：")[0] for problem in found.problems] == [column]
    assert main(["explain", "990101", "3199010001", "L4", "--home", str(home.path)]) == 1
    out = capsys.readouterr().out
    assert "复算不一致" in out
    assert "复算一致" not in out


def test_a_school_that_may_not_belong_has_no_value_and_says_why(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """The files name no sponsor: whether the school is run by the county is not known, though all of its cells are."""
    (found,) = derived(home, "990101", "示范小学", "B1")
    assert found.is_undetermined
    assert (found.value, found.verdict, found.problems) == (None, None, [])
    assert main(["explain", "990101", "示范小学", "B1", "--home", str(home.path)]) == 0
    assert "举办者未填" in capsys.readouterr().out


def test_a_relaxed_verdict_names_the_strict_one(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(
        home,
        "update marts.fct_school_indicator set verdict = 'met', relaxation_code = 'L5_dense_centre' where indicator_code = 'L4'",
    )
    assert main(["explain", "990101", "3199010001", "L4", "--home", str(home.path)]) == 0
    assert "结论依放宽条款（中心城区学校可计入改建、租借场馆）" in capsys.readouterr().out


def test_a_rule_set_that_compares_rounded_values(home: Home) -> None:
    (exact,) = derived(home, "990101", "示范小学", "L4")
    assert not exact.compares_rounded
    spoil(home, "update marts.dim_rule_setting set value = 'rounded' where setting = 'comparison'")
    (rounded,) = derived(home, "990101", "示范小学", "L4")
    assert rounded.compares_rounded
    assert (exact.verdict, rounded.verdict, rounded.problems) == (exact.published["verdict_strict"], exact.verdict, [])


def test_no_school_has_a_composite(home: Home) -> None:
    with pytest.raises(NotFound) as refused:
        derived(home, "990101", "示范小学", "composite")
    assert refused.value.what == "indicator"


def test_a_verdict_that_does_not_follow_is_refused(home: Home) -> None:
    spoil(home, "update marts.fct_school_indicator set verdict_strict = 'met' where indicator_code = 'L4'")
    (found,) = derived(home, "990101", "3199010001", "L4", stage="primary")
    assert found.verdict == "floor_met"
    assert found.problems == ["verdict：floor_met ≠ met"]


def test_an_original_that_is_not_what_was_archived_is_refused(home: Home) -> None:
    files = {file.name: file for file in derived(home, "990101", "3199010001", "L4")[0].files}
    path = archive.path_of(home, files["990101/2025/普查.csv"].sha256)
    path.chmod(stat.S_IWUSR | stat.S_IRUSR)
    path.write_bytes(path.read_bytes().replace(b"9000.5", b"9000.6"))
    assert any("sha256" in problem for problem in derived(home, "990101", "3199010001", "L4")[0].problems)


def test_bronze_that_does_not_say_what_the_original_says_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(originals.Original, "_figure", lambda *_: (Decimal(7), False))
    (found,) = derived(home, "990101", "3199010001", "L4", stage="primary")
    assert any("“9000.5”" in problem for problem in found.problems)


def test_rows_that_are_gone_are_said_to_be_gone(
    home: Home, made: tuple[Home, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    emptied = home.path / "emptied.duckdb"
    shutil.copy(made[1], emptied)

    @contextmanager
    def models(_home: Home, _nights: list[int]) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(emptied)) as connection:
            connection.execute("delete from intermediate.int_balance__school")
            yield connection

    monkeypatch.setattr(lineage, "models", models)
    assert main(["explain", "990101", "示范小学", "L4", "--home", str(home.path)]) == 1
    assert "无法重新找出有效数据" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "what", "near"),
    [
        (("示范市", "示范小学", "L4"), "county", "990101 示范县"),
        (("990101", "示范小校", "L4"), "school", "2199010001 示范小学"),
        (("990101", "2199010009", "L4"), "school", "2199010001 示范小学"),
        (("990101", "示范小学", "L9"), "indicator", "L4 生均教学及辅助用房面积"),
    ],
)
def test_unknown_names_get_the_nearest_and_exit_2(
    home: Home, capsys: pytest.CaptureFixture[str], asked: tuple[str, str, str], what: str, near: str
) -> None:
    with pytest.raises(NotFound) as caught:
        derived(home, *asked)
    assert caught.value.what == what
    assert near in caught.value.near
    assert main(["explain", *asked, "--home", str(home.path)]) == 2
    out = capsys.readouterr().out
    assert asked[{"county": 0, "school": 1, "indicator": 2}[what]] in out
    assert near in out


def test_a_year_or_stage_that_is_not_there_is_usage(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["explain", "990101", "2199010001", "L4", "--home", str(home.path)]
    assert main([*arguments, "--school-year", "2019"]) == 2
    assert "2025" in capsys.readouterr().out
    assert main([*arguments, "--stage", "junior"]) == 2
    assert "national-2017 primary" in capsys.readouterr().out


def test_without_a_release_it_ends_with_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "990101", "x", "L4", "--home", str(tmp_path / "none")]) == 4
    assert "junheng nightly" in capsys.readouterr().out
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_fits_the_terminal(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int, language: str
) -> None:
    from rich.cells import cell_len

    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(["--lang", language, "explain", "990101", "3199010001", "L4", "--home", str(home.path)]) == 0
    out = capsys.readouterr().out
    assert "“１,２００”" in out
    assert "1,200" in out
    assert max(cell_len(line) for line in out.splitlines()) <= columns


def test_checks_of_the_files_and_the_signature_are_told(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """By their titles; the second engine asks the same again and is not counted once more."""
    assert main(["explain", "990101", "2199010001", "L4", "--home", str(home.path)]) == 0
    out = capsys.readouterr().out
    assert "签发状态：未签发" in out
    assert "检查通过 1 次" in out
    assert "举办者类型缺失：提醒 1 次" in out
    for unsaid in ("sponsor_known", "has_rows", "of_another_file"):
        assert unsaid not in out
    assert main(["--lang", "en", "explain", "990101", "2199010001", "L4", "--home", str(home.path)]) == 0
    assert "The sponsor is missing: warn, 1 times" in capsys.readouterr().out
