"""The frame of the papers: who may see which, what is linked instead of written again, and what a signature makes of them."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import xlsxwriter

from junheng.core import chain
from junheng.core.home import Home
from publish.papers import papers
from publish.papers.kind import PaperContext, PaperKind, Papers
from publish.release import publication, signature, signed_papers
from publish.release.manifest import Details
from publish.release.release import Release
from publish.tables.reading import CountyYear
from publish.trust import signoff
from publish.trust.signoff import Answer
from publish.trust.verify import verify
from tests.marts import create_mart
from tests.unit.publish.fake_home import make_build
from tests.unit.publish.fake_marts import COLUMNS, Shape, make_rows

PLACE = "papers/990101/清单.xlsx"
APART = "restricted/papers/990101/责任人.xlsx"


def sheet(foot: Any, text: str) -> bytes:
    data = io.BytesIO()
    workbook = xlsxwriter.Workbook(data, {"in_memory": True})
    workbook.set_properties({"created": datetime.fromisoformat(foot["created_at"])})
    page = workbook.add_worksheet()
    page.write_string(0, 0, text)
    page.set_footer(f"&C{foot['release']}（{foot['state']}）")
    workbook.close()
    return data.getvalue()


def schools(connection: duckdb.DuckDBPyConnection, county: CountyYear, context: PaperContext) -> Papers:
    (found,) = connection.execute("select count(*) from marts.dim_school where county_code = ?", [county.code]).fetchall()
    return {"清单.xlsx": sheet(context.foot, f"未签发 {found[0]}")} if county.code == "990101" else {}


def named(connection: duckdb.DuckDBPyConnection, county: CountyYear, context: PaperContext) -> Papers:
    (found,) = connection.execute("select count(*) from marts.rpt_authenticity_hint").fetchall()
    register = context.home.duty_register
    return {"责任人.xlsx": sheet(context.foot, f"{found[0]} {register.exists()}")} if county.code == "990101" else {}


KINDS = (
    PaperKind("schools", ("dim_school",), schools),
    PaperKind("named", ("rpt_authenticity_hint",), named, is_restricted=True, files_read=lambda home: (home.duty_register,)),
)


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "KINDS", KINDS)


@pytest.fixture
def publish(home: Home, manifest: Path) -> Callable[..., Release]:
    def published() -> Release:
        details = Details("2026-11-22T01:00:00+08:00", ("national-2017",))
        return publication.publish(home, make_build(home), manifest, details)

    return published


def listed(release: Release, place: str = "papers") -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((release.path / place / "papers.json").read_text(encoding="utf-8"))
    return entries


def foot(path: Path) -> str:
    return str(openpyxl.load_workbook(path).worksheets[0].oddFooter.center.text)


def test_papers_are_listed_and_those_with_names_lie_apart(publish: Callable[..., Release]) -> None:
    release = publish()
    (paper,) = listed(release)
    assert (paper["path"], paper["title"], paper["kind"], paper["county_code"]) == (PLACE, "清单", "schools", "990101")
    assert (paper["release_id"], paper["sha256"]) == (release.release_id, _manifest(release)["files"][PLACE])
    assert paper["tables"] == {name: _manifest(release)["tables"][name]["sha256"] for name in ("dim_county", "dim_school")}
    assert [entry["path"] for entry in listed(release, "restricted/papers")] == [APART]
    assert stat.S_IMODE((release.path / APART).parent.stat().st_mode) == 0o700
    pages = "".join(page.read_text(encoding="utf-8") for page in (release.path / "site").rglob("*.html"))
    assert "清单.xlsx" in pages
    assert "责任人" not in pages
    assert foot(release.path / PLACE) == f"{release.release_id}（未签发）"


def _manifest(release: Release) -> Any:
    return json.loads((release.path / "manifest.json").read_text(encoding="utf-8"))


def _manifest(release: Release) -> Any:
    return json.loads((release.path / "manifest.json").read_text(encoding="utf-8"))


class Writer:
    """Releases of nothing but papers, one after the other, over the same marts."""

    def __init__(self, home: Home, marts: tuple[Path, Path]) -> None:
        self.home, self.marts = home, marts
        self.previous: dict[str, str] | None = None
        self.hashes = {name: name for name in ("dim_county", "dim_school", "rpt_authenticity_hint")}
        self.code = {"program": "one"}
        self.day = "2026-11-22"

    def write(self) -> Path:
        """Write the papers of the next release and its manifest."""
        folder = self.home.releases / f"r{len(list(self.home.releases.iterdir())) + 1:04}"
        databases = (folder / "junheng.duckdb", folder / "restricted" / "restricted.duckdb")
        for database, written in zip(databases, self.marts, strict=True):
            database.parent.mkdir()
            database.write_bytes(written.read_bytes())
        described: Any = {"release_id": folder.name, "created_at": f"{self.day}T01:00:00+08:00", "previous": self.previous}
        described |= {"tables": {name: {"sha256": sha256} for name, sha256 in self.hashes.items()}, "code": self.code}
        papers.write_papers(self.home, described, folder, databases)
        described["files"] = chain.files_below(folder, folder)
        (folder / "manifest.json").write_text(json.dumps(described), encoding="utf-8")
        self.previous = {"release_id": folder.name, "manifest_sha256": chain.sha256_of(folder / "manifest.json")}
        return folder


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Databases of the marts that every reader may see, and of those that not every one may."""
    folder, rows_of = tmp_path_factory.mktemp("marts"), make_rows(Shape())
    files = {"open.duckdb": ("dim_county", "dim_school"), "apart.duckdb": ("rpt_authenticity_hint",)}
    for file, names in files.items():
        with duckdb.connect(str(folder / file)) as connection:
            for name in names:
                create_mart(connection, name, [dict(zip(COLUMNS[name], row, strict=True)) for row in rows_of[name]])
    return folder / "open.duckdb", folder / "apart.duckdb"


