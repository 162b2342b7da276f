from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from junheng.core.home import Home
from junheng.core.sql import records
from publish.build.build import prepare
from publish.build.corrections import CorrectionError, load_corrections
from publish.build.facts import NightFacts
from publish.release.audit import audit
from publish.site import corrections
from publish.site.site import write_site
from publish.tables.hashing import content_hash
from tests.integration.persons_corpus import CORPUS, SIGNS
from tests.unit.publish.fake_home import make_build
from tests.unit.publish.fake_marts import COLUMNS, Shape, make_rows, write_marts
from tests.unit.publish.release.test_audit import results

ENTRY = {
    "county_code": "990101",
    "school_year": "2025",
    "school_code": "2199010001",
    "field": "multimedia_rooms",
    "expected": "12",
    "value": "15",
    "reason": "漏报三间",
    "document": "示教函〔2026〕3号",
    "by": "统计股",
    "date": "2026-01-15",
}
NIGHT = NightFacts(1, "2026-01-15", (), (), ())


def yaml_of(*entries: dict[str, Any]) -> str:
    return "".join("- " + "\n  ".join(f"{key}: {value}" for key, value in entry.items()) + "\n" for entry in entries)


def write(home: Home, text: str, name: str = "更正.yml") -> None:
    (home.corrections / name).write_text(text, encoding="utf-8")


def refusal(home: Home) -> str:
    with pytest.raises(CorrectionError) as caught:
        load_corrections(home)
    return str(caught.value)


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def test_no_folder_and_no_entry_are_no_corrections(tmp_path: Path, empty: Home) -> None:
    assert load_corrections(Home(tmp_path / "none")) == []
    write(empty, "# 暂无\n")
    write(empty, "not: [yaml", name="附件.pdf")
    write(empty, "not: [yaml", name=".更正.yml.swp")
    write(empty, "not: [yaml", name="._更正.yml")
    assert load_corrections(empty) == []


def test_values_are_read_as_written_and_null_is_unknown(empty: Home) -> None:
    amount = {"field": "teaching_area_m2", "expected": "null", "value": "1,234.50", "school_code": "0012"}
    write(empty, "\ufeff" + yaml_of(ENTRY, ENTRY | amount), name="b.yml")
    write(empty, yaml_of(ENTRY | {"value": "", "field": "books"}), name="a.YAML")
    found = [(c.file, c.number, c.entry.school_code, c.entry.expected, c.entry.value) for c in load_corrections(empty)]
    assert found == [
        ("a.YAML", 1, "2199010001", Decimal(12), None),
        ("b.yml", 1, "2199010001", Decimal(12), Decimal(15)),
        ("b.yml", 2, "0012", None, Decimal("1234.5")),
    ]


