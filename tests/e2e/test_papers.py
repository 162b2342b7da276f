"""The papers of the sample night, opened by an office suite: each of them, once."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from docx import Document
from docx.text.paragraph import Paragraph

from publish.release.signed_papers import stamped
from tests.e2e.nights import Night, query


@pytest.fixture(scope="module")
def papers(sample_night: Night) -> list[Path]:
    assert sample_night.release is not None
    folder = sample_night.release.path
    lists = [folder / place / "papers.json" for place in ("papers", "restricted/papers")]
    return [folder / paper["path"] for listed in lists for paper in json.loads(listed.read_text(encoding="utf-8"))]


def test_every_paper_opens_in_an_office_suite(papers: list[Path], tmp_path: Path) -> None:
    given = {f"{number}{paper.suffix}": paper for number, paper in enumerate(papers)}
    for name, paper in given.items():
        (tmp_path / name).write_bytes(paper.read_bytes())
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf"),
            *("--outdir", str(tmp_path / "out"), *(str(tmp_path / name) for name in given)),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    for name, paper in given.items():
        data = (tmp_path / "out" / name).with_suffix(".pdf").read_bytes()
        assert data.startswith(b"%PDF"), paper.name
        assert len(data) > 5_000, paper.name


def test_a_signature_finds_the_state_in_the_foot_of_every_paper(papers: list[Path]) -> None:
    assert len(papers) > 2
    for paper in papers:
        assert stamped(paper.read_bytes(), paper.suffix, "已签发 2026-03-02") != stamped(
            paper.read_bytes(), paper.suffix, "未签发"
        )


@pytest.fixture(scope="module")
def self_report(papers: list[Path]) -> dict[str, list[list[str]]]:
    """Tables of the 自评报告 by their captions, each with its header."""
    (path,) = [paper for paper in papers if paper.name.startswith("自评报告")]
    paper, caption, tables = Document(str(path)), "", dict[str, list[list[str]]]()
    for element in paper.iter_inner_content():
        if isinstance(element, Paragraph):
            caption = element.text.partition("　")[2] or caption
        else:
            tables[caption] = [[cell.text for cell in row.cells] for row in element.rows]
    return tables


def test_every_figure_of_the_self_report_is_that_of_its_mart(
    sample_night: Night, self_report: dict[str, list[list[str]]]
) -> None:
    of_form = "where school_year = 2025 and ruleset_id = 'national-2017'"
    basics = [cells for row in self_report["县域基本情况（申报表表Ⅰ）"][1:] for cells in (row[:3], row[3:])]
    rows = query(sample_night, "from marts.rpt_form_1 where school_year = 2025 order by line_order")
    wanted = [[row["name_zh"], row["computed_text"] or row["value_text"], row["unit"]] for row in rows]
    assert sorted(basics) == sorted(wanted)
    shares = {(row["stage"], row["name_zh"]): row for row in query(sample_night, f"from marts.rpt_form_2_1 {of_form}")}
    listed = self_report["学校资源配置达标情况（申报表表Ⅱ-1）"][1:]
    assert len(listed) * 2 == len(shares)
    for name, _, *primary, _, met, share in listed:
        assert primary == [shares["primary", name][text] for text in ("schools_met_text", "share_met_text")]
        assert [met, share] == [shares["junior", name][text] for text in ("schools_met_text", "share_met_text")]
    lines = {(row["stage"], row["measure"]): row for row in query(sample_night, f"from marts.rpt_form_3 {of_form}")}
    limits = {"primary": "0.50", "junior": "0.45"}
    for number, row in enumerate(self_report["校际差异系数（申报表表Ⅲ）"][1:], 1):
        for stage, cells in (("primary", row[1:5]), ("junior", row[5:])):
            assert cells[:2] == [lines[stage, measure][f"l{number}_text"] for measure in ("mean", "coefficient")]
            assert cells[2] == (limits[stage] if number < 8 else "")
    for form, caption in (("4", "政府保障程度（申报表表Ⅳ）"), ("5", "教育质量（申报表表Ⅴ）")):
        rows = query(sample_night, f"from marts.rpt_form_{form} {of_form} order by display_order")
        conclusions: dict[int, list[str]] = {}
        for row in rows:
            conclusions.setdefault(row["item_number"], []).append(row["conclusion_zh"])
        assert [row[2] for row in self_report[caption][1:]] == ["；".join(parts) for parts in conclusions.values()]
    survey = query(sample_night, f"from marts.rpt_form_6 {of_form} order by line_order")
    wanted = [[row[name] for name in ("name_zh", "unit", "total_text", "parents_text")] for row in survey]
    assert self_report["社会认可度（申报表表Ⅵ）"][1:] == wanted
    trend = query(
        sample_night,
        "select difference_coefficient_rounded as rate from marts.fct_county_indicator "
        "where ruleset_id = 'national-2017' and difference_limit is not null order by indicator_code, stage desc, school_year",
    )
    shown = [cell for row in self_report["历年差异系数"][1:] for cell in row[2:4]]
    assert shown == [f"{row['rate']:.3f}" if row["rate"] is not None else "待定" for row in trend]


def test_the_self_report_names_what_is_not_met_and_who_answers_for_it(
    sample_night: Night, self_report: dict[str, list[list[str]]]
) -> None:
    (verdicts,) = query(sample_night, "from marts.rpt_county_scorecard where school_year = 2025 and ruleset_id = 'national-2017'")
    asked = [f"l{number}_{stage}" for number in range(1, 8) for stage in ("primary", "junior")]
    asked += [*(f"g{number}" for number in range(1, 16)), *(f"q{number}" for number in range(1, 10)), "s1"]
    asked += [f"v{number}" for number in range(1, 7)]
    open_ones = [name for name in asked if verdicts[f"{name}_verdict"] in ("unmet", "undecided")]
    problems = self_report["县级层面的问题和整改"][1:]
    assert len(problems) == len(open_ones) > 10
    assert [row for row in problems if not row[2]] == []
