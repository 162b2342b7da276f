"""Content decides what a file is; each container gives figures, or one sentence with the way out."""

from __future__ import annotations

import datetime as dt
import html
import io
import struct
from collections.abc import Sequence
from typing import Any

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.readers import dbase, ole, sniff
from ingest.readers.markup import open_markup
from ingest.readers.reply import Refused
from ingest.readers.workbook import open_workbook
from tests.unit.ingest.made import GLOBALS, SHEETS, Rows, compound, page, rewritten, word, xls, xlsb

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def xml_2003(rows: Rows, before: str = "", encoding: str = "UTF-8", kind: str = "String") -> bytes:
    lines = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="{kind}">{html.escape(str(cell))}</Data></Cell>' for cell in row) + "</Row>"
        for row in rows
    )
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>{before}<?mso-application progid="Excel.Sheet"?>\n'
        f'<Workbook xmlns="{SHEETS}" xmlns:ss="{SHEETS}"><Worksheet ss:Name="普查"><Table>{lines}</Table></Worksheet></Workbook>'
    )
    return text.encode(encoding)


def mhtml(body: bytes) -> bytes:
    import base64

    return (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="--=_x"\r\n\r\n'
        b"----=_x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(body)
        + b"\r\n----=_x--\r\n"
    )


def dbf(fields: Sequence[tuple[str, str, int]], rows: Rows, code_page: int = 0, encoding: str = "gbk") -> bytes:
    body = b""
    for row in rows:
        body += b" "
        for (_, kind, length), value in zip(fields, row, strict=True):
            raw = str(value).encode(encoding)
            body += raw.rjust(length) if kind == "N" else raw.ljust(length)
    head = b"".join(
        name.encode(encoding).ljust(11, b"\0") + kind.encode() + bytes(4) + bytes([length]) + bytes(15)
        for name, kind, length in fields
    )
    first = struct.pack("<4BIHH", 0x03, 125, 9, 20, len(rows), 32 + len(head) + 1, 1 + sum(f[2] for f in fields))
    return first + bytes(17) + bytes([code_page]) + bytes(2) + head + b"\r" + body + b"\x1a"


def dbf_of(desk: Any, **options: Any) -> bytes:
    kinds = ["C", "N", "C", "C", "C", "N"]
    fields = [(name, kind, 30 if kind == "C" else 10) for name, kind in zip(desk.header[:6], kinds, strict=True)]
    return dbf(fields, [desk.school[:6]], **options)


def containers(desk: Any) -> dict[str, bytes]:
    rows = [desk.header, desk.school]
    text = desk.csv(rows, "\t")
    return {
        "html": page(rows).encode(),
        "html in gbk": page(rows, '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">').encode("gbk"),
        "html that lies": page(rows, '<meta charset="gb2312">').encode(),
        "html fragment": page(rows)[len("<html><head></head><body>") : -len("</body></html>")].encode(),
        "html in utf-16": page(rows).encode("utf-16"),
        "xml 2003": xml_2003(rows),
        "xml 2003 in gbk": xml_2003(rows, encoding="gb2312"),
        "xls": xls(rows),
        "xlsb": xlsb(rows),
        "mhtml": mhtml(page(rows).encode()),
        "dbase": dbf_of(desk),
        "word": word([rows]),
        "tabs in gbk": text.encode("gbk"),
        "utf-16": text.encode("utf-16"),
        "utf-16-le without mark": text.encode("utf-16-le"),
        "utf-16-be without mark": text.encode("utf-16-be"),
    }


