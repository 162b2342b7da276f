"""A county's landing folder: its census in several shapes, rosters, lists and forms; one file is of an unknown layout."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from samples import jj, plain_sources
from samples.county import County
from samples.declared import workbook_sheets
from samples.fields import Row
from samples.rosters import rosters
from samples.shapes import STAGE_LABELS, Stage, jichu_workbook, stages_of, wide_table, workbook
from samples.write import COMPLEMENT, IN_WORKBOOK, write_jj_workbook, write_table, write_template

_PACKED_ON = (2025, 9, 20, 8, 0, 0)
_IN_FORMS = {"declared_forms_school", "declared_forms_county", "declared_forms_item"}
"""Lists that the county's 申报表 holds."""
_AS_WORKBOOK = {"responsibility", "findings"}
_REGISTERED_SCHOOLS = 4
_OLD_KINDS = ("211", "311")
"""Kinds of which one school delivers a workbook of the series 基础基 in the older year."""
_WIDE_TOWNSHIP = "城关镇"
_WIDE_KINDS = {"211", "311", "312"}


def write_landing(county: County, out: Path) -> None:
    """Write a county's deliveries to ``out/<county>/<school year>/…``."""
    newest = max(county.census)
    for year, rows in county.census.items():
        folder = out / county.code / str(year)
        write_template(folder / f"县级填报项目_{year}.csv", county.county_items[year])
        if year == newest:
            _newest(county, folder, year, rows)
        else:
            _older(county, folder, year, rows)


def _newest(county: County, folder: Path, year: int, rows: Sequence[Row]) -> None:
    books = county.workbooks[year]
    write_template(folder / f"学校普查_{year}学年.xlsx", [row for row in rows if row["school_code"] not in books])
    write_template(folder / f"监测结果_{year}.xlsx", county.monitoring_result[year])
    write_table(
        folder / "校车台账.xlsx",
        ["序号", "车牌号", "核载人数", "线路", "投保日期"],
        [
            [1, "示A·00001", 36, "城关镇—东河镇", "2025-08-20"],
            [2, "示A·00002", 29, "城关镇—柳河乡", "2025-08-22"],
        ],
        "xlsx",
        "",
    )
    delivered = [row for row in rows if row["school_code"] in books]
    for row in delivered:
        name = f"{row['school_name']}({jj.KIND_LABELS[str(row['school_kind_code'])]}).xlsx"
        write_jj_workbook(folder / "学校报表" / name, row)
    write_template(folder / "报表外项目.csv", [_complement(row, IN_WORKBOOK) for row in delivered])
    _persons(folder, year, rows)
    for source in plain_sources.sources():
        if source not in _IN_FORMS:
            suffix = "xlsx" if source in _AS_WORKBOOK else "csv"
            plain_sources.write(folder / "县级清单" / f"{source}.{suffix}", source, "xlsx" if suffix == "xlsx" else "csv")
    forms = workbook_sheets(plain_sources.rows("declared_forms_school"), plain_sources.rows("declared_forms_county"))
    (folder / "申报表.xlsx").write_bytes(workbook(forms))


def _older(county: County, folder: Path, year: int, rows: Sequence[Row]) -> None:
    old = {next(row["school_code"] for row in rows if row["school_kind_code"] == kind) for kind in _OLD_KINDS}
    in_old = [name for name in IN_WORKBOOK if name not in {"urban_rural_code", "sponsor_code", "books"}]
    census = [_complement(row, in_old) if row["school_code"] in old else row for row in rows]
    write_template(folder / f"school_census_{year}.csv", census, "en", encoding="gb18030")
    write_template(folder / f"监测结果_{year}.csv", county.monitoring_result[year])
    for row in (row for row in rows if row["school_code"] in old):
        path = folder / "学校报表" / f"{row['school_name']}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jichu_workbook(row))
    wide = [row for row in rows if row["township"] == _WIDE_TOWNSHIP and row["school_kind_code"] in _WIDE_KINDS]
    stages: tuple[Stage, ...] = ("primary", "junior")
    for stage in stages:
        label = STAGE_LABELS[stage]
        shape = wide_table([row for row in wide if stage in stages_of(row)], stage, title=f"{label}横表", index=True)
        (folder / f"{label}横表.xlsx").write_bytes(workbook({"Sheet1": shape}))


def _persons(folder: Path, year: int, rows: Sequence[Row]) -> None:
    """The teacher system's tables in one zip, and the registry of some schools' pupils."""
    made = rosters(rows)
    with zipfile.ZipFile(folder / f"教师系统导出_{year}.zip", "w", zipfile.ZIP_DEFLATED) as container:
        for source, lines in made.files.items():
            if source != "pupil_registry":
                container.writestr(zipfile.ZipInfo(f"{source}.csv", _PACKED_ON), _csv(lines), zipfile.ZIP_DEFLATED)
    header, *pupils = made.files["pupil_registry"]
    some = list(dict.fromkeys(line[0] for line in pupils))[-_REGISTERED_SCHOOLS:]
    (folder / f"学籍_{year}.csv").write_bytes(_csv([header, *(line for line in pupils if line[0] in some)]))


def _csv(lines: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode("utf-8-sig")


def _complement(row: Row, in_workbook: Sequence[str]) -> Row:
    """What the statistics workbook does not hold, as a template row; figures that both hold are the same."""
    return {name: value for name, value in row.items() if name not in in_workbook and (value is not None or name in COMPLEMENT)}
