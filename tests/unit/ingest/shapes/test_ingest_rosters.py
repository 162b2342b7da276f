"""Rosters of teachers and the registry of pupils: what of a person is kept, what is refused, and that nothing else is written."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import hmac
import json
import re

import pytest

from ingest.schema.source import load_source
from ingest.values.cells import BadCell, typed
from ingest.values.persons import holds_person
from junheng.core.settings import CODES, SAMPLE_PERSON_KEY

CARD = "990101198001010011"
OTHER_CARD = "99010119810203002X"
NAME, PHONE = "欧阳不存在", "13800001111"
KEY = "a key of this test only"


def columns(line: str) -> list[str]:
    """Headers written as one line."""
    return line.split(",")


MAIN = columns(
    "学校名称,*姓名,曾用名,性别,教职工号,国籍/地区,身份证件类型,*身份证件号\t,出生日期(yyyy-MM-dd),籍"
    "贯,民族,进本校年月,教职工来源,教职工类别,是否在编,是否参加基层服务项目\t,是否是县级及以上骨干教师,人员状态,备注"
)
SHORT = ["序号", "学校名称", "姓名", "身份证号码", "人员类型", "少数民族", "政治面貌", "最高学历", "职称", "学段", "科目"]


def pseudonym(number: str, key: str = SAMPLE_PERSON_KEY) -> str:
    return hmac.new(key.encode(), number.encode(), hashlib.sha256).hexdigest()[:16]


def main_row(card: object = CARD, **changes: object) -> list[object]:
    row = dict.fromkeys(MAIN, "") | {
        "学校名称": "示范中心小学", "*姓名": NAME, "曾用名": NAME, "教职工号": PHONE, "*身份证件号\t": card, "籍贯": NAME,
        "出生日期(yyyy-MM-dd)": "1980-01-01", "进本校年月": "2010-09", "教职工类别": "专任教师", "是否在编": "是",
        "是否是县级及以上骨干教师": "否", "人员状态": "在职", "备注": f"{NAME}{PHONE}",
    }  # fmt: skip
    return list((row | changes).values())


def short_row(card: object = CARD, **changes: object) -> list[object]:
    row = dict(
        zip(SHORT, ["1", "示范中心小学", NAME, card, "专任教师", "否", "群众", "本科", "一级教师", "小学", "体育"], strict=True)
    )
    return list((row | changes).values())


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUNHENG_PERSON_KEY", raising=False)


def test_the_main_table_of_the_teacher_system(desk) -> None:
    result = desk.deliver(desk.csv([MAIN, main_row(), main_row(OTHER_CARD.lower(), 进本校年月=dt.date(2012, 8, 1))]))
    assert (result.contract, result.refused, result.rows_parsed) == ("teacher_roster.system", False, 2)
    first, second = desk.bronze(result)
    assert (first["county_code"], first["school_year"], first["school_name"]) == ("990101", 2025, "示范中心小学")
    assert (first["person"], second["person"]) == (pseudonym(CARD), pseudonym(OTHER_CARD))
    assert (first["category"], first["status"], first["employed"], first["is_backbone"]) == ("full_time", "active", 1, 0)
    assert (first["joined"], second["joined"]) == (201009, 201208)
    assert "*姓名（个人信息，未保存）" in result.unknown_columns
    assert first["_extra"] is None


def test_a_pseudonym_that_looks_like_a_number_of_a_person_is_none(desk) -> None:
    cards = [f"990101{year}0101001{sign}" for year in range(1950, 2000) for sign in "0123456789X"]
    rows = [main_row(card) for card in cards]
    result = desk.deliver(desk.csv([MAIN, *rows]))
    assert any(holds_person(pseudonym(card)) for card in cards)
    assert [row["person"] for row in desk.bronze(result)] == list(map(pseudonym, cards))
    assert result.faults == []


def test_the_short_roster_in_a_workbook(desk) -> None:
    rows = [short_row(), short_row(OTHER_CARD, 科目="语文", 学段="初中", 最高学历="硕士研究生", 人员类型="工勤人员")]
    result = desk.deliver(desk.xlsx({"花名册": [["2025年教师花名册"], SHORT, *rows]}))
    assert (result.contract, result.refused, result.covers) == ("teacher_roster.short", False, "school")
    names = ("category", "stage", "subject", "subject_name", "degree", "title")
    assert [[row[name] for name in names] for row in desk.bronze(result)] == [
        ["full_time", "primary", "pe_art", "pe", "bachelor", "middle"],
        ["worker", "junior", "other", "chinese", "master", "middle"],
    ]


def test_a_home_made_roster_calls_the_school_what_it_likes(desk) -> None:
    for written in ("单位名称", "所在学校", "学校", "学校（机构）名称"):
        header = [written if name == "学校名称" else name for name in SHORT]
        (row,) = desk.bronze(desk.deliver(desk.csv([header, short_row()])))
        assert row["school_name"] == "示范中心小学", written


@pytest.mark.parametrize(
    ("contract", "header", "cells", "expected"),
    [
        ("teacher_education.system", "身份证件号,入学年月,毕业年月,学历,最高学历标识", "201.,200607,2003.9,本科,是",
         {"degree": "bachelor", "is_highest": 1, "graduated": 200309}),
        ("teacher_certificate.system", "身份证件号,资格证种类,认证学段,教师资格证号码,证书颁发日期",
         ",,小学,20209901,2005年7月1日", {"stage": "primary", "issued": 200507}),
        ("teacher_training.system", "身份证件号,培训项目名称,培训年度,培训获得学时", ",,2024,72.5",
         {"training_year": 202400, "hours": "72.5000"}),
        ("teacher_training.hours", "身份证件号,培训开始时间,培训结束时间,教师培训学时", ",,2024/7/9,90",
         {"ended": 202407, "hours": "90.0000"}),
        ("teacher_backbone.system", "身份证件号,骨干教师类型,骨干教师级别,骨干称号名称", ",,市级,", {"level": "prefecture"}),
        ("teacher_exchange.system", "身份证件号,交流轮岗类型,开始年月,结束年月,交流轮岗单位名称", ",1,202509,至今,",
         {"kind": "exchange", "started": 202509, "ended": None}),
        ("teacher_exchange.system", "身份证件号,交流轮岗类型,开始年月,结束年月", ",0,,", {"kind": "none", "started": None}),
        ("teacher_teaching.system", "身份证件号,学期,任教学段,任教科目", ",,初中,音乐",
         {"stage": "junior", "subject": "pe_art", "subject_name": "music"}),
    ],
)  # fmt: skip
def test_child_tables(desk, contract: str, header: str, cells: str, expected: dict[str, object]) -> None:
    row = [CARD, *cells.split(",")[1:]]
    result = desk.deliver(desk.csv([["姓名", *header.split(",")], [NAME, *row]]))
    assert (result.contract, result.refused) == (contract, False)
    (found,) = desk.bronze(result)
    assert found["person"] == pseudonym(CARD)
    assert {name: str(found[name]) if name == "hours" else found[name] for name in expected} == expected


FULL_PUPIL = columns(
    "学校标识码,姓名,性别,出生日期,身份证件类型,身份证件号,户口所在地,班级,入学年月,入学方式,就读方式"
    ",现住址,联系电话,是否留守儿童,学籍辅号,随班就读,成员1姓名,成员1联系电话,是否进城务工人员随迁子女"
)
TOWN = columns(
    "所在镇乡（街道）,学段,学校名称,年级,班级,班内编号,学生姓名,性别,民族,学籍主号,"
    "户籍省县,父亲姓名,母亲姓名,是否为随迁子女或留守儿童,是否随班就读,是否为住宿生,备注"
)


def test_the_registry_and_both_rosters_of_pupils(desk) -> None:
    full = dict.fromkeys(FULL_PUPIL, NAME) | {
        "学校标识码": "2199010001", "身份证件号": CARD, "班级": "三年级2班", "入学年月": "202309", "就读方式": "2",
        "是否留守儿童": "2", "随班就读": "否", "是否进城务工人员随迁子女": "是",
    }  # fmt: skip
    result = desk.deliver(desk.csv([FULL_PUPIL, list(full.values())]))
    assert (result.contract, result.refused) == ("pupil_registry.system", False)
    (row,) = desk.bronze(result)
    kept = ("school_code", "class_name", "entered", "boarding", "left_behind", "in_regular_class", "migrant")
    assert [row[name] for name in kept] == ["2199010001", "三年级2班", 202309, "boarding", "both_parents", 0, 1]

    town = dict.fromkeys(TOWN, NAME) | {
        "学段": "小学", "学校名称": "示范中心小学", "年级": "三年级", "班级": "2", "学籍主号": f"G{CARD}",
        "是否为随迁子女或留守儿童": "留守儿童", "是否随班就读": "否", "是否为住宿生": "1",
    }  # fmt: skip
    result = desk.deliver(desk.csv([TOWN, list(town.values())]))
    assert (result.contract, result.refused) == ("pupil_registry.town", False)
    (row,) = desk.bronze(result)
    assert row["person"] == pseudonym(f"G{CARD}")
    assert (row["grade"], row["migrant_or_left_behind"], row["boarding"]) == ("3", "left_behind", "boarding")

    header = ["序号", "学校名称", "姓名", "身份证号码", "少数民族", "学段", "年级", "寄宿生", "农村留守儿童"]
    result = desk.deliver(desk.csv([header, ["1", "示范中心小学", NAME, CARD, "否", "小学", "四年级", "否", "是"]]))
    assert (result.contract, result.refused) == ("pupil_registry.short", False)
    (row,) = desk.bronze(result)
    assert (row["grade"], row["boarding"], row["left_behind"]) == ("4", "day", "some")


def test_a_home_made_roster_of_pupils_may_say_more(desk) -> None:
    header = ["学校", "姓名", "身份证号", "学段", "年级", "寄宿生", "留守儿童", "随迁子女", "随班就读"]
    result = desk.deliver(desk.csv([header, ["示范中心小学", NAME, CARD, "小学", "四年级", "否", "否", "是", "否"]]))
    (row,) = desk.bronze(result)
    assert (row["school_name"], row["migrant"], row["in_regular_class"]) == ("示范中心小学", 1, 0)


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        (990101198001010000.0, "person_as_number"),
        ("9.90101E+17", "person_as_number"),
        ("990101198001010000", "person_as_number"),
        ("990101198001010011.0", "person_as_number"),
        (NAME, "not_a_person"),
        (PHONE, "not_a_person"),
        ("111111111111111111", "not_a_person"),
        ("", "required_empty"),
    ],
)
def test_a_number_that_is_nobodys_is_set_aside_and_not_repaired(desk, rules_of, written: object, rule: str) -> None:
    result = desk.deliver(desk.xlsx({"花名册": [SHORT, short_row(written), short_row(OTHER_CARD)]}))
    assert (result.refused, rules_of(result), result.rows_parsed) == (False, {rule}, 1)
    (row,) = desk.quarantine(result)
    assert row["person"] is None
    assert str(written) not in json.dumps(result.to_dict(), ensure_ascii=False) or not written


@pytest.mark.parametrize(
    "written",
    [f"'{CARD}", f" {CARD} ", "９９０１０１１９８００１０１００１１", f'="{CARD}"', f"{CARD[:6]} {CARD[6:]}", f"’{CARD}"],
)
def test_one_person_however_written(written: str) -> None:
    assert typed(written, "person") == CARD


def test_a_pupil_number_keeps_its_letter() -> None:
    assert typed(" g" + OTHER_CARD.lower(), "person") == "G" + OTHER_CARD


@pytest.mark.parametrize(
    ("written", "month"),
    [("2024-05-07", 202405), ("2024年5月7日", 202405), ("2024年5月", 202405), ("202405", 202405), ("20240507", 202405),
     ("2024.5", 202405), ("2024.10", 202410), ("2024/5/7", 202405), (dt.datetime(2024, 5, 7), 202405), (45419, 202405),
     (45419.0, 202405), ("45419", 202405), ("2024", 202400), ("2024年度", 202400), (2024, 202400),
     ("2024-05-07 00:00:00", 202405), ("至今", None), ("", None)],
)  # fmt: skip
def test_months(written: object, month: int | None) -> None:
    assert typed(written, "month") == month


@pytest.mark.parametrize("written", ["2024-13", "202400", "上个月", 2024.1, "2024.13", True])
def test_no_months(written: object) -> None:
    with pytest.raises(BadCell, match="not_a_month"):
        typed(written, "month")


def test_the_key_of_the_house_is_used(desk, monkeypatch) -> None:
    monkeypatch.setenv("JUNHENG_PERSON_KEY", KEY)
    result = desk.deliver(desk.csv([SHORT, short_row()]), area="110101")
    assert not result.refused
    assert desk.bronze(result)[0]["person"] == pseudonym(CARD, KEY) != pseudonym(CARD)


@pytest.mark.parametrize("area", ["110101", "991234"])
def test_without_a_key_only_nobody_is_read(desk, rules_of, area: str) -> None:
    result = desk.deliver(desk.csv([SHORT, short_row()]), area=area)
    assert (result.refused, rules_of(result)) == (True, {"person_key_missing"})
    assert "JUNHENG_PERSON_KEY" in result.reason
    assert not list(desk.home.bronze.rglob("*.parquet"))


def test_one_row_of_a_real_county_needs_the_key(desk, rules_of) -> None:
    rows = [["区划代码", *SHORT], ["990101", *short_row()], ["110101", *short_row(OTHER_CARD)]]
    assert rules_of(desk.deliver(desk.csv(rows))) == {"person_key_missing"}


def test_a_short_key_is_refused(desk, rules_of, monkeypatch) -> None:
    monkeypatch.setenv("JUNHENG_PERSON_KEY", "0123456789abcde")
    result = desk.deliver(desk.csv([SHORT, short_row()]))
    assert (result.refused, rules_of(result)) == (True, {"person_key_short"})


def test_a_folder_of_a_whole_city_does_not_say_the_county(desk, rules_of) -> None:
    result = desk.deliver(desk.csv([SHORT, short_row()]), area="990100")
    assert (result.refused, rules_of(result)) == (True, {"required_empty"})


def test_subjects_that_differ_are_unknown(desk) -> None:
    rows = [short_row(科目="体育、语文"), short_row(OTHER_CARD, 科目="音乐、美术")]
    found = desk.bronze(desk.deliver(desk.csv([SHORT, *rows])))
    assert [(row["subject"], row["subject_name"]) for row in found] == [(None, None), ("pe_art", None)]


def test_a_bad_cell_that_is_read_twice_is_told_once(desk) -> None:
    result = desk.deliver(desk.xlsx({"花名册": [SHORT, short_row(科目=float("nan"))]}))
    assert [(fault.row, fault.column) for fault in result.faults] == [(2, "科目")]


@pytest.mark.parametrize("source", ["teacher_roster", "teacher_teaching"])
def test_courses_by_name_are_the_groups_that_the_indicator_counts(source: str) -> None:
    """However a course of physical education or arts is written, both fields know it; so are the subjects of the seed."""
    groups, names = (dict(load_source(source).field(name).choices) for name in ("subject", "subject_name"))
    for group, found in {"pe_art": {"pe", "art", "music", "fine_art"}, "none": {"none"}}.items():
        assert {way for name in found for way in names[name]} == set(groups[group])
    with open(CODES / "subjects.csv", encoding="utf-8", newline="") as handle:
        assert {row["subject"] for row in csv.DictReader(handle)} == set(names)


@pytest.mark.parametrize("column", range(len(SHORT)))
@pytest.mark.parametrize("secret", [NAME, PHONE, CARD, OTHER_CARD, "990101 19800101 0011", 990101198001010000.0])
def test_whatever_is_misplaced_nothing_of_a_person_is_written(desk, column: int, secret: object) -> None:
    """A person's facts in every column of a row, in a good row and a bad one: the archive alone holds them."""
    rows = [short_row(), short_row(OTHER_CARD, 学段="不详")]
    for row in rows:
        row[column] = secret
    shifted = short_row()[1:]
    header = [*SHORT[:3], f"联系电话：{PHONE}", *SHORT[3:], "手机", "附记"]
    full = [[*row[:3], PHONE, *row[3:], PHONE, f"{NAME}{CARD}"] for row in [*rows, shifted]]
    result = desk.deliver(desk.xlsx({"花名册": [header, *full, [f"填表人：{NAME}{PHONE}"]]}))
    said = json.dumps(result.to_dict(), ensure_ascii=False)
    said += json.dumps([*desk.bronze(result), *desk.quarantine(result)], ensure_ascii=False, default=str)
    assert result.source == "teacher_roster"
    for part in (NAME, "不存在", PHONE, CARD, OTHER_CARD, "990101198", "99010119"):
        assert part not in re.sub(r"\s", "", said), said


def test_files_hold_nothing_of_a_person(desk) -> None:
    """Every byte that a delivery leaves in the home, the archive of originals apart."""
    good, bad = short_row(), short_row(OTHER_CARD, 学段=NAME)
    desk.deliver(desk.csv([[*SHORT, "备注"], [*good, f"{NAME}{PHONE}"], [*bad, f"{NAME}{PHONE}"]]))
    files = [path for path in desk.home.path.rglob("*") if path.is_file() and desk.home.archive not in path.parents]
    assert {path.relative_to(desk.home.path).parts[0] for path in files} >= {"bronze", "quarantine"}
    for path in files:
        content = path.read_bytes()
        for secret in (NAME, PHONE, CARD, OTHER_CARD, CARD[:15]):
            assert secret.encode() not in content, path
