"""The county's own 申报表 as one workbook: 表Ⅰ to 表Ⅵ and the per-school 测算表, from the lists of ``samples.plain_sources``."""

from __future__ import annotations

from collections.abc import Sequence

from samples.fields import STAGE_LABELS, Row, data
from samples.shapes import Cell, DrawnSheet, Grid, Range

_VALUES = list(data("declared_workbook")["values"])
_LABELS = list(data("declared_workbook")["values"].values())
_DASH = "——"


def _numbers(first: int, count: int) -> list[Cell]:
    return [f"L{number}" for number in range(first, first + count)]


def _value(cell: object) -> Cell:
    return _DASH if cell is None else cell


def schools(rows: Sequence[Row], coded: bool = True) -> DrawnSheet:
    """表Ⅱ-2: a line per school and stage, the stages one after the other under a line of their own."""
    names = ["学校名称", "学校标识码" if coded else "所在乡镇", "举办者类型", "城乡类型", "班数", "学生数", *_LABELS, "备注"]
    width = len(names)
    lines: Grid = [
        ["表Ⅱ－2  义务教育学校资源配置达标情况"],
        ["", "", "", "", "", "", "资源配置指标", *[""] * 6, ""],
        list(names),
        _numbers(1, width),
    ]
    merged: list[Range] = [(0, 0, 0, width - 1), (1, 6, 1, 12)]
    for number, (stage, label) in zip("一二", STAGE_LABELS.items(), strict=True):
        merged.append((len(lines), 0, len(lines), width - 1))
        lines.append([f"{number}、{label}", *[""] * (width - 1)])
        for row in (row for row in rows if row["stage"] == stage):
            sponsor = data("declared_workbook")["sponsors"].get(str(row["sponsor_code"]))
            identity = [row["school_name"], row["school_code"] if coded else "城关镇", sponsor, "镇区", 6, row["declared_pupils"]]
            note = f"达标：{row['declared_met']}" if row["declared_met"] else None
            lines.append([*identity, *(_value(row[name]) for name in _VALUES), note])
    lines.append([f"小学学校总数：{sum(row['stage'] == 'primary' for row in rows)}所"])
    lines.append(["填表人：", "", "", "填表日期："])
    return DrawnSheet(lines, merged)


def calculation(rows: Sequence[Row]) -> DrawnSheet:
    """测算表: the same values with the pupils, the stage in a column."""
    header: list[Cell] = ["序号", "学校标识码", "学校名称", "学段", "学生数", *_LABELS]
    lines: Grid = [["示范县优质均衡指标测算表"], header]
    for number, row in enumerate(rows, 1):
        values = (_value(row[name]) for name in _VALUES)
        identity = [row["school_code"], row["school_name"], STAGE_LABELS[row["stage"]], row["declared_pupils"]]
        lines.append([number, *identity, *values])
    return DrawnSheet(lines, [(0, 0, 0, len(header) - 1)])


def county(rows: Sequence[Row]) -> DrawnSheet:
    """表Ⅲ: mean and difference coefficient of each stage."""
    measures = {"mean": "全县平均值", "coefficient": "差异系数"}
    lines: Grid = [
        ["表Ⅲ  全县义务教育学校资源配置指标平均值与差异系数"],
        ["学段", "项目", *_LABELS, "综合"],
        ["", "", *_numbers(1, 8)],
    ]
    merged: list[Range] = [(0, 0, 0, 9)]
    for row in rows:
        first = row["measure"] == "mean"
        if first:
            merged.append((len(lines), 0, len(lines) + 1, 0))
        label = STAGE_LABELS[row["stage"]] if first else ""
        values = [_value(row[name]) for name in (*_VALUES, "declared_composite")]
        lines.append([label, measures[row["measure"]], *values])
    return DrawnSheet(lines, merged)


def basic() -> DrawnSheet:
    """表Ⅰ: two blocks one below the other, each with its numbers side by side."""
    lines: Grid = [["表Ⅰ  县（市、区）基本情况"]]
    number = 1
    for block in data("declared_workbook")["basic"]:
        groups = [group for group, _, _ in block]
        shown = [group if at == 0 or groups[at - 1] != group else "" for at, group in enumerate(groups)]
        lines += [shown, [name for _, name, _ in block], _numbers(number, len(block)), [value for _, _, value in block]]
        number += len(block)
    return DrawnSheet(lines)


def _lines(title: str, entries: Sequence[Sequence[Cell]], first: int = 1) -> Grid:
    lines: Grid = [[title], ["序号", "指标", "内容", "栏号", "数值"]]
    items: list[Cell] = []
    for number, (item, asked, value) in enumerate(entries, first):
        items += [] if item in items else [item]
        lines.append([len(items), item, asked, f"L{number}", value])
    return lines


def _survey() -> Grid:
    survey = data("declared_workbook")["survey"]
    columns: list[Cell] = survey["columns"]
    return [["表Ⅵ  社会认可度"], ["", *columns], ["", *_numbers(1, len(columns))], ["总计", *survey["总计"]]]


def workbook_sheets(school_rows: Sequence[Row], county_rows: Sequence[Row], coded: bool = True) -> dict[str, DrawnSheet]:
    """Sheets of the workbook in order. ``coded``: 表Ⅱ-2 states the codes of the schools."""
    written = data("declared_workbook")
    quality = _lines("表Ⅴ  教育质量", written["quality"])
    for subject, (level, rate) in written["monitoring"].items():
        number = sum(isinstance(line[3], str) and line[3].startswith("L") for line in quality[2:]) + 1
        quality += [["", subject, "达到等级", f"L{number}", level], ["", subject, "校际差异率", f"L{number + 1}", rate]]
    return {
        "封面": DrawnSheet([["全国义务教育优质均衡发展县（市、区）申报表"], ["县（市、区）：示范县"], ["填报日期：2025年11月"]]),
        "表Ⅰ": basic(),
        "表Ⅱ-2": schools(school_rows, coded),
        "表Ⅲ": county(county_rows),
        "表Ⅳ": DrawnSheet(_lines("表Ⅳ  政府保障程度", written["government"])),
        "表Ⅴ、Ⅵ": DrawnSheet([*quality, [], *_survey()]),
        "测算表": calculation(school_rows),
    }
