"""The ledger workbook there and back: written from a release, edited in a real office program, read as an ordinary delivery."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import docx
import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.landing import archive
from ingest.landing.parse import parse_file
from junheng.core.home import Home
from junheng.core.ledger import OpenNight, atomic_parquet
from junheng.core.records import SCHEMAS, LandedFile, ParseResult
from publish.issues.issue_books import contract, export, layout
from publish.issues.officials import Officials, RegisterUnusable
from publish.issues.rectification import reports
from publish.papers.rectification import TABLES
from publish.release.release import Release
from tests.marts import create_mart
from tests.oracle.issue_ledger import Ledger

COUNTY, SUPERVISOR, BUREAU, FINANCE = "990101", "县政府教育督导室", "教育局", "财政局"
HEADERS = 2
Row = dict[str, Any]


def finding(number: int, units: str, **given: Any) -> Row:
    row = {"county_code": COUNTY, "school_year": 2025, "finding_no": f"{number:02d}", "finding_source": "省级督导评估"}
    row |= {"document": "示教督函〔2025〕8号", "document_date": "2025-09-28", "description": f"=第{number}个问题"}
    return row | {"responsible_unit": units, "deadline": "2025-12-31"} | given


@dataclass
class Office:
    """A home whose ledger of issues is published, and a desk that takes workbooks back."""

    home: Home
    ledger: Ledger
    release: Release

    def books(self, **given: Any) -> dict[str, Path]:
        out = self.home.path / "out"
        shutil.rmtree(out, ignore_errors=True)
        return {path.stem: path for path in export(self.home, self.release, out, **given)}

    def deliver(self, path: Path) -> ParseResult:
        data = path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        archive.store(self.home, path, sha256)
        return parse_file(self.home, LandedFile(f"{COUNTY}/2025/{path.name}", len(data), COUNTY, 2025, sha256))

    def bronze(self, result: ParseResult) -> list[Row]:
        path = self.home.bronze_file("ledger_update", result.submission_id)
        return pq.ParquetFile(path).read().to_pylist() if path.exists() else []


@pytest.fixture
def office(empty_ledger: Ledger, tmp_path: Path) -> Office:
    ledger = empty_ledger.copy(tmp_path)
    ledger.nights([date(2025, 10, 13), date(2025, 10, 20)])
    ledger.deliver(
        "findings", [(1, [finding(1, f"{BUREAU}、{FINANCE}"), finding(2, BUREAU), finding(3, FINANCE), finding(4, BUREAU)])]
    )
    ledger.fold()
    with duckdb.connect(str(ledger.path)) as connection:
        connection.execute("drop table marts.dim_county")
        create_mart(connection, "dim_county", [{"county_code": "990101", "school_year": 2025, "county_name": "示范县"}])
        present = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
        for mart in set(TABLES) - present:
            create_mart(connection, mart)
    (tmp_path / "junheng.duckdb").symlink_to(ledger.path)
    return Office(Home(tmp_path / "home").create(), ledger, Release("r0001-0", "0", tmp_path, "2025-10-13T01:00:00"))


def places(sheet: Any) -> dict[str, int]:
    """Column of each header, 1-based."""
    return {cell.value: cell.column for cell in sheet[HEADERS]}


def line(sheet: Any, number: int) -> int:
    """Row of a finding."""
    at = places(sheet)["来源条目"]
    return next(row for row in range(HEADERS + 1, sheet.max_row + 1) if sheet.cell(row, at).value == f"{number:02d}")


def edit(path: Path, change: Callable[[Any, dict[str, int]], None]) -> Path:
    book = openpyxl.load_workbook(path)
    sheet = book[layout().sheet]
    change(sheet, places(sheet))
    book.save(path)
    return path


def fill(sheet: Any, row: int, **cells: Any) -> None:
    at = places(sheet)
    headers = {field: headers[0] for field, headers in (contract().columns or {}).items()}
    for field, value in cells.items():
        sheet.cell(row, at[headers[field]], value)


FILTERS = {"xlsx": "Calc MS Excel 2007 XML", "ods": "calc8"}


def type_in_libreoffice(path: Path, kind: str, typed: dict[tuple[int, str], str]) -> tuple[Path, set[tuple[int, str]]]:
    """Type texts into cells, by row and header, in a real office program.

    Returns the saved file, and the cells that are locked in it.
    """
    at = places(openpyxl.load_workbook(path)[layout().sheet])
    names = {column: header for header, column in at.items()}
    saved = path.with_name(f"typed.{kind}")
    work = {"open": str(path), "save": str(saved), "filter": FILTERS[kind], "sheet": layout().sheet}
    entries = [{"row": row - 1, "column": at[header] - 1, "text": text} for (row, header), text in typed.items()]
    desk = Path(__file__).with_name("office_desk.py")
    told = json.dumps(work | {"typed": entries})
    done = subprocess.run(["/usr/bin/python3", str(desk)], input=told, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return saved, {(row + 1, names[column + 1]) for row, column in json.loads(done.stdout)}


def test_a_workbook_per_county_and_unit_shows_and_locks(office: Office) -> None:
    books = office.books()
    assert set(books) == {"990101_全县", f"990101_{BUREAU}", f"990101_{FINANCE}"}
    assert {path.stat().st_mode & 0o777 for path in books.values()} == {0o600}
    book = openpyxl.load_workbook(books[f"990101_{FINANCE}"])
    sheet = book[layout().sheet]
    at = places(sheet)
    assert [sheet.cell(row, at["来源条目"]).value for row in range(3, sheet.max_row + 1)] in (["01", "03"], ["03", "01"])
    described = sheet.cell(line(sheet, 1), at["问题描述"])
    assert described.value == "=第1个问题"
    assert described.data_type == "s"  # text from outside is no formula
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert (sheet.freeze_panes, sheet.cell(3, at["本次填报单位"]).value) == ("E3", FINANCE)
    fields = contract().columns or {}
    writable = {sheet.cell(HEADERS, cell.column).value for cell in sheet[3] if not cell.protection.locked}
    hidden = {"台账区划代码", "末次事件编号"}
    for_the_county = {"本次分派单位", "本次配合单位", "本次并入问题编号"}
    assert writable == {headers[0] for headers in fields.values()} - hidden - for_the_county - {"台账编号"}
    unseen = [(entry.min, entry.max) for entry in sheet.column_dimensions.values() if entry.hidden]
    shown = {name for name, place in at.items() if not any(first <= place <= last for first, last in unseen)}
    assert set(at) - shown == hidden | for_the_county | {"核对码"}
    drop_downs = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert len(drop_downs) == 4
    assert [row[0].value for row in book[layout().list_sheet].iter_rows()][:2] == list(layout().unit_events[:2])
    assert len(list(book[layout().note_sheet].iter_rows())) == len(layout().notes)
    assert set(office.books(unit=BUREAU)) == {f"990101_{BUREAU}"}
    assert office.books(county="990102") == {}


def test_names_come_from_the_restricted_register_alone(office: Office) -> None:
    register = office.home.duty_register
    register.parent.mkdir()
    register.write_text(f"区划代码,单位,岗位,姓名\n990101,{BUREAU},负责人,某甲\n990101,{FINANCE},负责人,某乙\n", encoding="utf-8")
    register.chmod(0o644)
    with pytest.raises(RegisterUnusable, match="open"):
        office.books()
    register.chmod(0o600)
    sheet = openpyxl.load_workbook(office.books()["990101_全县"])[layout().sheet]
    at = places(sheet)
    assert [sheet.cell(line(sheet, number), at["责任人"]).value for number in (1, 2, 3)] == ["某甲、某乙", "某甲", "某乙"]


def _list_of_posts(office: Office, number: int, status: str, inspectors: dict[str, str], aside: Sequence[int] = ()) -> None:
    """A night in which a list of responsible posts was judged; ``aside``: its rows that were set aside."""
    own = {"night": number, "delivery_night": number, "submission_id": f"{number:016d}", "source": "responsibility"}
    texts = ("school_code", "county_code", "inspector_post", "leader_post", "contact_post", "inspection_area", "_sheet")
    rows = [
        {"school_code": school, "county_code": COUNTY, "inspector_post": post, "leader_post": "分片1号", "_row": row}
        for row, (school, post) in enumerate(inspectors.items(), 2)
    ]
    schema = pa.schema([*((name, pa.string()) for name in texts), ("_row", pa.int64())])
    path = office.home.bronze_file("responsibility", own["submission_id"])
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_parquet(pa.Table.from_pylist(rows, schema=schema), path)
    night = OpenNight(office.home, number)
    night.path.mkdir(parents=True)
    tables = {
        "submissions": [own | {"status": status}],
        "coverage": [own | {"covers": "county", "county_code": COUNTY, "school_year": 2024 + number, "rows": len(rows)}],
        "quarantined_rows": [own | {"row": row} for row in aside],
    }
    for name in SCHEMAS:
        night.write_table(name, tables.get(name, []))
    night.commit({"as_of": "2026-03-01"})


def test_posts_of_a_school_come_from_the_list_in_force(office: Office) -> None:
    _list_of_posts(office, 1, "accepted", {"2199010001": "督学3号", "2199010002": "督学4号"}, aside=[3])
    _list_of_posts(office, 2, "refused", {"2199010001": "督学9号"})
    office.home.duty_register.parent.mkdir()
    office.home.duty_register.write_text("区划代码,单位,岗位,姓名\n990101,督导室,督学3号,某丙\n", encoding="utf-8")
    office.home.duty_register.chmod(0o600)
    officials = Officials(office.home)
    assert officials.of_school(COUNTY, "2199010001", "inspector_post") == "督学3号 某丙"
    assert officials.of_school(COUNTY, "2199010001", "leader_post") == "分片1号"
    assert officials.of_school(COUNTY, "2199010002", "inspector_post") == ""
    assert officials.of_school(COUNTY, "2199010009", "inspector_post") == ""


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_round_trip_through_libreoffice(office: Office, kind: str) -> None:
    done = {"本次办理事项": "报告进展", "本次办理日期": "2025-10-18", "本次填报单位": BUREAU}
    typed = {(row, header): text for row in (3, 4, 5) for header, text in done.items()}
    typed |= {(3, "本次进展"): "完成勘察", (3, "本次佐证材料"): "勘察报告；图纸", (3, "本次整改资金(元)"): "1250000.5"}
    typed |= {(4, "本次进展"): '=CONCATENATE("完";"成")', (5, "本次进展"): "完成选址"}
    typed |= {(5, "责任单位"): "县住建局", (5, "整改时限"): "2027-12-31"}
    edited, locked = type_in_libreoffice(office.books()["990101_全县"], kind, typed)
    assert locked == {(5, "责任单位"), (5, "整改时限")}
    result = office.deliver(edited)
    assert (result.contract, result.refused) == ("ledger_update.workbook", False), result.reason
    assert [(fault.rule, fault.row, fault.column) for fault in result.faults] == [
        ("formula_cell", 4, "本次进展"),
        ("protected_cell", 5, "责任单位"),
        ("protected_cell", 5, "整改时限"),
    ]
    assert "改动了受保护的“责任单位”" in result.faults[1].guidance
    assert result.left_out[0] == f"工作表“{layout().sheet}”第6行（没有填报，不是记录，未读入）"

    rows = office.bronze(result)
    office.ledger.deliver("ledger_update", [(2, rows)])
    before = {row["issue_id"]: row for row in office.ledger.query("select * from marts.fct_issue")}
    office.ledger.fold()
    (event,) = office.ledger.query("select * from marts.fct_issue_event where event_type = 'progress'")
    assert event | {"accepted": True, "is_conflicting": False, "at": date(2025, 10, 18), "actor_unit": BUREAU} == event
    assert '"money_yuan":"1250000.50"' in event["payload"]
    after = {row["issue_id"]: row for row in office.ledger.query("select * from marts.fct_issue")}
    assert [number for number in before if before[number]["event_count"] != after[number]["event_count"]] == [event["issue_id"]]
    assert (after[event["issue_id"]]["note"], after[event["issue_id"]]["evidence_count"]) == ("完成勘察", 2)


def test_nothing_filled_is_said(office: Office) -> None:
    for path in office.books().values():
        result = office.deliver(path)
        assert result.refused
        assert result.reason == "工作簿里没有一行填了本次办理的内容。"


def test_junk_is_refused_cell_by_cell(office: Office) -> None:
    def change(sheet: Any, at: dict[str, int]) -> None:
        fill(sheet, 3, event="报告进展", event_date="2025-10-18", reported_by_unit=BUREAU, progress="=1+1")
        fill(sheet, 4, event="报告进展", event_date="2025-10-18", progress="完成", money_yuan="一百万")
        fill(sheet, 5, progress="没有说是什么事")
        sheet.cell(6, at["台账编号"], "990101-000000000000")
        sheet.cell(7, at["本次办理事项"], "报告进展")

    result = office.deliver(edit(office.books()["990101_全县"], change))
    assert {(fault.rule, fault.row, fault.column) for fault in result.faults} == {
        ("formula_cell", 3, "本次进展"),
        ("formula_error", 3, "本次进展"),  # nothing has calculated it
        ("not_a_number", 4, "本次整改资金(元)"),
        ("required_empty", 5, "本次办理事项"),
        ("required_empty", 5, "本次办理日期"),
        ("protected_cell", 6, "台账编号"),
        ("not_our_line", 7, None),
    } | {("required_empty", 7, column) for column in ("台账编号", "本次办理日期")}
    assert office.bronze(result) == []


def test_two_issues_are_merged_in_the_workbook_of_the_county(office: Office) -> None:
    def change(sheet: Any, at: dict[str, int]) -> None:
        into = sheet.cell(line(sheet, 2), at["台账编号"]).value
        done = {"event": "并入其他问题", "event_date": "2025-10-18", "reported_by_unit": SUPERVISOR}
        fill(sheet, line(sheet, 4), **done, merged_into=into)

    assert "并入其他问题" not in layout().unit_events
    result = office.deliver(edit(office.books()["990101_全县"], change))
    assert not result.faults
    office.ledger.deliver("ledger_update", [(2, office.bronze(result))])
    office.ledger.fold()
    found = {row["source_item"]: row for row in office.ledger.query("select * from marts.fct_issue")}
    assert (found["04"]["state"], found["04"]["merged_into"]) == ("merged", found["02"]["issue_id"])


def test_two_people_with_the_same_workbook_lose_nothing(office: Office) -> None:
    def tell(sheet: Any, _: dict[str, int], text: str) -> None:
        fill(sheet, line(sheet, 1), event="报告进展", event_date="2025-10-18", progress=text)

    files = []
    for unit, text in ((BUREAU, "完成勘察"), (FINANCE, "资金到位")):
        path = office.books()[f"990101_{unit}"]
        change = partial(tell, text=text)
        result = office.deliver(edit(path, change))
        assert not result.faults
        files.append((2, office.bronze(result)))
    office.ledger.deliver("ledger_update", files)
    office.ledger.fold()
    told = office.ledger.query(
        "select actor_unit, accepted, is_conflicting from marts.fct_issue_event where event_type = 'progress'"
    )
    assert sorted(row["actor_unit"] for row in told) == [BUREAU, FINANCE]
    assert all(row["accepted"] and row["is_conflicting"] for row in told)


def test_report_tells_each_finding_with_its_state_and_units(office: Office) -> None:
    out = office.home.path / "reports"
    path, listed = reports(office.home, office.release, out)
    assert path.name == "990101_示教督函〔2025〕8号_整改情况报告.docx"
    paper = docx.Document(str(path))
    texts = [paragraph.text for paragraph in paper.paragraphs]
    assert texts[0] == "示范县省级督导评估反馈问题整改情况报告"
    assert "截至2025年10月20日，反馈的 4 个问题已销号 0 个，4 个正在整改" in texts[3]
    first = texts.index("1. =第1个问题")
    assert texts[first + 1].startswith(f"整改情况：由{BUREAU}、{FINANCE}牵头")
    assert [text for text in texts if "未报" in text] == []
    assert texts[-2:] == ["示范县人民政府", "二〇二五年十月二十日"]
    assert "未签发" in "".join(paragraph.text for paragraph in paper.sections[0].footer.paragraphs)
    owed = openpyxl.load_workbook(listed).worksheets[0]
    assert [row[1].value for row in owed.iter_rows(min_row=4)] == [f"=第{number}个问题" for number in range(1, 5)]
    assert {row[1].data_type for row in owed.iter_rows(min_row=4)} == {"s"}
    assert reports(office.home, office.release, out, document="无") == []
