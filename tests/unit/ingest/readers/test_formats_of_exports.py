"""Formats and encodings of real exports that no other test holds (docs/runbooks/ingest_exports.md lists them)."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from openpyxl import Workbook

from ingest.readers.text import BadByte, TextFile
from tests.unit.ingest.made import compound, ods, rewritten, school, xls

SCHOOL = {
    **school(1),
    "school_kind_code": "211",
    "backbone_primary": 5,
    "teachers_primary": 30,
    "qualified_primary": 20,
    "pe_art_primary": 4,
}


def test_styles_as_other_offices_write_them(desk) -> None:
    """WPS: number formats nobody declared; Tencent documents: no default style at all."""
    good = desk.xlsx({"a": [desk.header, desk.school]})
    wps = rewritten(good, "xl/styles.xml", lambda xml: xml.replace(b'<xf numFmtId="0"', b'<xf numFmtId="58"'))
    wps = rewritten(wps, "docProps/app.xml", lambda xml: xml.replace(b"Microsoft Excel", "WPS 表格".encode()))
    bare = b'<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    tencent = rewritten(good, "xl/styles.xml", lambda _: bare)
    for data in (wps, tencent):
        assert data != good
        assert desk.deliver(data).rows_parsed == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_a_short_file_is_read_in_its_own_encoding(desk, encoding: str) -> None:
    """UTF-8 that is also valid GB18030 must not be read as that, and a few Chinese bytes are no Thai."""
    rows = [desk.header, desk.school_row(学校名称="示范县第一小学堂")]
    (row,) = desk.bronze(desk.deliver(desk.csv(rows).encode(encoding)))
    assert row["school_name"] == "示范县第一小学堂"


def test_big5_is_read_by_a_contract_that_says_so_and_guessed_by_none(desk) -> None:
    data = "區劃代碼,學年,學校標識碼,學校名稱,辦學類型碼\n990101,2025,2199010001,石榔國小,211\n".encode("big5")
    text = TextFile(data).decode(["big5"])
    assert not isinstance(text, BadByte)
    assert "石榔國小" in text
    result = desk.deliver(data)
    assert result.refused
    assert desk.bronze(result) == []


@pytest.mark.parametrize("cipher", [b"\0\0\x5a\x5a\xa5\xa5", b"\1\0\1\0\1\0"], ids=["xor", "rc4"])
def test_an_old_workbook_with_a_password_is_named(desk, rules_of, cipher: bytes) -> None:
    """The reader takes one of these ciphers for a damaged code page."""
    bof = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 5, 0x0DBB, 0x07CC, 0, 6)
    data = compound(["Workbook"], bof + struct.pack("<HH", 0x2F, len(cipher)) + cipher)
    result = desk.deliver(data, name="报表.xls")
    assert rules_of(result) == {"encrypted_workbook"}
    assert "去掉密码" in result.fix
    assert not desk.deliver(xls([desk.header, desk.school])).refused


@pytest.mark.parametrize("last", [True, False])
def test_a_formula_that_was_never_calculated_is_no_empty_cell(desk, rules_of, last: bool) -> None:
    """Programs write formulas without values: the figure is there and cannot be read."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(desk.header[:6] if last else desk.header)
    sheet.append([*desk.school[:5], "=200+100", *([] if last else [20])])
    buffer = io.BytesIO()
    book.save(buffer)
    result = desk.deliver(buffer.getvalue())
    assert rules_of(result) == {"formula_error"}
    assert "小学在校生" in result.reason
    assert "粘贴为数值" in result.fix


@pytest.mark.parametrize("formula", ['<f>""</f><v></v>', "<f>200+100</f><v>300</v>", "<f>A1</f><v>0</v>"])
def test_formulas_with_values_are_values(desk, formula: str) -> None:
    kind = b' t="str"' if '""' in formula else b""

    def with_formula(xml: bytes) -> bytes:
        return xml.replace(b'<c r="F2"><v>300</v></c>', b'<c r="F2"' + kind + b">" + formula.encode() + b"</c>")

    good = desk.xlsx({"a": [desk.header, [*desk.school[:5], 300, 20]]})
    changed = rewritten(good, "xl/worksheets/sheet1.xml", with_formula)
    assert changed != good
    # as a program saves it that calculates
    changed = rewritten(changed, "xl/workbook.xml", lambda xml: xml.replace(b' fullCalcOnLoad="1"', b""))
    (row,) = desk.bronze(desk.deliver(changed))
    assert row["pupils_primary"] == {"A": 0, "2": 300}.get(formula[3])


def test_tsv_and_txt_are_text_like_any_other(desk) -> None:
    for name, delimiter in (("普查.tsv", "\t"), ("普查.txt", "\t"), ("普查.txt", ";")):
        assert desk.deliver(desk.csv([desk.header, desk.school], delimiter), name=name).rows_parsed == 1


def test_an_open_document_is_read(desk) -> None:
    data = ods([desk.header, desk.school])
    assert zipfile.ZipFile(io.BytesIO(data)).namelist()[0] == "mimetype"
    assert desk.deliver(data, name="普查.ods").rows_parsed == 1
