"""What a number of a person is, however it is spelled, and what is none; and that a text is read in one go."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from stdnum.cn import ric, uscc

from ingest.values import personal_numbers
from ingest.values.personal_numbers import bounded, personal_spans, without
from ingest.values.persons import holds_person, is_personal, masked


def card(number: int, day: str = "19800101") -> str:
    """An identity number of an area that does not exist."""
    first = f"990101{day}{number:03d}"
    return first + ric.calc_check_digit(first + "0")


CARD = card(1)
X_CARD = next(card(number) for number in range(100) if card(number)[-1] == "X")
WIDE = {ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789X@."}

SPELLINGS = {
    CARD: "***",
    X_CARD: "***",
    X_CARD.lower(): "***",
    CARD.translate(WIDE): "***",
    X_CARD.translate(WIDE): "***",
    f"{CARD[:6]} {CARD[6:14]} {CARD[14:]}": "***",
    f"{CARD[:6]}-{CARD[6:14]}-{CARD[14:]}": "***",
    f"{CARD[:6]}－{CARD[6:14]}－{CARD[14:]}": "***",
    f"{CARD[:6]}\u3000{CARD[6:14]}\u00a0{CARD[14:]}": "***",
    f"{X_CARD[:6]} {X_CARD[6:14]} {X_CARD[14:17]} X": "***",
    f"{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:16]} {CARD[16:]}": "***",
    f"{CARD[:6]}\u200b{CARD[6:]}": "***",
    " ".join(CARD): "***",
    f"12 {CARD[:6]} {CARD[6:14]} {CARD[14:]} 3": "12 *** 3",
    f"{CARD}{card(2)}": "***",
    f"{X_CARD}{CARD}": "***",
    f"{CARD}13800001111": "***",
    f"2199010001{CARD}": "***",
    f"张三{CARD}李四": "张三***李四",
    f"G{CARD}": "***",
    "990101800101001": "***",
    "990101 800101 001": "***",
    f"{CARD}.0": "***.0",
    "9.90101198001010E+17": "***",
    f"1.{CARD}": "1.***",
    "13800001111": "***",
    "138 0000 1111": "***",
    "138-0000-1111": "***",
    "138.0000.1111": "***",
    "138·0000·1111": "***",
    "138－0000－1111": "***",
    "138-000-01111": "***",
    "1380000 1111": "***",
    "１３８００００１１１１": "***",
    "8613800001111": "***",
    "+86 138 0000 1111": "***",
    "013800001111": "***",
    "1.13800001111 2.13900002222": "1.*** 2.***",
    "13800001111/13900002222": "***/***",
    "010-12345678": "***",
    "(010)12345678": "(***",
    "（0791）8888888": "（***",
    "0791 8888 8888": "***",
    "010.12345678": "***",
    "079188888888": "***",
    "+86-10-12345678": "***",
    "+44 20 7946 0958": "***",
    "(82) 99999-1234": "***",
    "电话8888888": "电话***",
    "a.b@c.cn": "***",
    "zhang＠qq．com": "***",
    "zhang @ 163.com": "***",
    "zhang@qq。com": "***",
    "张三@qq.com": "***",
    "E12345678": "***",
    "E 12345678": "***",
    "ea1234567": "***",
    "持G12345678出境": "持***出境",
    "PE1234567": "***",
    "护照号码：X 1234567": "护照号码：***",
    "passport no. AB123456": "passport no. ***",
    "H12345678": "***",
    "A123456(7)": "***",
    "123.456.789-09": "***",
    "QQ：123456789": "QQ：***",
    "6222021234567890123": "***",
    "4111 1111 1111 1111": "***",
}


def _unit_code(first: str) -> str:
    return first + uscc.calc_check_digit(first + "0")


OTHERS = [
    "2136010001",
    "学校标识码2136010001",
    "990101",
    "990101001000",
    _unit_code("12990101493000123"),
    _unit_code("12450421498989012"),
    _unit_code("52990101MJ0000123"),
    "12360000MB1234567A",
    "2025",
    "2025—2026学年",
    "电话2024-2025学年",
    "黑教督函〔2024〕8号",
    "赣府厅字〔2023〕15号 2023.06.30",
    "2020-361102-83-01-012345",
    "GB/T 2260-2007",
    "2024-03-01 12:30:45",
    "2025-09-01至2026-06-30",
    "8:30-11:30 14:00-16:30",
    "20260115010203",
    "20260115010203456",
    "2026011500000123",
    "E20240901",
    "13800元",
    "25000000.00",
    "1,380,000,111.25",
    "12345.67890123456789",
    "0.13800001111",
    "3.14159265358979312",
    "150 200 300 450 500",
    "12;15;18.5",
    "第1小学 300 20 15 1200",
    "CNPJ 12.345.678/0001-90",
    "27000001",
    "57000-000",
    "1764460800000",
    "mmexport1764460800000.jpg",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "0f3a9c1d2b4e5f60",
    "550e8400-e29b-41d4-a716-446655440000",
    "G15、Q9、L7",
    "三年级@二班",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_number_of_a_person_is_found_however_it_is_spelled(text: str) -> None:
    assert masked(text) == SPELLINGS[text]
    assert holds_person(text)
    assert masked(f"附记：{text}。") == f"附记：{SPELLINGS[text]}。"
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_no_persons_stays(text: str) -> None:
    assert masked(text) == text
    assert not holds_person(f"附记：{text}。")


def test_no_school_or_area_in_the_code_table_looks_like_a_person() -> None:
    codes = [f"{kind}{area:06d}{number:03d}" for kind in (1, 2, 3) for area in (110101, 360429, 990101) for number in range(1000)]
    assert [code for code in codes if holds_person(code)] == []


HEADERS = [
    "student_name",
    "Student Name",
    "studentName",
    "STUDENT-NAME",
    "CPF",
    "cpf do aluno",
    "Data de Nascimento",
    "Teléfono",
    "校長",
    "聯絡電話",
    "身分證字號",
    "e-mail",
    "E‑Mail",
    "Ｅ－ｍａｉｌ",
    "passport no.",
    "家长手机",
    f"备注{CARD}",
    "13800001111",
]


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_announces_facts_about_persons_in_any_language(header: str) -> None:
    assert is_personal(header)


@pytest.mark.parametrize(
    "header",
    ["school_name", "county name", "hotel", "total", "班级名称", "town", "排序", "CNPJ", "组织机构代码", "margem", "附记"],
)
def test_other_headers_do_not(header: str) -> None:
    assert not is_personal(header)


def test_a_column_whose_header_holds_a_number_is_not_kept(desk) -> None:
    header = [*desk.header, f"附记{CARD}", "13800001111", "CPF", "附记"]
    result = desk.deliver(desk.csv([header, [*desk.school, "甲", "乙", "丙", "丁"]]))
    assert not result.refused, result.reason
    mark = "（个人信息，未保存）"
    assert result.unknown_columns == [f"附记***{mark}", f"***{mark}", f"CPF{mark}", "附记"]
    (row,) = desk.bronze(result)
    assert json.loads(row["_extra"]) == {"附记": "丁"}


def test_what_is_filled_in_behind_an_unknown_header_is_not_kept(desk) -> None:
    header = [*desk.header, "附记：张三丰填", "附记：李四填"]
    (row,) = desk.bronze(desk.deliver(desk.csv([header, [*desk.school, "甲", "乙"]])))
    assert json.loads(row["_extra"]) == {"附记": "甲", "附记_I列": "乙"}


@pytest.mark.parametrize("size", [1, 100])
def test_a_code_that_holds_a_number_of_a_person_is_set_aside_without_it(desk, rules_of, size: int) -> None:
    header = ["区划代码", "学年", "指标代码", "项目代码", "学校标识码", "数值", "单位"]
    rows = [["990101", "2025", "G6", "G6.quota", f"219901{number:04d}", "10", "人"] for number in range(size)]
    rows.append(["990101", "2025", "G6", "G6.quota", f"张三丰{CARD}", "10", "人"])
    rows.append(["990101", "2025", "G6", "G6.quota", CARD, "10", "人"])
    result = desk.deliver(desk.csv([header, *rows]))
    assert rules_of(result) == {"number_of_person"}
    assert len(desk.bronze(result)) == size
    said = json.dumps(result.to_dict(), ensure_ascii=False) + str(desk.quarantine(result)) + str(desk.bronze(result))
    assert CARD not in said
    assert "张三丰" not in said


PERSONS = [CARD, "990101800101001", f"{CARD}.0", float(CARD), "138 0000 1111", "138 0000 1111 "]
AMOUNTS = ["1000000.5", "99999999999999", "13800001111", 13800001111.0, "13,800,001,111", "１３８００００１１１１"]


@pytest.mark.parametrize("value", [*PERSONS, *AMOUNTS])
def test_a_number_of_a_person_is_no_amount_unless_it_may_be_one(desk, rules_of, value: object) -> None:
    header = ["区划代码", "学年", "指标代码", "项目代码", "数值", "单位"]
    rows = [["990101", "2025", "G12", "G12.teachers", "10", "人"], ["990101", "2025", "G7", "G7.funds", value, "元"]]
    result = desk.deliver(desk.xlsx({"表": [header, *rows]}), name="项目.xlsx")
    if value in AMOUNTS:
        assert rules_of(result) == set()
        return
    assert rules_of(result) == {"number_of_person"}
    said = json.dumps(result.to_dict(), ensure_ascii=False) + str(desk.quarantine(result))
    assert "990101198" not in said
    assert "990101800" not in said
    assert "1111" not in said


HOSTILE = {
    "letters": "a",
    "letters before a sign": "a@",
    "signs": "@",
    "dots": "a.",
    "digits": "1",
    "groups": "1 ",
    "area codes": "0791 ",
    "cards almost": "990101 1980010 ",
    "telephones almost": "138-0000-11x",
    "labels": "护照",
    "labels and signs": "电话:",
    "plus signs": "+1 ",
    "brackets": "(82) ",
    "full width": "１",
    "decimals": "1.",
}


def _steps(text: str) -> int:
    """Lines of the module that reading a text runs."""
    count = 0
    file = personal_numbers.__file__

    def trace(frame: Any, event: str, _: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace if frame.f_code.co_filename == file else None

    personal_spans("13800001111")
    sys.settrace(trace)
    try:
        personal_spans(text)
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_steps_grow_with_the_text_and_no_faster(piece: str) -> None:
    once, twice = (_steps(piece * size) for size in (1000, 2000))
    assert twice < 2.05 * once + 50


def _repeats(tree: Any) -> Iterator[tuple[str, Any]]:
    for name, value in tree:
        if str(name) in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            yield str(name), value[1]
            yield from _repeats(value[2])
        elif str(name) == "BRANCH":
            for branch in value[1]:
                yield from _repeats(branch)
        elif str(name) == "SUBPATTERN":
            yield from _repeats(value[3])
        elif str(name) in ("ASSERT", "ASSERT_NOT"):
            yield from _repeats(value[1])
        elif str(name) == "ATOMIC_GROUP":
            yield from _repeats(value)


def _expressions() -> list[re.Pattern[str]]:
    formats = personal_numbers._formats()
    own = [value for value in vars(personal_numbers).values() if isinstance(value, re.Pattern)]
    return [*own, formats.formats, *(pattern for _, pattern in formats.labelled)]


def test_no_expression_tries_any_number_of_characters_from_every_place() -> None:
    """Without a bound a repeat must take what it matches for good; from each place of a text it would be read to its end."""
    parser = re._parser  # type: ignore[attr-defined]
    found = [
        (expression.pattern, repeat) for expression in _expressions() for repeat in _repeats(parser.parse(expression.pattern))
    ]
    assert len(found) > 20
    unbounded = [(pattern, name) for pattern, (name, most) in found if most == parser.MAXREPEAT]
    assert {name for _, name in unbounded} == {"POSSESSIVE_REPEAT"}


@pytest.mark.parametrize("pattern", ["[0-9]+", "a*", "a{3,}", r"\+a+"])
def test_an_expression_without_bounds_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="how many"):
        bounded(pattern)
    assert bounded(r"\+[0-9]{1,3}") == r"\+[0-9]{1,3}"


def test_a_long_text_is_masked_to_its_end() -> None:
    text = f"{'a' * 100_000}{CARD}{'b' * 100_000}@"
    assert without(text, "***") == text.replace(CARD, "***")
