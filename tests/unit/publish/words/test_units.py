from __future__ import annotations

from pathlib import Path

import pytest

from junheng.core.home import Home
from junheng.core.settings import ISSUES
from publish.issues.issue_books import books
from publish.issues.officials import Officials
from publish.words.seeds import read_seed
from publish.words.units import SCHEMA, UnitListUnusable, UnitNames, alias_table


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def write(home: Home, *rows: str, head: str = "区划代码,写法,单位", encoding: str = "utf-8-sig") -> Home:
    home.units.write_text("\n".join([head, *rows]), encoding=encoding)
    return home


def test_without_a_list_the_seed_speaks(home: Home) -> None:
    names = UnitNames(home)
    assert [names.name("990101", unit) for unit in ("县财政局", "财政局", "乡政府")] == ["财政局", "财政局", "乡政府"]
    assert alias_table(home).equals(SCHEMA.empty_table())


def test_a_bureau_of_a_district_is_known_like_that_of_a_county() -> None:
    names = {row["written"]: row["unit_zh"] for row in read_seed(ISSUES / "issue_unit_aliases.csv")}
    of_counties = {written: unit for written, unit in names.items() if written[0] in "县区" and unit[0] not in "县区"}
    assert len(of_counties) > 40
    missing = {other for written in of_counties if (other := {"县": "区", "区": "县"}[written[0]] + written[1:]) not in names}
    assert missing == set()
    assert [unit for unit in set(names.values()) if unit in names] == []  # a name is no spelling of another one


def test_a_unit_has_one_workbook_however_it_is_asked_for(home: Home) -> None:
    issue = {"county_code": "990101", "county_name": "示范县", "is_open": True}
    issues = [
        issue | {"issue_id": "1", "lead_unit": "财政局", "cooperating_units": "人力资源和社会保障局;财政局"},
        issue | {"issue_id": "2", "lead_unit": "教育局", "cooperating_units": None},
    ]
    every = books(issues, None, UnitNames(home))
    assert [book.unit for book in every] == [None, "人力资源和社会保障局", "教育局", "财政局"]
    for written in ("财政局", "县财政局", "区财政局"):
        (book,) = books(issues, written, UnitNames(home))
        assert (book.unit, [row["issue_id"] for row in book.issues]) == ("财政局", ["1"])


def test_a_county_renames_what_the_seed_knows(home: Home) -> None:
    names = UnitNames(write(home, "990101,财政局,财政和国资局", "990101,镇府,镇政府"))
    assert {names.name("990101", unit) for unit in ("县财政局", "财政局")} == {"财政和国资局"}
    assert names.name("990101", "镇府") == "镇政府"
    assert names.name("990102", "县财政局") == "财政局"


def test_the_register_may_write_a_unit_otherwise(home: Home) -> None:
    home.duty_register.parent.mkdir(parents=True, exist_ok=True)
    home.duty_register.write_text("区划代码,单位,岗位,姓名\n990101,县财政局,负责人,甲\n", encoding="utf-8")
    home.duty_register.chmod(0o600)
    assert Officials(home).of_unit("990101", "乡政府;财政局", "负责人") == "甲"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["990101,,财政局"], "第 2 行：区划代码、写法、单位都要填写"),
        (["990101,财政,财政局", "990101,财政,国资局"], "第 3 行：写法“财政”对应了两个单位"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(home: Home, rows: list[str], told: str) -> None:
    with pytest.raises(UnitListUnusable, match=told):
        alias_table(write(home, *rows))


def test_a_list_of_another_shape_or_encoding_is_named(home: Home) -> None:
    with pytest.raises(UnitListUnusable, match="缺少列 写法、单位"):
        alias_table(write(home, head="区划代码,名称"))
    with pytest.raises(UnitListUnusable, match="UTF-8"):
        alias_table(write(home, "990101,财政,财政局", encoding="gb18030"))
