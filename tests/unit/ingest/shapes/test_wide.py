"""Wide tables of the census: header paths of any depth, one file per stage, a school in two files."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from junheng.core.records import Covered
from samples.shapes import DrawnSheet, Fill, Stage, stages_of, wide_table, workbook
from tests.unit.ingest.made import BY_STAGE, judged, school

SHARED = ("county_code", "school_year", "school_code", "school_name", "school_kind_code", "counts_as_school", "main_school_code")
PREMISES = (
    "teaching_area_m2",
    "indoor_sports_area_m2",
    "outdoor_sports_area_m2",
    "books",
    "multimedia_rooms",
    "equipment_value_wan_yuan",
)
TITLE = "2025/2026学年初中小学基层数据"
NAMES: dict[Stage, str] = {"primary": "小学", "junior": "初中", "senior": "高中"}


def expected(row: dict[str, Any], stage: Stage) -> dict[str, Any]:
    """What one file of a stage says of a school."""
    names = [*SHARED, *PREMISES, f"pupils_{stage}"]
    if stage != "senior":
        names += [f"{name}_{stage}" for name in BY_STAGE]
    return {name: row[name] for name in names}


def said(desk: Any, result: Any) -> list[dict[str, Any]]:
    """Every known value of the rows read."""
    return [{k: v for k, v in row.items() if v is not None and not k.startswith("_")} for row in desk.bronze(result)]


def known(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


@pytest.fixture
def read(desk):
    def reading(shape: DrawnSheet, name: str = "小学.xlsx", sheet: str = "Sheet1", **folder: Any) -> Any:
        return desk.deliver(workbook({sheet: shape}), name=name, **folder)

    return reading


@pytest.mark.parametrize("fill", ["merged", "repeated", "blank"])
@pytest.mark.parametrize("title", [None, TITLE])
@pytest.mark.parametrize("depth", [4, 6])
def test_headers_of_any_depth_and_drawing(desk, read, fill: Fill, title: str | None, depth: int) -> None:
    rows = [school(1), school(2, "312")]
    result = read(wide_table(rows, "primary", fill, title, index=depth == 6, depth=depth))
    assert not result.refused, result.reason
    assert (result.contract, result.covers) == ("school_census.wide", "school")
    assert said(desk, result) == [known(expected(row, "primary")) for row in rows]
    assert result.covered == [Covered("990101", 2025, 2)]


def test_every_figure_names_its_cells(desk, read) -> None:
    (row,) = desk.bronze(read(wide_table([school()], "primary")))
    cells = json.loads(row["_cells"])
    assert cells["pupils_primary"] == "Sheet1!G5"
    assert cells["qualified_primary"] == "Sheet1!J5+Sheet1!K5+Sheet1!L5+Sheet1!M5"
    assert cells["pe_art_primary"] == "Sheet1!O5+Sheet1!P5"
    assert row["_row"] == 5


def test_a_nine_year_school_is_a_row_in_two_files_that_complete_each_other(desk, read) -> None:
    row = school(1, "312")
    files = [read(wide_table([row], stage), f"{NAMES[stage]}.xlsx") for stage in ("primary", "junior")]
    assert [file.refused for file in files] == [False, False]
    first, second = (said(desk, file)[0] for file in files)
    shared = set(first) & set(second)
    assert {name: first[name] for name in shared} == {name: second[name] for name in shared}
    assert shared == {*SHARED, *PREMISES} - {"main_school_code"}
    assert first | second == known(row)
    assert first["qualified_primary"] == 24
    assert second["qualified_junior"] == 24


@pytest.mark.parametrize("stage", ["primary", "junior", "senior"])
def test_the_file_name_tells_the_stage_of_combined_schools(desk, read, stage: Stage) -> None:
    row = school(1, "345")
    result = read(wide_table([row], stage), f"2025年{NAMES[stage]}横表.xlsx")
    assert not result.refused, result.reason
    assert said(desk, result) == [known(expected(row, stage))]


@pytest.mark.parametrize(
    ("name", "title", "sheet", "kinds"),
    [
        ("横表.xlsx", "示范县2025/2026学年初中阶段数据", "Sheet1", ["312"]),
        ("横表.xlsx", None, "初中", ["312"]),
        ("横表.xlsx", None, "Sheet1", ["312", "311"]),
        ("中小学横表_初中.xlsx", None, "Sheet1", ["312"]),
    ],
)
def test_title_sheet_and_kinds_tell_it_too(desk, read, name: str, title: str | None, sheet: str, kinds: list[str]) -> None:
    rows = [school(n, kind) for n, kind in enumerate(kinds)]
    result = read(wide_table(rows, "junior", title=title), name, sheet)
    assert not result.refused, result.reason
    assert said(desk, result) == [known(expected(row, "junior")) for row in rows]


def test_a_column_that_one_stage_alone_has_tells_it(desk, read) -> None:
    row = school(1, "312")
    shape = wide_table([row], "primary", "repeated")
    for number, text in enumerate(["在校生数"] * 3 + ["六年级"]):
        shape.rows[number].append(text)
    shape.rows[4].append(70)
    result = read(shape, "横表.xlsx")
    assert not result.refused, result.reason
    assert said(desk, result) == [known(expected(row, "primary"))]


def test_a_stage_that_nothing_tells_is_asked_for(read, rules_of) -> None:
    result = read(wide_table([school(1, "312")], "junior"), "横表.xlsx")
    assert rules_of(result) == {"stage_unknown"}
    assert "文件名" in result.fix


def test_a_file_named_after_another_stage_is_refused(read, rules_of) -> None:
    result = read(wide_table([school(1, "311")], "junior"), "小学.xlsx")
    assert rules_of(result) == {"stage_disagrees"}
    assert "文件名是小学" in result.reason


def test_campuses_with_and_without_their_main_school(desk, read) -> None:
    rows = [school(1), school(2, counts_as_school=0, main_school_code="2199010001"), school(3, counts_as_school=0)]
    result = read(wide_table(rows, "primary"))
    assert not result.refused, result.reason
    found = [(row["counts_as_school"], row["main_school_code"]) for row in desk.bronze(result)]
    assert found == [(1, None), (0, "2199010001"), (0, None)]


def test_marks_and_blanks_are_unknown(desk, read) -> None:
    row = school(multimedia_rooms=None, books=None)
    shape = wide_table([row], "primary")
    shape.rows[4][shape.rows[4].index("2199010001") + 5] = "*"  # pupils
    shape.rows[4][28] = "-1"  # multimedia rooms
    (found,) = desk.bronze(read(shape))
    assert (found["pupils_primary"], found["multimedia_rooms"], found["books"]) == (None, None, None)
    assert found["teachers_primary"] == 30


def test_degrees_that_nobody_stated_stay_unknown(desk, read) -> None:
    (found,) = desk.bronze(read(wide_table([school(qualified_primary=None, pe_art_primary=None)], "primary")))
    assert (found["qualified_primary"], found["pe_art_primary"]) == (None, None)


def test_music_and_art_beside_the_arts_are_added(desk, read) -> None:
    shape = wide_table([school()], "primary", "repeated")
    # 艺术, 音乐 and 美术 as three courses of one level
    for number, texts in enumerate([["专任教师"] * 3, ["#按授课课程分"] * 3, ["艺术", "音乐", "美术"], ["艺术", "音乐", "美术"]]):
        shape.rows[number][15:18] = texts
    shape.rows[4][14:18] = [3, 1, 2, 4]
    (found,) = desk.bronze(read(shape))
    assert found["pe_art_primary"] == 10


def test_last_years_block_is_never_taken(desk, read) -> None:
    shape = wide_table([school()], "primary", "repeated")
    keep = [c for c in range(len(shape.rows[0])) if c not in (22, 23, 24)]
    rows = [[line[c] for c in keep if c < len(line)] for line in shape.rows]
    (found,) = desk.bronze(read(DrawnSheet(rows)))
    assert found["teaching_area_m2"] is None


def test_another_unit_is_refused(read, rules_of) -> None:
    shape = wide_table([school()], "primary", "repeated")
    for line in shape.rows[:4]:
        line[-1] = line[-1].replace("万元", "元")
    result = read(shape)
    assert rules_of(result) == {"unit_mismatch"}
    assert "万元" in result.fix


def test_one_figure_under_two_headers_is_refused(read, rules_of) -> None:
    shape = wide_table([school()], "primary", "repeated")
    for line in shape.rows:
        line.append(line[6])
    result = read(shape)
    assert rules_of(result) == {"duplicate_header"}
    assert "G列、AF列" in result.reason


def test_a_wide_table_without_school_codes_says_so(read, rules_of) -> None:
    shape = wide_table([school()], "primary", "repeated")
    result = read(DrawnSheet([[cell for c, cell in enumerate(line) if c != 1] for line in shape.rows]))
    assert rules_of(result) == {"missing_column"}
    assert "学校标识码" in result.reason
    assert "横表" in result.reason


@pytest.mark.parametrize(
    ("written", "area", "code"),
    [
        ("示范县", "990101", "990101"),
        ("示范省示范市示范县", "9901", "990101"),
        ("990101000000", "99", "990101"),
        ("", "990101", "990101"),
    ],
)
def test_the_county_by_code_by_name_or_by_folder(desk, read, written: str, area: str, code: str) -> None:
    (found,) = desk.bronze(read(wide_table([school(county_code=written)], "primary"), area=area))
    assert found["county_code"] == code


def test_a_county_nobody_knows_is_a_fault(read, rules_of) -> None:
    assert rules_of(read(wide_table([school(county_code="无名县")], "primary"))) == {"not_a_code"}
    assert rules_of(read(wide_table([school(county_code="")], "primary"), area="9901")) == {"required_empty"}


def test_the_year_is_that_of_the_title_and_must_be_that_of_the_folder(read, rules_of) -> None:
    result = read(wide_table([school()], "primary", title="2024/2025学年初小学"))
    assert rules_of(result) == {"folder_disagrees"}


def test_totals_groups_and_index_rows_of_a_wide_table(desk, read, rules_of) -> None:
    rows = [school(1), school(2)]
    shape = wide_table(rows, "primary", index=True)
    width = len(shape.rows[0])
    group = ["示范县（2所）", *[""] * (width - 1)]
    total: list[Any] = ["合计", *[""] * (width - 1)]
    total[6], total[8] = 800, 60
    shape.rows.insert(5, group)
    shape.rows.append(total)
    result = read(shape)
    assert not result.refused, result.reason
    assert result.rows_read == 2
    assert result.left_out == [
        "工作表“Sheet1”第6行（分组行，不是记录，未读入）",
        "工作表“Sheet1”第9行（合计行，不是记录，未读入）",
    ]
    total[6] = 801
    result = read(shape)
    assert rules_of(result) == {"total_disagrees"}
    assert (result.rows_read, result.rows_parsed) == (3, 2)
    assert "801" in result.reason
    assert "800" in result.reason


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("fill", ["repeated", "blank"])
def test_wide_text(desk, encoding: str, fill: Fill) -> None:
    rows = [school(1), school(2, "312")]
    lines = [["" if cell is None else cell for cell in line] for line in wide_table(rows, "primary", fill).rows]
    result = desk.deliver(desk.csv(lines).encode(encoding), name="小学.csv")
    assert not result.refused, result.reason
    assert said(desk, result) == [known(expected(row, "primary")) for row in rows]


def test_flat_paths_with_slashes(desk, read) -> None:
    row = school()
    header = ["学校名称", "学校标识码", "办学类型", "在校生数/合计", "本学年校舍建筑面积/教学及辅助用房/计"]
    result = read(DrawnSheet([header, [row["school_name"], row["school_code"], "小学", 400, 2000]]))
    assert not result.refused, result.reason
    (found,) = desk.bronze(result)
    assert (found["pupils_primary"], found["teaching_area_m2"]) == (400, 2000)


def test_a_workbook_with_a_sheet_for_each_stage(desk, rules_of) -> None:
    rows = [school(1, "312"), school(2), school(3, "311")]
    sheets = {NAMES[stage]: wide_table(rows, stage) for stage in ("primary", "junior")}
    result = desk.deliver(workbook(sheets), name="横表.xlsx")
    assert not result.refused, result.reason
    assert result.rows_read == 3
    assert said(desk, result) == [known(row) for row in rows]
    (note,) = result.notes  # of the school of both stages
    assert note.rule == "rows_joined"
    assert all(f"工作表“{name}”" in note.guidance for name in sheets)
    other = wide_table([school(1, "312", books=5)], "junior")
    result = desk.deliver(workbook(sheets | {NAMES["junior"]: other}), name="横表.xlsx")
    assert [row["books"] for row in desk.bronze(result)] == [12000, 12000, 5]


def test_two_files_of_one_night_are_accepted_together(desk, tmp_path: Path) -> None:
    rows = [school(1, "312"), school(2)]
    files = {f"{NAMES[stage]}.xlsx": workbook({"a": wide_table(rows, stage)}) for stage in ("primary", "junior")}
    night = judged(desk, tmp_path, files)
    assert [row["status"] for row in night.read_table("submissions").to_pylist()] == ["accepted", "accepted"]
    # the pupils of the other stage are not missing: they stand in the other file
    checks = [r for r in night.read_table("check_results").to_pylist() if "pupils_known" in r["check_id"]]
    assert checks
    assert {r["status"] for r in checks} <= {"pass", "no_data"}
    assert "pass" in {r["status"] for r in checks}


def test_two_files_that_state_other_premises_are_both_refused(desk, tmp_path: Path) -> None:
    files = {}
    for stage, area in (("primary", 2000), ("junior", 2100)):
        row = school(1, "312", teaching_area_m2=Decimal(area))
        files[f"{NAMES[stage]}.xlsx"] = workbook({"a": wide_table([row], stage)})
    found = judged(desk, tmp_path, files).read_table("submissions").to_pylist()
    assert [row["status"] for row in found] == ["refused", "refused"]
    assert all("互相矛盾" in row["reason"] and "教学及辅助用房面积" in row["reason"] for row in found)


def test_a_campus_without_its_main_school_is_refused_by_name_at_the_gate(desk, tmp_path: Path) -> None:
    rows = [school(1), school(2, counts_as_school=0)]
    (row,) = (
        judged(desk, tmp_path, {"小学.xlsx": workbook({"a": wide_table(rows, "primary")})}).read_table("submissions").to_pylist()
    )
    assert row["status"] == "refused"
    assert "主校标识码" in row["reason"]
    rows[1]["main_school_code"] = rows[0]["school_code"]
    assert not desk.deliver(workbook({"a": wide_table(rows, "primary")}), name="小学.xlsx").refused


def test_lines_left_out_are_in_the_ledger(desk, tmp_path: Path) -> None:
    shape = wide_table([school(1)], "primary")
    shape.rows.append(["填表人：某某", *[""] * 5])
    night = judged(desk, tmp_path, {"小学.xlsx": workbook({"a": shape})})
    (row,) = [r for r in night.read_table("check_results").to_pylist() if r["check_id"] == "ingest.left_out_lines"]
    assert (row["status"], row["observed"]) == ("pass", "工作表“a”第6行（表尾说明，不是记录，未读入）")
    assert [r["status"] for r in night.read_table("submissions").to_pylist()] == ["accepted"]


COUNTS = st.none() | st.integers(0, 10**5)
AMOUNTS = st.none() | st.decimals(0, 10**6, places=2)


@st.composite
def county(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for number in range(draw(st.integers(1, 3))):
        row = school(number, draw(st.sampled_from(["211", "312", "345"])))
        for stage in ("primary", "junior"):
            if stage in stages_of(row):
                row |= {f"{name}_{stage}": draw(COUNTS) for name in ("pupils", "qualified", "pe_art", "backbone", "teachers")}
        row |= {name: draw(AMOUNTS) for name in PREMISES if name not in ("books", "multimedia_rooms")}
        row |= {name: draw(COUNTS) for name in ("books", "multimedia_rooms")}
        row |= {"counts_as_school": draw(st.sampled_from([None, 0, 1]))}
        found.append(row)
    return found


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=county(), fill=st.sampled_from(["merged", "repeated", "blank"]), index=st.booleans(), titled=st.booleans())
def test_round_trip(desk, rows: list[dict[str, Any]], fill: Fill, index: bool, titled: bool) -> None:
    """The files of all stages together say what the rows said."""
    together: dict[str, dict[str, Any]] = {}
    for stage in ("primary", "junior", "senior"):
        if not any(stage in stages_of(row) for row in rows):
            continue
        shape = wide_table(rows, stage, fill, TITLE if titled else None, index)
        result = desk.deliver(workbook({"数据": shape}), name=f"{NAMES[stage]}.xlsx")
        assert not result.refused, result.reason
        for row in said(desk, result):
            together.setdefault(row["school_code"], {}).update(row)
    assert list(together.values()) == [known(row) for row in rows]
