"""Other shapes of the school census from the same canonical rows: wide tables (横表) and the workbook of the series 基础基."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import xlsxwriter

from samples.fields import Row, data
from samples.jj import KIND_LABELS

Cell = Any
Grid = list[list[Cell]]
Range = tuple[int, int, int, int]
"""First row, first column, last row, last column, 0-based."""
Stage = Literal["primary", "junior", "senior"]
Fill = Literal["merged", "repeated", "blank"]
"""How a group's text stands over its columns: in a merged range, in every cell, or in the first cell alone."""

_CREATED = datetime(2025, 9, 20)
STAGE_LABELS: dict[Stage, str] = {"primary": "小学", "junior": "初中", "senior": "高中"}
_STAGES: dict[str, tuple[Stage, ...]] = {
    "211": ("primary",),
    "311": ("junior",),
    "312": ("primary", "junior"),
    "341": ("junior", "senior"),
    "345": ("primary", "junior", "senior"),
}


@dataclass
class DrawnSheet:
    """A sheet of cells with its merged ranges."""

    rows: Grid
    merged: list[Range] = field(default_factory=list)


def workbook(sheets: dict[str, DrawnSheet]) -> bytes:
    """An XLSX file of these sheets; text stays text."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": _CREATED})
        for name, shape in sheets.items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate(shape.rows):
                for column, cell in enumerate(line):
                    if isinstance(cell, str) and cell:
                        sheet.write_string(number, column, cell)
                    elif cell is not None and cell != "":
                        sheet.write(number, column, float(cell) if not isinstance(cell, int) else cell)
            for first, left, last, right in shape.merged:
                sheet.merge_range(first, left, last, right, shape.rows[first][left])
    return buffer.getvalue()


def stages_of(row: Row) -> tuple[Stage, ...]:
    """Stages a school has by its kind."""
    return _STAGES[str(row["school_kind_code"])]


def _degrees(row: Row, stage: Stage) -> list[Cell]:
    """博士研究生, 硕士研究生, 本科, 专科 and the rest; what counts as above the prescribed degree adds up to the row's figure."""
    teachers, above = row.get(f"teachers_{stage}"), row.get(f"qualified_{stage}")
    if above is None:
        return [None] * 5
    masters = above // 10
    if stage == "primary":
        college = above // 4
        return [0, masters, above - masters - college, college, None if teachers is None else teachers - above]
    return [0, masters, above - masters, None if teachers is None else teachers - above, 0]


