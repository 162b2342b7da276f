"""The audit pack of a release: complete, readable without a network, the same rows as the marts."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from expectations import datadocs
from junheng.core.home import Home
from publish.build import documentation
from publish.build.facts import NightFacts
from publish.release import publication
from publish.release.manifest import Details
from publish.release.release import Release
from publish.site import audit_tables
from publish.site.audit_book import Book, BookColumn, write_book
from publish.site.audit_tables import Pack, settings, shown
from publish.words.environment import environment
from tests.unit.publish.fake_home import commit_night, make_build, make_home, refused, submission
from tests.unit.publish.fake_marts import Shape, make_rows, write_manifest

TABLES = {
    "aud_submission",
    "aud_check_index",
    "aud_check_result",
    "dim_check",
    "aud_quarantined_row",
    "aud_correction",
    "fct_joint_review",
}


class Links(HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.ids: set[str] = set()
        self.html = path.read_text(encoding="utf-8")
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        self.ids |= {value or "" for name, value in attrs if name == "id"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("pack")
    home = make_home(folder / "home")
    commit_night(home, [submission(), refused()])
    for night in (1, 2):
        lines = [datadocs.EngineCheck("学校普查", "代码", 1, 0, 12, 0, "pass")]
        target = home.warehouse / "data_docs" / f"night-{night}"
        target.parent.mkdir(exist_ok=True)
        datadocs.publish(target, "报告", lines, [], [])
    tables = make_rows(Shape())
    tables["aud_submission"] = [(*row[:6], 1, *row[7:]) for row in tables["aud_submission"]]  # in force since the first night
    fault = ("b" * 16, "third.xlsx", "Sheet1", 14, "小学在校生", "约<b>300", "census.coded", "请填写整数。", 1)
    tables["aud_quarantined_row"] = [fault, (*fault[:5], "=1+1", *fault[6:7], "@请改正", 2)]
    waiting = (
        "b" * 16,
        "990101/2025/third.xlsx",
        "b" * 64,
        "school_census",
        "990101",
        2025,
        2,
        "refused",
        "看不懂",
        1,
        0,
        2,
        "改",
    )
    tables["aud_submission"].append(waiting)
    tables["aud_check_index"].append(
        ("990101", 2024, "births", "ingest.refused", "no_data", "not_delivered", "ingest", "error", 0, None, None)
    )
    build = make_build(home, tables=tables)
    return publication.publish(home, build, write_manifest(folder / "m.json"), Details("2026-11-22T01:00:00+08:00"))


def test_every_link_leads_to_a_file_of_the_pack_or_the_release(published: Release, tmp_path: Path) -> None:
    stick = shutil.copytree(published.path, tmp_path / "U 盘")
    pages = [page for page in sorted(stick.rglob("*.html")) if documentation.FOLDER not in page.parts]
    assert len([page for page in pages if "data_docs" in page.parts]) == 2
    for page in pages:
        found = Links(page)
        scripts = [link.rpartition("/")[2] for link in found.links if link.endswith(".js")]
        assert found.html.count("<script") == len(scripts)
        assert set(scripts) <= {"table.js", "search.js", "search-index.js", "english.js"}
        for link in found.links:
            parts = urlsplit(link)
            assert not parts.scheme, (page, link)
            assert not parts.netloc, (page, link)
            assert not parts.path.startswith("/"), (page, link)
            if parts.path:
                assert (page.parent / unquote(parts.path)).exists(), (page, link)
            if parts.fragment and "=" not in parts.fragment:
                assert unquote(parts.fragment) in Links(page.parent / unquote(parts.path)).ids, (page, link)


def test_the_pack_can_be_taken_alone(published: Release, tmp_path: Path) -> None:
    alone = shutil.copytree(published.path / "audit", tmp_path / "audit")
    for page in alone.rglob("*.html"):
        for link in Links(page).links:
            target = (page.parent / unquote(urlsplit(link).path)).resolve()
            assert target.exists()
            assert target.is_relative_to(alone)


def test_the_tables_are_those_of_the_marts(published: Release) -> None:
    audit = published.path / "audit"
    assert {path.stem for path in (audit / "parquet").iterdir()} == {path.stem for path in (audit / "xlsx").iterdir()} == TABLES
    with duckdb.connect(str(published.database), read_only=True) as connection:
        for name in TABLES:
            rows = connection.execute(f"select * from marts.{name}").fetchall()
            assert connection.execute(f"select * from '{audit}/parquet/{name}.parquet'").fetchall() == rows
        pack = Pack(connection)
        for name in TABLES:
            table = pack.table(name)
            page = (audit / f"{name}.html").read_text(encoding="utf-8")
            assert f"共 {table.total} 行" in page
            assert page.count("<tr") - 1 == table.total or not table.total
            sheet = openpyxl.load_workbook(audit / "xlsx" / f"{name}.xlsx").worksheets[0]
            own = pack.columns(name)
            assert [cell.value for cell in sheet[1]] == [column.label for column in own]
            assert sheet.max_row - 1 == table.total
            assert sheet.auto_filter.ref is not None
            # the order and the words of the page, which leaves out empty columns
            kept = [own.index(column) for column in table.columns]
            written = [[sheet.cell(n, place + 1).value for place in kept] for n in range(2, sheet.max_row + 1)]
            told = [
                ["" if value is None else value if isinstance(value, str) else shown(Decimal(str(value))) for value in line]
                for line in written
            ]
            assert [[text.replace(",", "") for text in line] for line in told] == [
                [cell.text.replace(",", "") for cell in row.cells] for row in table.rows
            ]


def test_every_table_says_what_is_wrong_and_has_an_order() -> None:
    for name, setting in settings().tables.items():
        assert setting.bad, name
        assert setting.order, name


def test_what_is_wrong_stands_first_and_leads_on(published: Release) -> None:
    with duckdb.connect(str(published.database), read_only=True) as connection:
        pack = Pack(connection)
        for name in TABLES:
            table = pack.table(name)
            assert [row.is_bad for row in table.rows] == sorted((row.is_bad for row in table.rows), reverse=True)
            assert sum(row.is_bad for row in table.rows) == table.bad
        index, files = pack.table("aud_check_index"), pack.table("aud_submission")
        faults, checks = pack.table("aud_quarantined_row"), pack.table("dim_check")
    assert [cell.text for cell in index.rows[0].cells][:6] == [
        *("应交未交", "文件整体被拒收", "应交未交", "示范县", "2024—2025学年", "出生人口")
    ]
    # check, entry of the catalogue, file, cell
    assert index.rows[0].cells[1].link == "dim_check.html#ingest.refused"
    entry = next(row for row in checks.rows if row.key == "ingest.refused")
    assert entry.cells[1].link.startswith("aud_check_index.html#filter=")
    assert entry.cells[2].text == "出生人口、督导反馈"
    assert files.rows[0].cells[0].text == "已退回"
    quarantined = next(cell for cell in files.rows[0].cells if "aud_quarantined_row" in cell.link)
    assert unquote(quarantined.link).endswith("#filter=990101/2025/third.xlsx")
    assert [cell.text for cell in faults.rows[0].cells][:5] == ["third.xlsx", "Sheet1", "14", "小学在校生", "约<b>300"]
    assert faults.rows[0].cells[0].link == f"aud_submission.html#{'b' * 16}"
    assert faults.rows[0].cells[5].link == "dim_check.html#school_census.census.coded"


def test_a_workbook_holds_text_as_text_and_is_the_same_every_time(published: Release, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(published.path / "audit" / "xlsx" / "aud_quarantined_row.xlsx").worksheets[0]
    assert {(sheet["E3"].value, sheet["E3"].data_type), (sheet["G3"].value, sheet["G3"].data_type)} == {
        ("=1+1", "s"),
        ("@请改正", "s"),
    }
    with duckdb.connect() as connection:
        connection.execute("create table t (_rank integer, a varchar, b double)")
        rows = [("-1", 2.5), ("+86", 3), ("=cmd|x", None), ("", 4), ("长" * 40_000, 5), ("a<b>&_x0041_\x07\n末", -1e-9)]
        connection.executemany("insert into t values (?, ?, ?)", [(n, *row) for n, row in reversed([*enumerate(rows, 1)])])
        book = Book("表", "t", [BookColumn("a", "文字<"), BookColumn("b", "数", is_number=True)])
        for name in ("one.xlsx", "two.xlsx"):
            write_book(tmp_path / name, book, connection, "2026-11-22T01:00:00+08:00")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    written = [
        [cell.value for cell in row] for row in openpyxl.load_workbook(tmp_path / "one.xlsx").worksheets[0].iter_rows(min_row=2)
    ]
    assert written[:4] == [["-1", 2.5], ["+86", 3], ["=cmd|x", None], [None, 4]]
    assert len(written[4][0]) == 32_767
    assert written[4][0].endswith("（全文见 Parquet）")
    assert [unescape(written[5][0]), written[5][1]] == ["a<b>&_x0041_\n末", -1e-9]


def test_a_full_sheet_is_followed_by_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from publish.site import audit_book

    monkeypatch.setattr(audit_book, "_MOST_ROWS", 2)
    with duckdb.connect() as connection:
        connection.execute("create table t as select n as _rank, n - 1.0::double as a from range(1, 6) as r(n)")
        book_of = Book("表", "t", [BookColumn("a", "数", is_number=True)])
        write_book(tmp_path / "x.xlsx", book_of, connection, "2026-11-22T01:00:00+08:00")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert [[row[0].value for row in sheet.iter_rows(min_row=2)] for sheet in book.worksheets] == [[0, 1], [2, 3], [4]]
    assert {sheet["A1"].value for sheet in book.worksheets} == {"数"}


def test_what_a_cell_holds_is_text(published: Release) -> None:
    page = (published.path / "audit" / "aud_quarantined_row.html").read_text(encoding="utf-8")
    assert "约&lt;b&gt;300" in page
    assert "请填写整数。" in page


def limit(monkeypatch: pytest.MonkeyPatch, **most: int) -> None:
    changed = settings().model_copy(update=most)
    monkeypatch.setattr(audit_tables, "settings", lambda: changed)


@pytest.mark.parametrize(("most", "most_bad", "shown_rows"), [(1, 1, 1), (1, 2, 2), (2, 1, 2)])
def test_rows_beyond_the_limit_are_counted(
    monkeypatch: pytest.MonkeyPatch, published: Release, most: int, most_bad: int, shown_rows: int
) -> None:
    limit(monkeypatch, most_rows=most, most_bad_rows=most_bad)
    with duckdb.connect(str(published.database), read_only=True) as connection:
        table = Pack(connection).table("aud_quarantined_row")
    assert (len(table.rows), table.total, table.bad, table.cut, table.bad_shown) == (
        *(shown_rows, 2, 2, 2 - shown_rows),
        shown_rows,
    )
    page = (
        environment()
        .get_template("audit_table.html.j2")
        .render(table=table, release={"release_id": "r", "created_at": ""}, facts=NightFacts(1, "", (), (), ()), audit="")
    )
    assert ("本页列出 1 行（要看的 2 行中列出 1 行），另有 1 行没有列出" in page) == (shown_rows == 1)


def test_a_row_that_is_not_on_its_page_is_not_led_to(monkeypatch: pytest.MonkeyPatch, published: Release) -> None:
    limit(monkeypatch, most_rows=0, most_bad_rows=0)
    with duckdb.connect(str(published.database), read_only=True) as connection:
        pack = Pack(connection)
        limit(monkeypatch, most_rows=9, most_bad_rows=0)
        assert pack.table("aud_quarantined_row").rows[0].cells[0].link == "aud_submission.html"


def test_the_start_page_counts_what_is_wrong_by_county_and_source(published: Release) -> None:
    index = Links(published.path / "audit" / "index.html")
    said = " ".join(index.html.split())
    assert '<span class="what">应有的检查没有通过</span><b>1</b>' in said
    assert '<span class="what">隔离的行</span><b>2</b>' in said
    asked = "区县=示范县&school_year 的名称=2024—2025学年&source 的名称=出生人口&state 的名称=应交未交"
    assert f"aud_check_index.html#{asked}" in [unquote(link) for link in index.links]


def test_the_index_says_what_the_release_was_made_of(published: Release) -> None:
    index = (published.path / "audit" / "index.html").read_text(encoding="utf-8")
    manifest = json.loads((published.path / "audit" / "manifest.json").read_text(encoding="utf-8"))
    whole = json.loads((published.path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest == {name: value for name, value in whole.items() if name != "files"}
    hashes = [manifest["content_hash"], *manifest["code"].values(), *manifest["inputs"]["nights"].values()]
    hashes += [table["sha256"] for table in manifest["tables"].values()] + [rules["sha256"] for rules in manifest["rules"]]
    for sha256 in hashes:
        assert sha256 in index
    assert index.count("data_docs/night-") == 2


def test_a_night_whose_report_is_gone_is_told(tmp_path: Path) -> None:
    home: Home = make_home(tmp_path / "home")
    done = publication.publish(home, make_build(home), write_manifest(tmp_path / "m.json"), Details("2026-11-22T01:00:00+08:00"))
    index = (done.path / "audit" / "index.html").read_text(encoding="utf-8")
    assert "报告已不在" in index


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "是"),
        (False, "否"),
        (0, "0"),
        (1200, "1,200"),
        (Decimal("1200.5000"), "1,200.5"),
        (["a", "b"], "a、b"),
        ("0012", "0012"),
    ],
)
def test_what_a_cell_shows(value: object, text: str) -> None:
    assert shown(value) == text
