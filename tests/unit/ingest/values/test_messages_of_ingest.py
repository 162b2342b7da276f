"""What a clerk reads of a file: its cells as they are, persons aside, and reasons in Chinese without a word of the machinery."""

from __future__ import annotations

import ast
import builtins
import json
import random
import re
import zipfile
import zlib
from typing import Any

import pytest

from ingest.schema.source import Field, load_source
from ingest.values.causes import cause
from ingest.values.faults import rules
from ingest.values.names import without_names
from ingest.values.quotes import file_label, quotable, quotable_beside_persons
from junheng.core.settings import PROJECT_ROOT
from tests.unit.ingest.made import FOLDER, World, census, packed

INGEST = PROJECT_ROOT / "ingest"
_MACHINERY = re.compile(
    r"[A-Za-z]*(?:Error|Exception|Warning)\b|[A-Z][a-z0-9]+[A-Z]\w*|Errno|[a-z]{2,}(?: [a-z]{2,}){2,}|\bNone\b"
)
"""Names of classes, English sentences."""


def field(source: str, name: str) -> Field:
    return load_source(source).field(name)


COUNT, YEAR, FLAG = (field("school_census", name) for name in ("pupils_primary", "school_year", "is_boarding"))
KIND, CODE = (field("school_census", name) for name in ("school_kind_code", "school_code"))


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("约300", COUNT), ("300平方米", COUNT), ("12万元", COUNT), ("未统计", COUNT), ("见附件", COUNT), ("三百二十", COUNT),
        ("not known", COUNT), ("2.19E+09", CODE), ("#DIV/0!", COUNT),
        ("二〇二五学年", YEAR), ("2025-26", YEAR), ("是的", FLAG), ("有", FLAG), ("√√", FLAG), ("寄宿制学校", FLAG),
        ("高中部", KIND), ("完全小学", KIND), ("高村小学", CODE), ("方家村小学", CODE), ("2199010001.0", CODE),
    ],
)  # fmt: skip
def test_a_cell_is_said_as_it_is(text: str, entry: Field) -> None:
    assert quotable(text, entry) == text


@pytest.mark.parametrize(
    "text",
    [
        "张三丰", "张 三", "欧阳慧敏", "校长张三丰", "张校长", "赵钱 孙李", "慕容砚", "迪丽热巴·买买提", "Wang Xiaoming",
        "JOAO DA SILVA", "電話 13800001111 张三",
    ],
)  # fmt: skip
def test_a_person_is_not(text: str) -> None:
    for entry in (COUNT, YEAR, FLAG, KIND, CODE):
        shown = quotable(text, entry)
        assert "***" in shown
        assert not any(part in shown for part in re.findall(r"\w{2,}", text) if part != "電話")


def test_words_of_sources_and_lists_are_no_names() -> None:
    for name in ("school_census", "county_items", "teacher_roster", "pupil_registry"):
        for entry in load_source(name).fields:
            for word in (entry.zh, *entry.aliases, *(way for _, ways in entry.choices for way in ways)):
                assert without_names(word, "***") == word


def test_a_row_about_a_person_says_what_is_like_its_column() -> None:
    said = {name: field("teacher_roster", name) for name in (f.name for f in load_source("teacher_roster").fields)}
    choice = next(entry for entry in said.values() if any("本科" in way for _, ways in entry.choices for way in ways))
    person = next(entry for entry in said.values() if entry.type == "person")
    assert quotable_beside_persons("大学本科生", choice) == "大学本科生"
    assert quotable_beside_persons("扎西顿珠", choice) == "***"
    assert quotable_beside_persons("2O24-05", choice) == "2O24-05"
    assert quotable_beside_persons("1234", person) == "***"


def test_numbers_in_the_name_of_a_file_have_a_tag_each() -> None:
    names = [f"990101/2025/报表 138000011{n:02d}.csv" for n in range(20)]
    labels = [file_label(name) for name in names]
    assert len(set(labels)) == len(names)
    assert [file_label(name) for name in names] == labels
    assert all(re.fullmatch(r"990101/2025/报表 \*\*\*[0-9a-f]{4}\.csv", label) for label in labels)
    for plain in ("990101/2025/2025-2026学年普查 第3稿.csv", "990101/2025/20260301123456789.csv", "990101/2025/12310021.csv"):
        assert file_label(plain) == plain


def test_folders_and_name_are_no_number_together() -> None:
    for number in range(1, 400):
        path = f"990101/2025/0301{number:04d}.csv"
        assert file_label(path) == path