def _courses(row: Row, stage: Stage) -> list[Cell]:
    """体育与健康; 艺术: total, 音乐, 美术."""
    both = row.get(f"pe_art_{stage}")
    if both is None:
        return [None] * 4
    art = both // 2
    return [both - art, art, art // 2, art - art // 2]


def wide_columns(stage: Stage) -> list[tuple[str, ...]]:
    """Header paths of a wide table, three levels at most."""
    entries = data("wide_table")["columns"]
    return [tuple(part.format(stage=STAGE_LABELS[stage]) for part in path) for path in entries]


def _wide_row(row: Row, stage: Stage) -> list[Cell]:
    get = row.get
    teaching, indoor, outdoor = get("teaching_area_m2"), get("indoor_sports_area_m2"), get("outdoor_sports_area_m2")
    backbone = [get(f"backbone_{s}") if s == stage else None for s in STAGE_LABELS]
    staff = [None] * 9 if stage == "senior" else [*_degrees(row, stage), *_courses(row, stage)]
    return [
        get("school_name"),
        get("school_code"),
        str(get("county_code")),
        KIND_LABELS[str(get("school_kind_code"))],
        get("counts_as_school"),
        get("main_school_code"),
        get(f"pupils_{stage}"),
        None,
        None if stage == "senior" else get(f"teachers_{stage}"),
        *staff,
        *backbone,
        None if teaching is None else teaching / 2,
        None if teaching is None else teaching * 2,
        teaching,
        indoor,
        None if outdoor is None else outdoor * 2,
        outdoor,
        get("books"),
        get("multimedia_rooms"),
        None,
        get("equipment_value_wan_yuan"),
    ]


def wide_table(
    rows: Sequence[Row], stage: Stage, fill: Fill = "merged", title: str | None = None, index: bool = False, depth: int = 3
) -> DrawnSheet:
    """The wide table of one stage: a row for every school that has it.

    ``title``: a line above the header. ``index``: the line 甲 1 2 3 … below it. ``depth``: header rows to spread the paths over.
    """
    paths = wide_columns(stage)
    depth = max(depth, max(map(len, paths)))
    header: Grid = [["" for _ in paths] for _ in range(depth)]
    merged: list[Range] = []
    top = 1 if title else 0
    for level in range(depth):
        column = 0
        while column < len(paths):
            path = paths[column]
            last = column
            if level < len(path):
                while (
                    fill != "blank"
                    and level < len(path) - 1
                    and last + 1 < len(paths)
                    and paths[last + 1][: level + 1] == path[: level + 1]
                ):
                    last += 1
                first = column == 0 or paths[column - 1][: level + 1] != path[: level + 1]
                below = depth - 1 if level == len(path) - 1 else level
                for at in range(column, last + 1):
                    if fill == "repeated":
                        for line in range(level, below + 1):
                            header[line][at] = path[level]
                    elif at == column and first:
                        header[level][at] = path[level]
                if fill == "merged" and (last > column or below > level):
                    merged.append((top + level, column, top + below, last))
            column = last + 1
    lines: Grid = [[title]] if title else []
    if title and fill == "merged":
        merged.append((0, 0, 0, len(paths) - 1))
    lines += header
    if index:
        lines.append(["甲", *(str(n) for n in range(1, len(paths)))])
    lines += [_wide_row(row, stage) for row in rows if stage in stages_of(row)]
    return DrawnSheet(lines, merged)


def framed(shape: DrawnSheet) -> DrawnSheet:
    """The sheet as the old client draws it: a first row A, B, C … and a first column 1, 2, 3 …."""
    width = max(map(len, shape.rows), default=0)
    letters = ["", *(chr(65 + n % 26) for n in range(width))]
    rows = [letters, *([str(number), *line] for number, line in enumerate(shape.rows, start=1))]
    return DrawnSheet(rows, [(top + 1, left + 1, bottom + 1, right + 1) for top, left, bottom, right in shape.merged])


def _text(value: Cell) -> str:
    """A figure as the old client writes it: text, blank where nothing is stated."""
    return "" if value is None else str(value)


def _form(title: str, form: str, header: list[str], lines: list[tuple[str, str, list[Cell]]]) -> DrawnSheet:
    width = len(header) + 2
    index = ["甲", "乙", *(str(n) for n in range(1, len(header) + 1))]
    body: Grid = [[name, code, *map(_text, cells)] for name, code, cells in lines]
    rows: Grid = [[title], [f"{form}          单位：人"], ["指标名称", "编号", *header], index, *body]
    return DrawnSheet(rows, [(0, 0, 0, width - 1), (1, 0, 1, width - 1)])


def _teacher_form(row: Row, stage: Stage, title: str, form: str) -> DrawnSheet:
    doctors, masters, bachelors, college, _ = _degrees(row, stage)
    pe, art, music, painting = _courses(row, stage)
    graduates = None if masters is None else doctors + masters
    header = ["合计", "#女", "语文", "数学", "体育", "艺术", "音乐", "美术"]
    # 音乐 and 美术 are courses beside 艺术 in this series
    courses = [None, None, pe, None if art is None else 0, music, painting]
    return _form(title, form, header, [
        ("总  计", "01", [row.get(f"teachers_{stage}"), None, *courses]),
        ("#女", "02", []),
        ("#少数民族", "03", []),
        ("研究生毕业", "04", [graduates]),
        ("本科毕业", "05", [bachelors]),
        ("专科毕业", "06", [college]),
    ])  # fmt: skip


def _land_form(row: Row) -> DrawnSheet:
    columns = {
        1: "占地面积",
        3: "#运动场地面积",
        6: "图书",
        8: "普通教室",
        9: "#网络多媒体教室",
        10: "专用教室",
        11: "#网络多媒体教室",
    }
    columns[12] = "教学仪器设备资产值"
    rooms = row.get("multimedia_rooms")
    values = {
        3: row.get("outdoor_sports_area_m2"),
        9: rooms,
        11: None if rooms is None else 0,
        12: row.get("equipment_value_wan_yuan"),
    }
    numbers = range(1, 13)
    header = [columns.get(n, f"第{n}项") for n in numbers]
    line = [("总  计", "01", [values.get(n) for n in numbers])]
    return _form("中小学占地面积及其他办学条件", "基础基522", header, line)


def jichu_workbook(row: Row, drawn: bool = True, with_kind: bool = False) -> bytes:
    """One school's workbook of the series 基础基 (to 2020/21). ``drawn``: with the client's letters and numbers.

    ``with_kind``: the school's kind behind the sheet names.
    """
    year, label = int(row["school_year"]), KIND_LABELS[str(row["school_kind_code"])]
    has = stages_of(row)
    sheets = {
        "基础基111": DrawnSheet([
            [f"（{year} /{year + 1} 学年初）"],
            ["学校（机构）标识码", str(row["school_code"])],
            ["学校（机构）名称", str(row["school_name"])],
            ["属地管理教育行政部门地域码", f"{row['county_code']}000000"],
            ["办学类型", label],
        ]),
        "基础基112": _form("学校（机构）基本情况续表", "基础基112", ["数量"], [
            ("安全保卫人员", "25", ["-1"]),
            ("县级及以上骨干教师（小学）", "26", [row.get("backbone_primary") if "primary" in has else "*"]),
            ("县级及以上骨干教师（初中）", "27", [row.get("backbone_junior") if "junior" in has else "*"]),
        ]),
        "基础基512": _form("中小学校舍情况", "基础基512", ["上学年校舍建筑面积", "本学年校舍建筑面积"], [
            ("总  计", "01", ["999", "999"]),
            ("一、教学及辅助用房", "02", ["1", row.get("teaching_area_m2")]),
            ("体育馆", "08", ["1", row.get("indoor_sports_area_m2")]),
        ]),
        "基础基522": _land_form(row),
    }  # fmt: skip
    if "primary" in has:
        header = ["毕业生数", "招生数", "受过学前教育", "在校生数", "#女"]
        pupils = [None, None, None, row.get("pupils_primary"), None]
        sheets["基础基312"] = _form("小学学生数", "基础基312", header, [("总  计", "01", pupils), ("#女", "02", [])])
        sheets["基础基423"] = _teacher_form(row, "primary", "小学专任教师分课程、分学历情况", "基础基423")
    if "junior" in has:
        header = ["毕业生数", "招生数", "在校生数", "#女"]
        pupils = [None, None, row.get("pupils_junior"), None]
        sheets["基础基313"] = _form("初中学生数", "基础基313", header, [("总  计", "01", pupils), ("#女", "02", [])])
        sheets["基础基424"] = _teacher_form(row, "junior", "初中专任教师分课程、分学历情况", "基础基424")
    named = {f"{name}_{label}" if with_kind else name: framed(shape) if drawn else shape for name, shape in sheets.items()}
    return workbook(named)
