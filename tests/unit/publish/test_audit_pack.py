"""The audit pack of a release: complete, readable without a network, the same rows as the marts."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
import pytest

from expectations import datadocs
from junheng.home import Home
from publish import release
from publish.audit_pack import _cell
from publish.release import Details, Release
from tests.unit.publish.fake_home import commit_night, make_build, make_home, refused, submission
from tests.unit.publish.fake_marts import Shape, make_rows, write_manifest

TABLES = {"aud_submission", "aud_check_index", "aud_check_result", "dim_check", "aud_quarantined_row", "aud_correction"}


class Links(HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.html = path.read_text(encoding="utf-8")
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("pack")
    home = make_home(folder / "home")
    commit_night(home, [submission(), refused()])
    for night in (1, 2):
        page = '<body><script src="//cdn/x.js"></script><p>suite</p></body>'
        target = home.warehouse / "data_docs" / f"night-{night}"
        target.parent.mkdir(exist_ok=True)
        datadocs.publish(target, "报告", {"school_census": page}, [], {}, [])
    tables = make_rows(Shape())
    tables["aud_submission"] = [(*row[:6], 1, *row[7:]) for row in tables["aud_submission"]]  # in force since the first night
    fault = ("b" * 16, "third.xlsx", "Sheet1", 14, "小学在校生", "约<b>300", "census.pupils", "请填写整数。")
    tables["aud_quarantined_row"] = [fault]
    build = make_build(home, tables=tables)
    return release.publish(home, build, write_manifest(folder / "m.json"), Details("2026-11-22T01:00:00+08:00"))


def test_every_link_leads_to_a_file_of_the_pack_or_the_release(published: Release, tmp_path: Path) -> None:
    stick = shutil.copytree(published.path, tmp_path / "U 盘")
    pages = sorted(stick.rglob("*.html"))
    assert len([page for page in pages if "data_docs" in page.parts]) == 4
    for page in pages:
        found = Links(page)
        assert "script" not in found.tags
        for link in found.links:
            parts = urlsplit(link)
            assert not parts.scheme, (page, link)
            assert not parts.netloc, (page, link)
            assert not parts.path.startswith("/"), (page, link)
            if parts.path:
                assert (page.parent / unquote(parts.path)).exists(), (page, link)


def test_the_pack_can_be_taken_alone(published: Release, tmp_path: Path) -> None:
    alone = shutil.copytree(published.path / "audit", tmp_path / "audit")
    for page in alone.rglob("*.html"):
        for link in Links(page).links:
            target = (page.parent / unquote(urlsplit(link).path)).resolve()
            assert target.exists()
            assert target.is_relative_to(alone)


def test_the_tables_are_those_of_the_marts(published: Release) -> None:
    audit = published.path / "audit"
    assert {path.stem for path in (audit / "parquet").iterdir()} == TABLES
    with duckdb.connect(str(published.database), read_only=True) as connection:
        for name in TABLES:
            rows = connection.execute(f"select * from marts.{name}").fetchall()
            assert connection.execute(f"select * from '{audit}/parquet/{name}.parquet'").fetchall() == rows
            page = (audit / f"{name}.html").read_text(encoding="utf-8")
            assert f"共 {len(rows)} 行" in page
            assert page.count("<tr><td>") == len(rows)


def test_what_a_cell_holds_is_text(published: Release) -> None:
    page = (published.path / "audit" / "aud_quarantined_row.html").read_text(encoding="utf-8")
    assert "约&lt;b&gt;300" in page
    assert "请填写整数。" in page


def test_rows_beyond_the_limit_are_counted(monkeypatch: pytest.MonkeyPatch, published: Release) -> None:
    from publish import audit_pack

    monkeypatch.setitem(audit_pack._settings(), "most_rows", 1)
    with duckdb.connect(str(published.database), read_only=True) as connection:
        table = audit_pack.read_table(connection, "aud_check_result")
    assert len(table.rows) == 1
    assert table.total == 2


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
    done = release.publish(home, make_build(home), write_manifest(tmp_path / "m.json"), Details("2026-11-22T01:00:00+08:00"))
    index = (done.path / "audit" / "index.html").read_text(encoding="utf-8")
    assert "报告已不在" in index


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "是"),
        (False, "否"),
        (0, "0"),
        (Decimal("1200.5000"), "1,200.5"),
        (["a", "b"], "a、b"),
        ("0012", "0012"),
    ],
)
def test_what_a_cell_shows(value: object, shown: str) -> None:
    assert _cell(value) == shown