def test_two_files_with_numbers_in_their_names_stay_apart(world: World) -> None:
    for number in (1, 2):
        world.put(f"{FOLDER}/1380000111{number}.csv", census(f"约{number}"))
        world.put(f"{FOLDER}/1380000222{number}.zip", packed({}))
    found = world.night()
    assert len(found) == 4
    assert not re.search(r"1380000", json.dumps(found, ensure_ascii=False))


def _kinds(desk: Any) -> dict[str, bytes]:
    table = [desk.header, desk.school_row()]
    lines = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in table]
    return {
        "报表.csv": desk.csv(table * 3).encode(),
        "报表.xlsx": desk.xlsx({"普查": table}),
        "报表.zip": packed({"a.csv": census(), "b.xlsx": desk.xlsx({"普查": table})}),
        "报表.html": f"<html><table>{''.join(lines)}</table></html>".encode(),
        "报表.xml": b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>',
        "报表.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "报表.7z": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(60),
        "报表.dbf": b"\x03\x7e\x01\x01\x02\x00\x00\x00\x41\x00\x0b\x00" + bytes(80),
    }  # fmt: skip


def _broken(data: bytes, chance: random.Random) -> bytes:
    raw = bytearray(data)
    match chance.randrange(4):
        case 0:
            return bytes(raw[: chance.randrange(1, len(raw))])
        case 1:
            start = chance.randrange(len(raw))
            del raw[start : start + chance.randrange(1, 40)]
        case 2:
            start = chance.randrange(len(raw))
            raw[start : start + 8] = chance.randbytes(8)
        case _:
            for _ in range(chance.randrange(1, 30)):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
    return bytes(raw)


def test_no_damage_makes_a_reason_speak_of_the_machinery(desk: Any) -> None:
    chance = random.Random(11)
    refused = 0
    for name, data in _kinds(desk).items():
        for _ in range(25):
            result = desk.deliver(_broken(data, chance), name=name)
            refused += result.refused
            said = [result.reason, result.fix, *(fault.guidance for fault in result.faults)]
            for text in said:
                bare = re.sub(r"“[^”]*”", "", text)
                assert not _MACHINERY.search(bare), text
                assert not text or re.search(r"[\u4e00-\u9fff]", text), text
    assert refused > 100


def test_an_error_nobody_expected_is_a_sentence(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("could not convert 张三丰")

    monkeypatch.setattr("ingest.landing.parse.match_text", fail)
    result = desk.deliver(census())
    assert result.reason == "读取文件时出错（内容不合格式）。"


def test_every_error_has_a_cause_in_chinese() -> None:
    known = [error for error in vars(builtins).values() if isinstance(error, type) and issubclass(error, Exception)]
    for kind in [*known, zipfile.BadZipFile, zlib.error]:
        error = kind("x", [ValueError()]) if kind is ExceptionGroup else kind.__new__(kind)
        assert re.fullmatch(r"[\u4e00-\u9fff，XML ]+", cause(error)), kind
    assert cause(PermissionError(13, "Permission denied")) == "没有读取权限"
    assert cause(OSError(5, "Input/output error")) == "磁盘读取出错"


def test_every_rule_is_said_in_chinese() -> None:
    for rule in rules().values():
        for text in (rule.what, rule.fix):
            assert not _MACHINERY.search(re.sub(r"\{\w+\}", "", text).replace("JUNHENG_PERSON_KEY", "")), text


def test_what_a_code_looks_like_is_said_in_words(desk: Any) -> None:
    result = desk.deliver(desk.csv([desk.header, desk.school_row(学校标识码="219901000")]))
    assert "“219901000”不符合学校标识码的格式（10位数字）。" in result.reason


PATTERNS = {
    "shapes/forms/labels.py",
    "shapes/forms/statements.py",
    "shapes/header.py",
    "shapes/stated.py",
    "shapes/typer.py",
    "values/cells.py",
    "values/errors.py",
    "values/personal_numbers.py",
}
"""Modules with patterns of numbering, years and numbers; words and sentences stand in YAML beside the modules that read them."""


def chinese(source: str) -> list[str]:
    """Texts in Chinese of a module, but for its docstrings."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docs]
    return [text for text in texts if isinstance(text, str) and re.search("[\u4e00-\u9fff]", text)]


def test_words_for_people_stand_beside_the_code() -> None:
    texts = {str(path.relative_to(INGEST)): chinese(path.read_text(encoding="utf-8")) for path in INGEST.rglob("*.py")}
    assert len(texts) > 70
    assert {name for name, found in texts.items() if found} == PATTERNS


def test_a_sentence_in_code_is_noticed() -> None:
    assert chinese('def f(n):\n    """文件。"""\n    return f"第{n}行不对"\n') == ["第", "行不对"]
