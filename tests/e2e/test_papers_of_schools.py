"""Papers of the sample night that speak of schools, units and files, read back: every figure is that of its mart."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.e2e.nights import Night, query

RULES = "school_year = 2025 and ruleset_id = 'national-2017'"


@pytest.fixture(scope="module")
def folder(sample_night: Night) -> Path:
    assert sample_night.release is not None
    return sample_night.release.path / "papers" / "990101"


def lines(folder: Path, paper: str) -> dict[str, list[list[Any]]]:
    """Rows of each sheet below the one that begins with 序号, 指标 or 日期."""
    (path,) = folder.glob(f"{paper}*.xlsx")
    sheets = {}
    for sheet in openpyxl.load_workbook(path).worksheets:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        heads = [number for number, row in enumerate(rows) if row[0] in ("序号", "指标", "日期")]
        sheets[sheet.title] = rows[heads[0] + 1 :] if heads else rows
    return sheets


def test_what_the_county_has_to_buy(sample_night: Night, folder: Path) -> None:
    wanted = query(sample_night, f"from marts.rpt_school_option where {RULES} and option_order = 1")
    written = [row for row in lines(folder, "资源缺口采购清单")["逐校明细"] if isinstance(row[0], int)]
    listed = Counter((row[1], row[3], row[5], None if row[7] == "待定" else Decimal(str(row[7])), row[8]) for row in written)
    assert listed == Counter(
        (
            row["school_name"],
            row["requirement_code"],
            row["item_zh"],
            row["quantity"] and row["quantity"].normalize(),
            row["unit"],
        )
        for row in wanted
    )
    paid = sum(Decimal(str(row[9])) for row in written if isinstance(row[9], int | float))
    assert paid == sum(row["cost_wan_yuan"] for row in wanted if row["cost_wan_yuan"] is not None)
    assert paid > 0
    assert sum(row[9] == "待定" for row in written) == sum(row["needs_money"] and row["cost_wan_yuan"] is None for row in wanted)


def test_every_school_with_something_to_do_has_its_page_and_every_need_stands_once(sample_night: Night, folder: Path) -> None:
    names = {
        row["school_code"]: row["school_name"] for row in query(sample_night, "from marts.dim_school where school_year = 2025")
    }
    needs = query(sample_night, f"from marts.fct_school_shortfall where {RULES} and carries_school_shortfall")
    missed = query(sample_night, f"from marts.fct_school_requirement where {RULES} and verdict_strict = 'unmet'")
    issues = query(sample_night, "from marts.rpt_school_plan where is_open")
    judged = {row["school_code"] for row in query(sample_night, f"from marts.fct_school_verdict where {RULES}")}
    sheets = lines(folder, "一校一案")
    busy = {names[row["school_code"]] for row in (*needs, *missed, *issues) if row["school_code"] in judged}
    assert set(sheets) == {"目录"} | busy
    counted = Counter(names[row["school_code"]] for row in (*needs, *missed) if row["school_code"] in judged)
    assert {row[1]: row[4] for row in sheets["目录"]} == {names[code]: counted[names[code]] for code in judged}


def test_every_unit_has_its_tasks(sample_night: Night, folder: Path) -> None:
    tasks = Counter(row["unit_zh"] for row in query(sample_night, "from marts.rpt_unit_task"))
    sheets = lines(folder, "部门乡镇工作任务清单")
    assert {unit: len(sheets[unit]) for unit in tasks} == tasks
    assert len(sheets["全部"]) == len({row["issue_id"] for row in query(sample_night, "from marts.rpt_unit_task")})
    assert len(lines(folder, "重点攻坚任务清单")["全部"]) == len(query(sample_night, "from marts.rpt_key_task"))


def test_every_file_is_on_the_receipt(sample_night: Night, folder: Path) -> None:
    files = query(
        sample_night,
        "select distinct submission_id, file_name, rows_read from marts.aud_submission"
        " where school_year = 2025 and status in ('accepted', 'refused')",
    )
    receipt = lines(folder, "收件回执")["收件回执"]
    assert Counter((row[1], row[4]) for row in receipt) == Counter((row["file_name"], row["rows_read"]) for row in files)


def test_every_relaxed_pass_is_looked_at(sample_night: Night, folder: Path) -> None:
    relaxed = query(
        sample_night,
        f"select school_code from marts.fct_school_indicator where {RULES} and relaxation_code is not null"
        f" union all select school_code from marts.fct_school_requirement where {RULES} and relaxation_code is not null",
    )
    points = Counter(row[2] for row in lines(folder, "预演国家核查")["全部核查要点"])
    assert points["靠放宽达标"] == len(relaxed) > 0


def test_every_week_of_inspections_is_summed_up(sample_night: Night, folder: Path) -> None:
    weeks = query(sample_night, "from marts.rpt_lesson_inspection where school_year = 2025")
    (sheet,) = lines(folder, "巡课周汇总").values()
    assert len(sheet) - 3 == len(weeks) > 0  # title, sentence and header above
    assert sum(row[8] or 0 for row in sheet[3:]) == sum(row["lessons_missing"] or 0 for row in weeks) == 7