NAMES = [
    "html", "html in gbk", "html that lies", "html fragment", "html in utf-16", "xml 2003", "xml 2003 in gbk", "xls", "xlsb",
    "mhtml", "dbase", "word", "tabs in gbk", "utf-16", "utf-16-le without mark", "utf-16-be without mark",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", ["xls", "csv"])
def test_content_decides_and_not_the_suffix(desk, name: str, suffix: str) -> None:
    result = desk.deliver(containers(desk)[name], name=f"报表.{suffix}")
    assert not result.refused, result.reason
    (row,) = desk.bronze(result)
    assert (row["school_code"], row["school_name"], row["pupils_primary"]) == ("2199010001", "示范小学", 300)


def test_every_container_is_tried(desk) -> None:
    assert list(containers(desk)) == NAMES


def test_apostrophes_before_digits_are_no_part_of_them(desk) -> None:
    school = [f"'{cell}" if cell.isdigit() else cell for cell in desk.school]
    (row,) = desk.bronze(desk.deliver(desk.csv([desk.header, school], "\t").encode("gbk"), name="报表.xls"))
    assert (row["school_code"], row["pupils_primary"]) == ("2199010001", 300)
    (row,) = desk.bronze(desk.deliver(desk.csv([desk.header, desk.school_row(学校名称="'示范'小学")])))
    assert row["school_name"] == "'示范'小学"


def test_cells_of_a_page_that_spread(desk) -> None:
    text = (
        "<table><tr><th rowspan='2'>学校</th><th colspan=2>小学<br>在校生</th><th rowspan=0>注&nbsp;</th></tr>"
        "<tr><td>男<td>女<style>x</style></tr><tr><td>甲</td><td>1</td><td><b>2</b>人<table><tr><td>里</td></tr></table></tr></table>"
    )
    book = open_workbook(text.encode())
    assert book.names == ["表1", "表2"]
    sheet = book.sheet("表1")
    assert sheet.rows == [["学校", "小学\n在校生", "", "注"], ["", "男", "女", ""], ["甲", "1", "2人", ""]]
    assert sheet.merged == (((0, 0), (1, 0)), ((0, 1), (0, 2)), ((0, 3), (2, 3)))
    assert book.sheet("表2").rows == [["里"]]


def test_a_page_of_which_rows_would_be_lost_is_refused(desk, rules_of) -> None:
    whole = page([desk.header, *(desk.school_row(学校标识码=f"21990{n:05}") for n in range(3000))])
    assert desk.deliver(whole).rows_parsed == 3000
    assert rules_of(desk.deliver(whole[: len(whole) // 2])) == {"damaged_workbook"}
    never_closed = whole.replace("</tr>", "</tr><div><font>")  # beyond its depth the parser ends without a word
    assert rules_of(desk.deliver(never_closed)) == {"damaged_workbook"}
    assert not desk.deliver(whole.replace("</tr>", "</tr><!-- <tr> -->")).refused


def test_a_spread_that_fills_the_memory_is_refused(desk, rules_of) -> None:
    cell = "<tr><td colspan=1000>x</td></tr>"
    assert rules_of(desk.deliver("<table><tr>" + "<td colspan=1000>x</td>" * 20 + "</tr></table>")) == {"too_large"}
    assert rules_of(desk.deliver("<table>" + cell * 3 + "<tr>" + "<td>x" * 17000 + "</tr></table>")) == {"too_large"}


def test_cells_of_xml_2003() -> None:
    text = f"""<?xml version="1.0"?><Workbook xmlns="{SHEETS}" xmlns:ss="{SHEETS}">
      <Worksheet ss:Name="a"><Table><Row ss:Index="2"><Cell ss:MergeAcross="1" ss:MergeDown="1"><Data ss:Type="String">题
        </Data></Cell><Cell ss:Index="4"><Data ss:Type="Number">12.5</Data></Cell></Row>
      <Row><Cell><Data ss:Type="Error">#REF!</Data></Cell><Cell><Data ss:Type="Boolean">1</Data></Cell></Row>
      <Row><Cell><Data ss:Type="DateTime">2025-09-01T00:00:00.000</Data></Cell>
        <Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40"><B>粗</B>体</ss:Data></Cell></Row></Table></Worksheet>
      <Worksheet ss:Name="空"/></Workbook>"""
    book = open_workbook(text.encode())
    assert book.names == ["a", "空"]
    sheet = book.sheet("a")
    assert [cell if not isinstance(cell, str) else cell.strip() for row in sheet.rows for cell in row] == [
        "", "", "", "", "题", "", "", 12.5, "", "", "#REF!", True, dt.date(2025, 9, 1), "粗体", "", "",
    ]  # fmt: skip
    assert type(sheet.rows[2][2]).__name__ == "CellError"
    assert sheet.merged == (((1, 0), (2, 1)),)
    assert book.sheet("空").rows == []


def test_long_numbers_of_xml_2003_are_no_ids(desk, rules_of) -> None:
    rows = [desk.header, desk.school_row(学校标识码="110101201003071234")]
    data = xml_2003(rows).replace(b'"String">110101201003071234', b'"Number">1.1010120100307123E+17')
    assert rules_of(desk.deliver(data)) == {"id_as_float"}


def test_code_pages_of_dbase(desk, rules_of) -> None:
    for code_page in (0x00, 0x4D, 0x7A, 0x03, 0x57):  # western ones that the bytes belie are common
        (row,) = desk.bronze(desk.deliver(dbf_of(desk, code_page=code_page)))
        assert row["school_name"] == "示范小学"
    assert dbase.DbaseBook(dbf([("A", "C", 9)], [["São"]], 0x03, "cp1252")).sheet("").rows == [["A"], ["São"]]
    broken = dbf_of(desk).replace("示范小学".encode("gbk"), "示范小学".encode("gbk")[:7] + b"\xff")
    assert rules_of(desk.deliver(broken)) == {"undecodable"}


@pytest.mark.parametrize(
    ("kind", "length", "text"), [("D", 8, "20131340"), ("D", 8, "2013-9-1"), ("L", 1, "X"), ("T", 8, "noon"), ("I", 4, "abcd")]
)
def test_a_cell_that_is_none_of_its_columns_kind_is_a_fault_of_its_record(desk, kind: str, length: int, text: str) -> None:
    fields = [(name, "N" if name == "小学在校生" else "C", 30) for name in desk.header[:6]] + [("建成年份", kind, length)]
    rows = [[*desk.school[:6], ""], [*desk.school_row(学校标识码="2199010002")[:6], text]]
    if kind in "TI":
        rows = rows[1:]
    result = desk.deliver(dbf(fields, rows))
    assert result.refused
    (fault,) = result.faults
    assert (fault.sheet, fault.row, fault.column, fault.rule) == ("表1", len(rows) + 1, "建成年份", "not_a_year")


def test_a_misfit_in_a_column_that_no_field_is_read_from_is_told(desk) -> None:
    fields = [(name, "N" if name == "小学在校生" else "C", 30) for name in desk.header[:6]] + [("建校日期", "D", 8)]
    rows = [[*desk.school_row(学校标识码=f"219901000{n}")[:6], day] for n, day in enumerate(("19860901", "19861340"))]
    result = desk.deliver(dbf(fields, rows))
    assert (result.refused, result.rows_parsed) == (False, 2)
    assert [(note.rule, note.row, note.column) for note in result.notes] == [("cell_misfits", 3, "建校日期")]


def test_a_cut_dbase_table_is_refused(desk, rules_of) -> None:
    fields = [("CODE", "C", 10), ("N", "N", 5)]
    whole = dbf(fields, [["a", 1], ["b", 2], ["c", "*****"]])
    assert dbase.DbaseBook(whole).sheet("").rows == [["CODE", "N"], ["a", "1"], ["b", "2"], ["c", "*****"]]
    deleted = whole.replace(b" b   ", b"*b   ")
    assert dbase.DbaseBook(deleted).sheet("").rows == [["CODE", "N"], ["a", "1"], ["c", "*****"]]
    assert rules_of(desk.deliver(whole[:-20])) == {"damaged_workbook"}
    assert rules_of(desk.deliver(dbf([("NOTE", "M", 10)], [["1"]]))) == {"unsupported_format"}


def test_tables_of_a_document_and_their_merged_cells() -> None:
    document = docx.Document()
    table = document.add_table(3, 3)
    table.cell(0, 0).merge(table.cell(1, 0)).text = "学校"
    table.cell(0, 1).merge(table.cell(0, 2)).text = "在校生"
    for place, text in {(1, 1): "男", (1, 2): "女", (2, 0): "甲", (2, 1): "1", (2, 2): "2"}.items():
        table.cell(*place).text = text
    document.add_table(1, 1).cell(0, 0).text = "另"
    buffer = io.BytesIO()
    document.save(buffer)
    book = open_workbook(buffer.getvalue())
    assert book.names == ["表1", "表2"]
    sheet = book.sheet("表1")
    assert sheet.rows == [["学校", "在校生", ""], ["", "男", "女"], ["甲", "1", "2"]]
    assert set(sheet.merged) == {((0, 0), (1, 0)), ((0, 1), (0, 2))}


def test_what_was_taken_out_of_a_document_is_not_read() -> None:
    def taken_out(xml: bytes) -> bytes:
        text = xml.decode().replace(
            "<w:t>甲</w:t>", "<w:t>甲</w:t><w:delText>乙</w:delText></w:r><w:moveFrom><w:r><w:t>丙</w:t></w:r>", 1
        )
        first, found, rest = text.partition("</w:r><w:moveFrom>")
        run_end = rest.index("</w:r></w:p>")
        text = first + found + rest[:run_end] + "</w:moveFrom></w:p>" + rest[run_end + len("</w:r></w:p>") :]
        last = text.rindex("<w:tr>") + len("<w:tr>")
        return (text[:last] + "<w:trPr><w:del/></w:trPr>" + text[last:]).encode()

    data = word([[["甲"], ["丁"]]])
    assert open_workbook(data).sheet("表1").rows == [["甲"], ["丁"]]
    assert open_workbook(rewritten(data, "word/document.xml", taken_out)).sheet("表1").rows == [["甲"]]


@pytest.mark.parametrize(
    ("data", "rule", "way_out"),
    [
        (b"%PDF-1.7 ...", "unsupported_format", "另存为 .xlsx"),
        (b"GIF89a......", "unsupported_format", "另存为 .xlsx"),
        (b"\xff\xd8\xff\xe0 jpeg", "unsupported_format", "另存为 .xlsx"),
        (b"BM\x36\0\0\0\0\0\0\0", "unsupported_format", "另存为 .xlsx"),
        (b"{\\rtf1\\ansi", "text_document", "另存为 .docx"),
        (compound(["WordDocument", "1Table"]), "text_document", "另存为 .docx"),
        (compound(["PowerPoint Document"]), "unsupported_format", "另存为 .xlsx"),
        (compound(["EncryptedPackage", "EncryptionInfo"]), "encrypted_workbook", "去掉密码后重新提交"),
        (compound([]), "damaged_workbook", "重新导出"),
        (compound(["Workbook"], GLOBALS + b"\x2f\0\x06\0" + bytes(6)), "encrypted_workbook", "去掉密码后重新提交"),
        (compound(["Workbook"], GLOBALS), "empty_file", "重新导出"),
        (b"<html><body>no table</body></html>", "unsupported_format", "另存为 .xlsx"),
        (b'<?xml version="1.0"?><a/>', "unsupported_format", "另存为 .xlsx"),
        (b'<?xml version="1.0"?><Workbook', "unsupported_format", "另存为 .xlsx"),
        (xml_2003([["a"]])[:-30], "damaged_workbook", "重新导出"),
        (word([]), "text_document", "另存为 .xlsx"),
        (page([["示范"]]).encode("gbk").replace("示".encode("gbk"), b"\xff\xff"), "undecodable", "另存为 .xlsx"),
    ],
)  # fmt: skip
def test_refusals_name_the_way_out(desk, rules_of, data: bytes, rule: str, way_out: str) -> None:
    result = desk.deliver(data)
    assert rules_of(result) == {rule}
    assert way_out in result.fix


def test_only_streams_at_the_root_count() -> None:
    assert ole.Compound(compound(["WordDocument", "1Table"])).names == {"worddocument", "1table"}
    inner = compound(["WordDocument"]) + "Workbook".encode("utf-16-le")
    with pytest.raises(Refused) as refused:
        ole.open_workbook(inner)
    assert refused.value.rule == "text_document"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("entity", [BOMB, '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/hostname">]>'])
def test_entities_are_never_expanded(desk, rules_of, encoding: str, entity: str) -> None:
    rows = [desk.header, desk.school_row(学校名称="ENTITY")]
    name, reference = (text.encode(encoding.replace("16", "16-le")) for text in ("ENTITY", "&b;"))
    assert rules_of(desk.deliver(xml_2003(rows, entity, encoding).replace(name, reference))) == {"xml_entities"}

    def planted(xml: bytes) -> bytes:
        text = xml.decode().replace("ENTITY", "&b;")
        end = text.index("?>") + 2
        return (f'<?xml version="1.0" encoding="{encoding}"?>' + entity + text[end:]).encode(encoding)

    for data, part in ((desk.xlsx({"a": rows}), "xl/sharedStrings.xml"), (word([rows]), "word/document.xml")):
        assert rules_of(desk.deliver(rewritten(data, part, planted))) == {"xml_entities"}
    (row,) = desk.bronze(desk.deliver(page(rows).replace("ENTITY", "&b;").replace("<html>", entity + "<html>").encode(encoding)))
    assert row["school_name"] == "&b;"  # a page has no entities of its own


def test_declarations_at_the_edge_of_a_block_are_found(desk, rules_of, monkeypatch) -> None:
    from ingest.readers import worker

    data = rewritten(
        desk.xlsx({"a": [desk.header]}), "xl/workbook.xml", lambda xml: xml.replace(b"?>", b"?>" + b" " * 40 + b"<!DOCTYPE x>", 1)
    )
    for block in range(30, 60):
        monkeypatch.setattr(worker, "_BLOCK", block)
        with pytest.raises(Refused) as refused:
            worker.open_zip(data)
        assert refused.value.rule == "xml_entities"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("一,二\n1,2\n", "utf-16-le"), ("一,二\n1,2\n", "utf-16-be"), ("学校\t人数\r\n一中\t300\r\n", "utf-16-le")],
)
def test_utf16_without_a_mark_is_told_by_its_delimiters(text: str, encoding: str) -> None:
    assert sniff.utf16_without_mark(text.encode(encoding)) == encoding
    assert sniff.utf16_without_mark(text.encode(encoding) + b"\0") is None
    assert sniff.utf16_without_mark(text.encode("gbk")) is None


MAGICS = [
    b"PK\x03\x04", b"PK\x05\x06", sniff.SEVEN_ZIP, sniff.OLE, b"<html><table>", b"<?xml version='1.0'?><Workbook ", b"%PDF",
    b"Rar!", b"{\\rtf", b"\x03\x7d\x09\x14", b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", b"\xff\xfe",
    b"\xfe\xff", b"\xef\xbb\xbf", b"",
]  # fmt: skip


def test_random_bytes_behind_each_magic_are_refused(desk) -> None:
    @settings(max_examples=150, deadline=None)
    @given(magic=st.sampled_from(MAGICS), data=st.binary(max_size=600))
    def deliver(magic: bytes, data: bytes) -> None:
        assert desk.deliver(magic + data).refused

    deliver()


def test_damaged_containers_never_raise_and_never_invent(desk) -> None:
    """Cut or torn, a container gives what it held, or a refusal."""
    whole = containers(desk) | {"xlsx": desk.xlsx({"a": [desk.header, desk.school]})}
    truth = {*desk.school, "示范小学"}

    @settings(max_examples=150, deadline=None)
    @given(name=st.sampled_from(sorted(whole)), share=st.floats(0, 1), lost=st.integers(0, 40), cut=st.booleans())
    def deliver(name: str, share: float, lost: int, cut: bool) -> None:
        data = whole[name]
        at = int(share * len(data))
        result = desk.deliver(data[:at] if cut else data[:at] + data[at + lost :])
        if cut and not result.refused:
            for row in desk.bronze(result):
                found = {str(value) for key, value in row.items() if value is not None and not key.startswith("_")}
                assert found <= truth, name

    deliver()


def test_markup_takes_what_it_is_given() -> None:
    with pytest.raises(Refused) as refused:
        open_markup(b"<html>\xff\xfe\xfd</html>")
    assert refused.value.rule == "undecodable"