@pytest.fixture
def writer(tmp_path: Path, marts: tuple[Path, Path]) -> Writer:
    return Writer(Home(tmp_path / "small").create(), marts)


def test_a_kind_sees_no_mart_that_it_does_not_name(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (replace(KINDS[0], tables=("dim_ruleset",)), replace(KINDS[1], tables=())):
        monkeypatch.setattr(papers, "KINDS", (kind,))
        with pytest.raises(duckdb.CatalogException):
            writer.write()


def test_what_did_not_change_is_linked_and_names_the_release_it_was_made_in(writer: Writer) -> None:
    first, second = writer.write(), writer.write()
    for path in (PLACE, APART):
        assert (second / path).samefile(first / path)
    assert (second / "papers" / "papers.json").read_bytes() == (first / "papers" / "papers.json").read_bytes()
    assert foot(second / PLACE) == "r0001（未签发）"


@pytest.mark.parametrize("changed", ["mart", "home", "program", "file", "list", "manifest"])
def test_what_changed_is_written_anew(writer: Writer, changed: str) -> None:
    first = writer.write()
    path = APART if changed == "home" else PLACE
    if changed == "mart":
        writer.hashes["dim_school"] = "other"
    elif changed == "home":
        writer.home.duty_register.parent.mkdir()
        writer.home.duty_register.write_text("x")
    elif changed == "program":
        writer.code = {"program": "other"}
    else:
        damaged = first / {"file": PLACE, "list": "papers/papers.json", "manifest": "manifest.json"}[changed]
        damaged.write_bytes(damaged.read_bytes() + b" ")
    second = writer.write()
    assert not (second / path).samefile(first / path)
    assert foot(second / path) == "r0002（未签发）"
    if changed in ("mart", "home"):  # and the other one is linked
        other = PLACE if changed == "home" else APART
        assert (second / other).samefile(first / other)


def test_what_counts_days_is_written_anew_on_another_day(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "KINDS", (replace(KINDS[0], is_dated=True), KINDS[1]))
    writer.write()
    assert foot(writer.write() / PLACE) == "r0001（未签发）"
    writer.day = "2026-11-23"
    assert foot((later := writer.write()) / PLACE) == "r0003（未签发）"
    assert foot(later / APART) == "r0001（未签发）"


def test_the_same_marts_give_the_same_bytes(writer: Writer, tmp_path: Path) -> None:
    other = Writer(Home(tmp_path / "other").create(), writer.marts)
    one, two = writer.write(), other.write()
    for path in (PLACE, APART, "papers/papers.json"):
        assert (one / path).read_bytes() == (two / path).read_bytes()


def sign(home: Home, run: str, *, is_approved: bool = True) -> None:
    answer = Answer(is_approved, "chief", "2026-11-23T09:30:00+08:00")
    signoff.decide(home, signoff.ask(home, is_open_to_all=False), answer, run, is_open_to_all=False)


def test_a_signature_writes_signed_copies_and_takes_them_back(
    home: Home, publish: Callable[..., Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUNHENG_REVIEWERS", "chief")
    release = publish()
    sealed = (release.path / PLACE).read_bytes()
    sign(home, "first")
    (decision,) = signature.decisions(home)
    copy = home.signed_papers / release.release_id / PLACE
    wanted = f"{release.release_id}（已签发 2026-11-23，签发记录第 1 号 {decision.sha256[:12]}）"
    assert foot(copy) == foot(home.signed_papers / release.release_id / APART) == wanted
    assert openpyxl.load_workbook(copy).worksheets[0]["A1"].value.startswith("未签发")  # the foot alone is stamped
    assert (release.path / PLACE).read_bytes() == sealed
    assert stat.S_IMODE(copy.stat().st_mode) == 0o400
    assert verify(home).breaks == []
    copy.chmod(0o600)
    copy.write_bytes(sealed)
    assert [found.path for found in verify(home).breaks] == [copy.relative_to(home.path).as_posix()]
    copy.write_bytes(signed_papers.stamped(sealed, ".xlsx", wanted.partition("（")[2].rstrip("）")))
    assert verify(home).breaks == []
    sign(home, "second", is_approved=False)
    assert not copy.exists()
    assert verify(home).breaks == []


def test_a_killed_signature_is_ended_by_the_next_night(
    home: Home, publish: Callable[..., Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUNHENG_REVIEWERS", "chief")
    release = publish()
    with monkeypatch.context() as patch:
        patch.setattr(signed_papers, "show_copies", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sign(home, "killed")
    assert verify(home).breaks == []
    copy = home.signed_papers / release.release_id / PLACE
    assert not copy.exists()
    signoff.catch_up(home)
    publication.catch_up(home)
    assert copy.exists()
    assert verify(home).breaks == []
