"""``junheng simulate`` and ``junheng plan`` on the sample county: the real models, a home that stays as it is, marked results."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import duckdb
import pytest
from openpyxl import load_workbook

from junheng.cli.main import main
from tests.e2e.nights import Night
from tests.sharing import shared

COUNTY, SCHOOL = "990101", "2199000004"
HEADER = "措施,学校标识码,学段,项目,数量,金额（万元）"
MORE = """措施,学校标识码,学校名称,学段,项目,数量,调入学校标识码,金额（万元）
开办,2199000999,示范县第九小学,,小学,,,1200
新建,2199000999,,,教学及辅助用房,3000,,0
调配,2199000002,,小学,在校生,500,2199000999,0
开班,2199000999,,小学,教学班,12,,0
加入集团,2199000004,,,示范县实验教育集团,,,0
"""


def state(home: Path) -> dict[str, str]:
    files = [path for path in sorted(home.rglob("*")) if path.is_file() and not path.is_symlink()]
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def simulated(sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bool]:
    """Results of two scenarios (300 m² more at one school; a school opened), and whether the home is as it was."""

    def make(folder: Path) -> tuple[Path, bool]:
        scenarios, before = folder / "scenarios", state(sample_night.home.path)
        scenarios.mkdir()
        (scenarios / "ground.csv").write_text(f"{HEADER}\n新建,{SCHOOL},,运动场地,300,12.5\n", encoding="utf-8")
        (scenarios / "school.csv").write_text(MORE, encoding="utf-8")
        out = folder / "out"
        assert main(["simulate", "--home", str(sample_night.home.path), "--scenario", str(scenarios), "--out", str(out)]) == 0
        return out, state(sample_night.home.path) == before

    return shared(tmp_path_factory, "simulated", make)


def rows(out: Path) -> list[dict[str, str]]:
    with open(out / "changes.csv", encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_home_is_as_it_was_and_nothing_else_is_written(simulated: tuple[Path, bool]) -> None:
    out, is_unchanged = simulated
    assert is_unchanged
    assert sorted(path.name for path in out.iterdir()) == ["comparison.html", "comparison.xlsx", "ground", "school"]
    for name in ("ground", "school"):
        assert sorted(path.name for path in (out / name).iterdir()) == ["changes.csv", "junheng.duckdb"]


def test_changes_stand_side_by_side(simulated: tuple[Path, bool]) -> None:
    changes = rows(simulated[0] / "ground")
    assert {row["性质"] for row in changes} == {"模拟"}
    changed = {
        (row["类别"], row["学段"], row["指标"]): row
        for row in changes
        if row["规则集"] == "national-2017" and row["变化"] == "有变化"
    }
    values = {row["学校标识码"]: row for row in changes if (row["类别"], row["指标"]) == ("学校单项数值", "L5")}
    assert values[SCHOOL]["现值"] == "4.860"
    assert float(values[SCHOOL]["模拟值"]) > 4.86
    coefficient = changed["差异系数", "小学", "L5"]
    assert float(coefficient["模拟值"]) < float(coefficient["现值"])
    assert changed["差异系数结论", "小学", "L5"]["模拟值"] == "达标"
    (money,) = [row for row in changes if row["类别"] == "所需资金（万元）"]
    assert money["模拟值"] == "12.5"


def test_the_marts_are_marked_and_hold_nothing_restricted(simulated: tuple[Path, bool], sample_night: Night) -> None:
    with duckdb.connect(str(simulated[0] / "ground" / "junheng.duckdb"), read_only=True) as connection:
        listed = connection.execute("select table_name, comment from duckdb_tables() where schema_name = 'marts'").fetchall()
        corrections = connection.execute("select distinct reason from marts.aud_correction where correction_file like '模拟%'")
        assert corrections.fetchall() == [("模拟",)]
        assert connection.execute("select kind, school_code from simulation.measure").fetchall() == [("模拟", SCHOOL)]
    assert all(comment.startswith("【模拟】") for _, comment in listed)
    with duckdb.connect(str(sample_night.home.path / "published" / "current" / "junheng.duckdb"), read_only=True) as connection:
        published = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
    assert {name for name, _ in listed} == {name for (name,) in published}


def test_a_school_is_opened_with_pupils_classes_and_a_group(simulated: tuple[Path, bool]) -> None:
    changes = {(row["类别"], row["规则集"], row["学校标识码"], row["指标"]): row for row in rows(simulated[0] / "school")}
    ruleset, new = "national-2017", "2199000999"
    assert changes["学校结论", ruleset, new, ""]["现值"] == "不在评估范围"
    area = changes["学校单项数值", ruleset, new, "L4"]
    assert (area["名称"], area["现值"], float(area["模拟值"])) == ("示范县第九小学", "不在评估范围", 6.0)
    assert changes["教育集团", "", SCHOOL, ""]["模拟值"] == "示范县实验教育集团"
    with duckdb.connect(str(simulated[0] / "school" / "junheng.duckdb"), read_only=True) as connection:
        (size,) = connection.execute(
            "select verdict from marts.fct_school_requirement"
            f" where school_code = '{new}' and requirement_code = 'G5' and ruleset_id = '{ruleset}'"
        ).fetchall()
    assert size == ("met",)


def test_scenarios_stand_side_by_side_on_one_page(simulated: tuple[Path, bool]) -> None:
    page = (simulated[0] / "comparison.html").read_text(encoding="utf-8")
    assert "模拟测算，不是已发布的数据" in page
    assert "ground：12.5 万元" in page
    assert "school：1200 万元" in page
    assert page.index("</header>") > page.index("模拟</strong>")
    book = load_workbook(simulated[0] / "comparison.xlsx")
    assert book.sheetnames == ["方案对照", "变化明细", "措施"]
    assert {"ground", "school"} <= {cell.value for row in book["方案对照"].iter_rows() for cell in row}


@pytest.mark.parametrize(
    ("line", "fault"),
    [("新建,0000000000,,运动场地,300,12.5", "没有标识码为“0000000000”的学校"), ("新建,1,,运动场地,3,", "没有填")],
)
def test_a_scenario_of_no_use_writes_nothing(
    line: str, fault: str, sample_night: Night, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario, out = tmp_path / "s.csv", tmp_path / "out"
    scenario.write_text(f"{HEADER}\n{line}\n", encoding="utf-8")
    assert main(["simulate", "--home", str(sample_night.home.path), "--scenario", str(scenario), "--out", str(out)]) == 2
    assert fault in capsys.readouterr().out.replace("\n  ", "")
    assert not out.exists() or not list(out.iterdir())


def test_results_are_not_written_into_the_home(sample_night: Night, tmp_path: Path) -> None:
    scenario = tmp_path / "s.csv"
    scenario.write_text(f"{HEADER}\n新建,{SCHOOL},,运动场地,300,12.5\n", encoding="utf-8")
    out = sample_night.home.published / "x"
    for words in (["simulate", "--scenario", str(scenario)], ["plan", "--county", COUNTY]):
        assert main([*words, "--home", str(sample_night.home.path), "--out", str(out)]) == 2
    assert not out.exists()


def test_a_county_without_prices_is_told_what_stands_in_the_way(sample_night: Night, tmp_path: Path) -> None:
    words = ["plan", "--home", str(sample_night.home.path), "--county", COUNTY, "--out", str(tmp_path)]
    assert main([*words, "--stage", "primary"]) == 1
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert (plan["feasible"], plan["cost_wan_yuan"], plan["status"]) == (False, None, "infeasible")
    assert plan["conflicts"]
    assert all("没有可用的办法" in sentence for sentence in plan["conflicts"])
    assert {"indicator": "L4", "way": "build", "reason": "没有单价：请填入数据目录的 unit_costs.csv"} in plan["unavailable"]
    assert load_workbook(tmp_path / "plan.xlsx").sheetnames == ["没有方案", "单项最省的一步", "未采用的办法", "差异来源"]
    assert len((tmp_path / "scenario.csv").read_text(encoding="utf-8-sig").splitlines()) == 1


def test_a_forecast_reads_the_release_and_says_what_it_rests_on(sample_night: Night, tmp_path: Path) -> None:
    before = state(sample_night.home.path)
    words = ["forecast", "--home", str(sample_night.home.path), "--county", COUNTY, "--out", str(tmp_path), "--years", "6"]
    assert main(words) == 0
    assert state(sample_night.home.path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["forecast.csv", "forecast.html", "forecast.json", "forecast.xlsx"]
    made = json.loads((tmp_path / "forecast.json").read_text(encoding="utf-8"))
    assert (made["school_year"], made["years_by_grade"], made["has_children"], made["has_bands"]) == (2025, [2025], True, False)
    assert {(each["year"], each["stage"]) for each in made["county"]} == {
        (year, stage) for year in range(2026, 2032) for stage in ("primary", "junior")
    }
    now = {(each["stage"], each["indicator"]): each["coefficient"] for each in made["coefficients"] if each["year"] == 2025}
    with duckdb.connect(str(sample_night.home.path / "published" / "current" / "junheng.duckdb"), read_only=True) as connection:
        published = connection.execute(
            "select stage, indicator_code, difference_coefficient from marts.fct_county_indicator"
            " where ruleset_id = 'national-2017' and school_year = 2025 and county_code = ?"
            " and difference_coefficient is not null and indicator_code <> 'composite'",
            [COUNTY],
        ).fetchall()
    assert now == pytest.approx({(stage, indicator): float(value) for stage, indicator, value in published})
    assert load_workbook(tmp_path / "forecast.xlsx").sheetnames[:2] == ["全县", "学位预警"]
    with open(tmp_path / "forecast.csv", encoding="utf-8-sig", newline="") as handle:
        lines = list(csv.DictReader(handle))
    assert {line["warning"] for line in lines} <= {"red", "green"}
    assert main([*words[:-1], "21"]) == 2
    assert main(["forecast", "--home", str(sample_night.home.path), "--county", "110101", "--out", str(tmp_path)]) == 2


def test_one_test_of_a_county_tells_nothing_of_growth(
    sample_night: Night, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["growth", "--home", str(sample_night.home.path), "--county", COUNTY, "--out", str(tmp_path)]) == 1
    assert "没有同一批学生前后两个学年的成绩" in capsys.readouterr().out.replace("\n  ", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["growth.html", "growth.json", "growth.xlsx"]
    assert main(["growth", "--home", str(sample_night.home.path), "--county", "110101", "--out", str(tmp_path)]) == 2


def test_a_proposal_of_rotation_is_tried_by_the_real_models(sample_night: Night, tmp_path: Path) -> None:
    before = state(sample_night.home.path)
    words = ["posts", "--home", str(sample_night.home.path), "--county", COUNTY, "--out", str(tmp_path)]
    assert main(words) == 0
    assert state(sample_night.home.path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["posts.html", "posts.json", "posts.xlsx", "scenario.csv"]
    made = json.loads((tmp_path / "posts.json").read_text(encoding="utf-8"))
    moved = sum(move["teachers"] for move in made["moves"])
    assert moved > 0
    assert sum(move["teachers"] for move in made["moves"] if move["is_backbone"]) >= 0.2 * moved
    figures = {(each["when"], each["stage"], each["indicator"]): each for each in made["effect"]}
    assert not made["faults"]
    for (when, stage, indicator), figure in figures.items():
        if when == "before" and indicator != "G11":
            after, limit = figures["after", stage, indicator], {"primary": 0.5, "junior": 0.45}[stage]
            assert after["coefficient"] <= limit or figure["coefficient"] > limit
            assert after["missed"] <= figure["missed"]
    assert figures["after", "a", "G11"]["coefficient"] > figures["before", "a", "G11"]["coefficient"]
    assert figures["before", "b", "G11"]["coefficient"] < 20 <= figures["after", "b", "G11"]["coefficient"]


def test_what_is_not_reported_is_asked_for_first(sample_night: Night, tmp_path: Path) -> None:
    assert main(["plan", "--home", str(sample_night.home.path), "--county", COUNTY, "--out", str(tmp_path)]) == 1
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    (sentence,) = plan["conflicts"]
    assert "L7" in sentence
    assert "没有填报" in sentence


@pytest.mark.parametrize("words", [["--county", "110101"], ["--county", COUNTY, "--ruleset", "none"]])
def test_what_cannot_be_planned_is_wrong_use(words: list[str], sample_night: Night, tmp_path: Path) -> None:
    assert main(["plan", "--home", str(sample_night.home.path), "--out", str(tmp_path), *words]) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_home_without_a_release_has_nothing_to_try(tmp_path: Path) -> None:
    scenario = tmp_path / "s.csv"
    scenario.write_text(f"{HEADER}\n新建,{SCHOOL},,运动场地,300,12.5\n", encoding="utf-8")
    for words in (["simulate", "--scenario", str(scenario)], ["plan", "--county", COUNTY]):
        assert main([*words, "--home", str(tmp_path / "home"), "--out", str(tmp_path / "out")]) == 4
    assert not (tmp_path / "home").exists()