BAD = {
    "an unknown key": (ENTRY | {"note": "x"}, "不认识的键 note"),
    "a missing key": ({k: v for k, v in ENTRY.items() if k != "expected"}, "缺少 expected"),
    "no reason": (ENTRY | {"reason": ""}, "reason：不能为空"),
    "no document": (ENTRY | {"document": "' '"}, "document：不能为空"),
    "a telephone": (ENTRY | {"by": "统计股 13800138000"}, "by：含有电话"),
    "an identity number": (ENTRY | {"reason": "110101199003070000 录错"}, "reason：含有电话、证件号码"),
    "a name": (ENTRY | {"by": "张三"}, "by：请写岗位或科室"),
    "a number for a post": (ENTRY | {"by": "统计股2"}, "by：请写岗位或科室"),
    "a percent": (ENTRY | {"value": "15%"}, "value 应是不小于零的整数"),
    "half a room": (ENTRY | {"value": "1.5"}, "value 应是不小于零的整数"),
    "less than nothing": (ENTRY | {"expected": "-1"}, "expected 应是不小于零的整数"),
    "words": (ENTRY | {"value": "约15", "field": "no_such_field"}, "value 应是不小于零的数"),
    "a dash": (ENTRY | {"value": "'—'"}, "未知写 null"),
    "too much": (ENTRY | {"value": "1" + "0" * 14}, "value 应是"),
    "no change": (ENTRY | {"value": "12.0"}, "expected 与 value 相同"),
    "a date of another kind": (ENTRY | {"date": "15.1.2026"}, "date：请写成"),
    "a school year of another kind": (ENTRY | {"school_year": "2025-2026"}, "school_year：请写学年的起始年份"),
    "a code of another kind": (ENTRY | {"school_code": "城关小学"}, "school_code：只能是数字和字母"),
    "a list for a value": (ENTRY | {"value": "[1]"}, "value 应是"),
    "a list for a text": (ENTRY | {"reason": "[a]"}, "reason：不能为空"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_entry_is_named_with_its_file(empty: Home, case: str) -> None:
    entry, expected = BAD[case]
    write(empty, yaml_of(ENTRY, entry))
    said = refusal(empty)
    assert said.startswith("更正文件 更正.yml 第 2 条：")
    assert expected in said
    assert "13800138000" not in said
    assert "110101199003070000" not in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a: [", "不是合格的 YAML"),
        ("county_code: x", "应是若干条的列表"),
        ("- 文字", "每条应是"),
        ("- field: a\n  field: b\n", "第 1 行，field 写了两次"),
        ("- &a [*a]", "每条应是"),
        ("- !!python/name:os.system ''", "更正.yml"),
        ("[" * 3000, "不是合格的 YAML"),
    ],
)
def test_a_bad_file_is_named(empty: Home, text: str, expected: str) -> None:
    write(empty, text)
    assert expected in refusal(empty)


def test_another_encoding_and_a_telephone_for_a_name(empty: Home) -> None:
    (empty.corrections / "gbk.yml").write_bytes(yaml_of(ENTRY).encode("gbk"))
    write(empty, yaml_of(ENTRY), name="13800138000.yml")
    said = refusal(empty)
    assert "gbk.yml：不是 UTF-8 文本" in said
    assert "13800138000" not in said


def test_many_faults_are_counted(empty: Home) -> None:
    write(empty, yaml_of(*[{**ENTRY, "note": "x"}] * 8))
    said = refusal(empty)
    assert said.count("不认识的键") == 5
    assert said.endswith("另有 3 处未列出")


def test_the_build_pins_the_corrections_and_a_bad_file_stops_it_before_anything_is_written(home: Home) -> None:
    write(home, yaml_of(ENTRY, ENTRY | {"field": "no_such"}))
    path = home.warehouse / "build.duckdb"
    prepare(home, path, [])
    write(home, yaml_of(ENTRY), name="later.yml")
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = records(connection, "select entry_number, field_name, expected_value, corrected_on from run.correction")
    assert [(r["entry_number"], r["field_name"], r["expected_value"]) for r in rows] == [
        (1, "网络多媒体教室", 12),
        (2, None, 12),
    ]
    path.unlink()
    write(home, yaml_of(ENTRY | {"note": "x"}), name="bad.yml")
    with pytest.raises(CorrectionError, match=r"bad\.yml 第 1 条"):
        prepare(home, path, [])
    assert not list(home.warehouse.iterdir())


def judged(*changed: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of ``aud_correction``."""
    row = {
        **{"correction_file": "更正.yml", "entry_number": 1, "county_code": "990101", "school_year": 2025},
        **{"school_code": "2199010001", "school_name": "城关小学", "field": "multimedia_rooms", "field_name": "网络多媒体教室"},
        **{"expected_value": 12, "raw_value": 12, "corrected_value": 15, "state": "applied", "failure": None},
        **{"reason": "漏报三间", "document": "示教函〔2026〕3号", "corrected_by": "统计股", "corrected_on": "2026-01-15"},
    }
    return [tuple((row | change).values()) for change in changed]


FAILURES = {
    "other_value_found": ({"raw_value": 11}, "预期原值为 12，实为 11"),
    "already_correct": ({"raw_value": 15}, "原值已是 15"),
    "unknown_school": ({"raw_value": None, "school_name": None}, "2199010001 网络多媒体教室）有效数据里没有这所学校"),
    "unknown_field": ({"raw_value": None}, "普查没有这个项目"),
    "field_not_used": ({"raw_value": None}, "不参与计算"),
    "corrected_twice": ({}, "更正了不止一次"),
}


def audited(home: Home, tmp_path: Path, manifest: Path, rows: list[tuple[Any, ...]]) -> Any:
    write(home, yaml_of(ENTRY))
    build_db = make_build(home, tables=make_rows(Shape()) | {"aud_correction": rows})
    return audit(home, build_db, results(tmp_path / "r.json"), manifest)


def test_corrections_that_hold_are_green(home: Home, tmp_path: Path, manifest: Path) -> None:
    report = audited(home, tmp_path, manifest, judged({}))
    assert report.failures == []
    (check,) = [check for check in report.checks if check.check_id == "audit.corrections_hold"]
    assert (check.status, check.rows_checked) == ("pass", 1)


@pytest.mark.parametrize("failure", FAILURES)
def test_a_correction_that_does_not_hold_is_red(home: Home, tmp_path: Path, manifest: Path, failure: str) -> None:
    changed, expected = FAILURES[failure]
    report = audited(home, tmp_path, manifest, judged({"state": "failed", "failure": failure, **changed}))
    assert [check.check_id for check in report.checks if check.red] == ["audit.corrections_hold"]
    assert "更正.yml 第 1 条（990101 2025—2026学年" in report.failures[0]
    assert expected in report.failures[0]


def test_a_correction_that_the_build_has_lost_is_red(home: Home, tmp_path: Path, manifest: Path) -> None:
    report = audited(home, tmp_path, manifest, [])
    assert "没有得到处理" in report.failures[0]


def test_a_changed_reason_is_another_content(home: Home, tmp_path: Path, manifest: Path) -> None:
    def hashed(name: str, *changed: dict[str, Any]) -> str:
        tables = make_rows(Shape()) | {"aud_correction": judged(*changed)}
        return content_hash(write_marts(tmp_path / name, Shape(), tables), manifest).hash

    assert hashed("a.duckdb", {}) == hashed("b.duckdb", {})
    assert len({hashed("c.duckdb"), hashed("d.duckdb", {}), hashed("e.duckdb", {"reason": "另有原因"})}) == 3


def pages(tmp_path: Path, rows: list[tuple[Any, ...]], counties: tuple[tuple[str, str], ...]) -> dict[str, str]:
    shape = Shape(counties=counties)
    database = write_marts(tmp_path / "junheng.duckdb", shape, make_rows(shape) | {"aud_correction": rows})
    release = {
        "release_id": "r0001-0",
        "created_at": "2026-01-15T01:00:00+08:00",
        "tables": {name: {"is_restricted": False} for name in COLUMNS},
    }
    write_site(database, NIGHT, release, tmp_path / "site")
    return {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "site").glob("*.html")}


def test_the_page_lists_corrections_and_counts_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "MOST_CORRECTIONS", 1)
    rows = judged({"raw_value": None}, {"field_name": "图书册数", "field": "z"})
    html = pages(tmp_path, rows, (("990101", "示范县"),))["index.html"]
    assert "2 处数据已依文更正，原报数据保留：" in html
    assert "城关小学，2025—2026学年，网络多媒体教室：空 → 15（示教函〔2026〕3号，漏报三间）" in html
    assert "图书册数" not in html
    assert "其余 1 条未列出，全部见数据文件 aud_correction" in html


def test_without_corrections_the_page_does_not_speak_of_them(tmp_path: Path) -> None:
    assert "更正" not in pages(tmp_path, judged({"state": "failed"}), (("990101", "示范县"),))["index.html"]


def test_each_county_shows_its_own(tmp_path: Path) -> None:
    html = pages(tmp_path, judged({}), (("990101", "甲县"), ("990102", "乙县")))
    assert {name for name, text in html.items() if "依文更正" in text} == {"index.html", "990101.html"}


@pytest.mark.parametrize("text", CORPUS[:29])
def test_a_number_of_a_person_is_refused_wherever_it_stands_and_not_repeated(empty: Home, text: str) -> None:
    quoted = f'"{text}"'
    spoilt = [ENTRY | {name: quoted} for name in ENTRY] + [ENTRY | {quoted: "1"}]
    files = [yaml_of(entry) for entry in spoilt]
    files += [yaml_of(ENTRY) + f"  {quoted}: 1\n  {quoted}: 2\n", f"{quoted}: [", quoted]
    for content in files:
        write(empty, content)
        said = refusal(empty)
        assert not any(sign in said for sign in SIGNS)
    write(empty, "# 暂无\n")
    if "/" not in text:
        write(empty, yaml_of(ENTRY), name=f"更正{text}.yml")
        said = refusal(empty)
        assert not any(sign in said for sign in SIGNS)
