"""Figures, requirements and verdicts of the sample county explained by the command line, down to the cells."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import duckdb
import pytest

from junheng.cli.main import main
from junheng.core.home import Home
from publish.release.release import read_current
from publish.trust import explain_county, lineage
from publish.trust.county_requirement import REQUIREMENT_MODELS
from publish.trust.county_verdict import ExplainedVerdict
from publish.trust.question import NotFound, Question
from tests.e2e.nights import Night, query

AGREES = "✓ 复算一致"


@pytest.fixture(scope="module")
def built(sample_night: Night) -> Iterator[duckdb.DuckDBPyConnection]:
    """The models that everything of a county rests on, built once."""
    assert sample_night.release is not None
    with lineage.models(sample_night.home, lineage.nights_of(sample_night.release), REQUIREMENT_MODELS) as connection:
        yield connection


@pytest.fixture(autouse=True)
def models(built: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lineage, "models", lambda *_: nullcontext(built))


@pytest.fixture
def say(sample_night: Night, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("COLUMNS", "300")

    def explained(*words: str, code: int = 0) -> str:
        assert main(["explain", "990101", *words, "--home", str(sample_night.home.path)]) == code
        return capsys.readouterr().out

    return explained


def test_a_coefficient_names_every_school_and_its_cells(say, sample_night: Night) -> None:  # type: ignore[no-untyped-def]
    told = say("L5", "--stage", "primary", "--ruleset", "national-2017")
    (row,) = query(
        sample_night,
        "select * from marts.fct_county_indicator where school_year = 2025 and ruleset_id = 'national-2017'"
        " and indicator_code = 'L5' and stage = 'primary'",
    )
    schools = query(
        sample_night,
        "select school_name from marts.fct_school_indicator join marts.dim_school using (county_code, school_year, school_code)"
        " where school_year = 2025 and ruleset_id = 'national-2017' and indicator_code = 'L5' and stage = 'primary'",
    )
    assert len(schools) == row["school_count"] == len([line for line in told.splitlines() if re.search(r"[✓✗◐] ", line)]) - 2
    for school in schools:
        assert told.count(school["school_name"]) >= 2
    for said in (
        "差异系数 0.5004   限值 0.50   结论 ✗ 不达标",
        "教督〔2017〕6号",
        "限值",
        "运动场地面积",
        "“Sheet1”第",
        "学校普查_2025学年.xlsx",
        AGREES,
    ):
        assert said in told


def test_a_ratio_is_told_as_one_to_how_many(say) -> None:  # type: ignore[no-untyped-def]
    assert re.search(r"≈ ?0\.\d{6}（1:\d+\.\d+）", say("B6"))


def test_a_composite_is_the_mean_of_its_coefficients(say) -> None:  # type: ignore[no-untyped-def]
    told = say("composite", "--ruleset", "national-2012", "--stage", "primary")
    assert "综合差异系数 =（" in told
    assert "÷ 8" in told
    assert "junheng explain 990101 B1 --stage primary" in told
    assert AGREES in told


def test_a_requirement_of_amounts_is_told_school_by_school(say) -> None:  # type: ignore[no-untyped-def]
    told = say("g11")
    assert told.count(AGREES) == 2
    for said in (
        "交流轮岗教师数 165",
        "值 = 165 × 100 ÷ 1,150",
        "标准 ≥ 10 %",
        "标准 ≥ 20 %",
        "示范县第一小学",
        "小学交流轮岗教师",
        "第37行H列“数值”",
    ):
        assert said in told


def test_a_requirement_of_schools_names_each_with_what_it_was_judged_by(say) -> None:  # type: ignore[no-untyped-def]
    told = say("G4")
    assert "示范县第二小学" in told
    assert "2,001" in told
    assert "小学在校生" in told
    assert "（2010年前规划建成的学校规模放宽、随迁子女超过半数的学校规模放宽）" in told
    assert "G4_built_2010" not in told
    assert AGREES in told


def test_parts_of_the_survey_are_told_apart_by_their_names(say) -> None:  # type: ignore[no-untyped-def]
    told = say("S1")
    assert {"S1 问卷综合满意度", "S1 实地走访家长满意度"} <= set(told.splitlines())
    assert "visited" not in told


def test_monitoring_is_listed_with_its_cells_and_what_it_waits_for(say) -> None:  # type: ignore[no-untyped-def]
    told = say("Q9")
    waits_for = re.sub(r"\s", "", told).partition("待补：")[2].partition("算式")[0].split("；")
    assert waits_for == [
        f"{grade}{missing}"
        for grade in ("四年级", "八年级")
        for missing in ("科学：监测结果（2023—2025年）", "德育：监测结果（2023—2025年）", "体育与健康：学业水平、校际差异率")
    ]
    assert "国家监测 2024 四年级数学 学业水平" in told
    assert "第2行H列“水平”" in told
    assert AGREES in told


def test_a_matter_of_documents_shows_declaration_and_evidence(say) -> None:  # type: ignore[no-untyped-def]
    told = say("G1")
    assert "自评结论" in told
    assert "佐证" in told
    assert AGREES in told
    assert "待补：自评结论和佐证" in say("V5")


def test_the_verdict_names_all_its_parts(say, sample_night: Night) -> None:  # type: ignore[no-untyped-def]
    told = say("verdict", "--ruleset", "national-2017")
    asked = query(
        sample_night,
        "select distinct requirement_code from marts.fct_county_requirement where school_year = 2025 and verdict is not null",
    )
    for row in asked:
        assert f" {row['requirement_code']} " in told
    assert "资源配置：✗ 不达标" in told
    assert "待补：马家店乡初级中学" in told
    assert AGREES in told


def test_every_requirement_and_coefficient_agrees_with_the_release(sample_night: Night) -> None:
    assert sample_night.release is not None
    codes = query(sample_night, "select distinct requirement_code as code from marts.fct_county_requirement")
    codes += query(sample_night, "select distinct indicator_code as code from marts.fct_county_indicator where stage = 'junior'")
    problems = {
        code: found.problems
        for code in sorted({row["code"] for row in codes})
        for found in explain_county.explain_county(sample_night.home, sample_night.release, Question("990101", None, code))
        if found.problems
    }
    assert problems == {}


def test_what_the_parts_do_not_give_is_told(sample_night: Night, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    shutil.copytree(sample_night.home.path, home, symlinks=True)
    release = read_current(Home(home))
    assert release is not None
    release.path.chmod(0o755)
    release.database.chmod(0o644)
    with duckdb.connect(str(release.database)) as connection:
        connection.execute("update marts.fct_county_verdict set verdict = 'met', quality_verdict = 'met'")
        connection.execute(
            "update marts.fct_county_requirement set value = 15, verdict = 'unmet' where requirement_code = 'G11' and part = 'a'"
        )
        connection.execute("update marts.fct_county_requirement set verdict = 'met' where requirement_code = 'Q9'")
    (monitored,) = explain_county.explain_county(Home(home), release, Question("990101", None, "Q9"))
    assert monitored.problems == ["verdict：unmet ≠ met"]
    found = explain_county.explain_county(Home(home), release, Question("990101", None, "verdict", ruleset="national-2017"))
    assert isinstance(found[0], ExplainedVerdict)
    assert [problem.split("：")[0] for problem in found[0].problems] == ["quality", "verdict"]
    assert main(["explain", "990101", "G11", "--home", str(home)]) == 1
    told = capsys.readouterr().out
    assert "复算不一致" in told
    assert "value：14.347826086957 ≠ 15" in told
    assert "verdict：met ≠ unmet" in told


def test_what_is_not_there_is_named_with_what_is(sample_night: Night) -> None:
    assert sample_night.release is not None
    with pytest.raises(NotFound) as unknown:
        explain_county.explain_county(sample_night.home, sample_night.release, Question("990101", None, "Z9"))
    assert "L5 生均体育运动场馆面积" in unknown.value.near
    with pytest.raises(NotFound) as stage:
        explain_county.explain_county(sample_night.home, sample_night.release, Question("990101", None, "L5", stage="senior"))
    assert "national-2017 L5 primary" in stage.value.near
    assert main(["explain", "990101", "L5", "--stage", "senior", "--home", str(sample_night.home.path)]) == 2
