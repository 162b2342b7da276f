"""Two hundred invented numbers of persons in every spelling, and files that hold all of them wherever a text can stand.

No number belongs to anybody: the areas of the identity numbers do not exist. Every spelling begins with signs that nothing else
holds (:data:`SIGNS`), so that what is left of a number is found with them.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice

import docx
import xlsxwriter
from stdnum.cn import ric

from ingest.schema.source import load_source
from samples import plain_sources
from samples.declared import workbook_sheets
from samples.shapes import workbook

YEAR = "2025"
CENSUS = ["区划代码", "学年", "学校标识码", "学校名称", "办学类型码", "乡镇", "小学在校生", "小学专任教师"]
ITEMS = ["区划代码", "学年", "指标代码", "项目代码", "学校标识码", "数值", "单位", "佐证", "备注"]
ROSTER = ["学校名称", "姓名", "身份证号码", "联系电话", "人员类型", "最高学历", "职称", "学段", "科目", "备注"]
_WIDE = {ord(sign): chr(ord(sign) + 0xFEE0) for sign in "0123456789X@."}
Files = dict[str, bytes]


def _card(number: int) -> str:
    first = f"99070119770707{number:03d}"
    return first + ric.calc_check_digit(first + "0")


def _wide(text: str) -> str:
    return text.translate(_WIDE)


def _parts(text: str, sign: str, *sizes: int) -> str:
    parts, start = [], 0
    for size in sizes:
        parts.append(text[start : start + size])
        start += size
    return sign.join(parts)


_SPELLINGS: tuple[Callable[[int], str], ...] = (
    _card,
    lambda n: _wide(_card(n)),
    lambda n: _parts(_card(n), " ", 6, 8, 4),
    lambda n: _parts(_card(n), "-", 6, 8, 4),
    lambda n: _parts(_card(n), "\u3000", 6, 8, 4),
    lambda n: _parts(_card(n), " ", 4, 4, 4, 4, 2),
    lambda n: " ".join(_card(n)),
    lambda n: _card(n) + _card(n + 1),
    lambda n: f"张三{_card(n)}",
    lambda n: f"G{_card(n)}",
    lambda n: f"990701770707{n:03d}",
    lambda n: f"{_card(n)}13800770{n:03d}",
    lambda n: f"13800770{n:03d}",
    lambda n: _wide(f"13800770{n:03d}"),
    lambda n: _parts(f"13800770{n:03d}", " ", 3, 4, 4),
    lambda n: _parts(f"13800770{n:03d}", "-", 3, 4, 4),
    lambda n: _parts(f"13800770{n:03d}", ".", 3, 4, 4),
    lambda n: _parts(f"13800770{n:03d}", "－", 3, 4, 4),
    lambda n: f"+86 13800770{n:03d}",
    lambda n: f"0799-7707{n:03d}",
    lambda n: f"(0799)7707{n:03d}",
    lambda n: f"07997707{n:03d}",
    lambda n: f"zhang77{n:03d}@corpus.invalid",
    lambda n: f"zhang77{n:03d}＠corpus．invalid",
    lambda n: f"E77070{n:03d}",
    lambda n: f"EA7707{n:03d}",
    lambda n: _wide(f"E77070{n:03d}"),
    lambda n: f"770.770.7{n % 90 + 10}-77",
    lambda n: f"护照 XK7707{n:03d}",
)
CORPUS = [spelling(number) for number, spelling in enumerate(islice(cycle(_SPELLINGS), 200))]

_CARDS = ("990701197707", "990701 197707", "990701-197707", "990701\u3000197707", "9907 0119 77", "9 9 0 7 0 1 1", "990701770707")
_TELEPHONES = ("13800770", "138 0077 0", "138-0077-0", "138.0077.0", "138－0077－0", "0799-7707", "0799)7707", "07997707")
_OTHERS = ("zhang77", "corpus.invalid", "corpus．invalid", "770.770.7")
_PASSPORTS = ("E77070", "EA7707", "XK7707")
SIGNS = tuple(dict.fromkeys(way for sign in (*_CARDS, *_TELEPHONES, *_OTHERS, *_PASSPORTS) for way in (sign, _wide(sign))))


def _csv(*rows: Iterable[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(sheets: dict[str, Sequence[Sequence[object]]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
    return buffer.getvalue()


def _behind(cell: str, text: str) -> str:
    """A number behind what a cell holds, and not the next digit of it."""
    return f"{cell}，{text}" if cell[-1:].isascii() else f"{cell}{text}"


def _school(county: str, number: int, **given: str) -> list[str]:
    values = [county, YEAR, f"{county}{number:04d}", f"第{number}小学", "211", "城关镇", "300", "20"]
    return [given.get(name, value) for name, value in zip(CENSUS, values, strict=True)]


def _census(county: str) -> Files:
    """Cells of known and unknown columns of a file that is accepted, and headers that nobody knows."""
    spoilt = [f"附记{number}、{text}" for number, text in enumerate(CORPUS)]
    rows = [
        [
            *_school(county, number, 学校名称=f"第{number}小学{text}", 乡镇=f"城关镇{text}"),
            f"问{text}",
            text,
            *["是"] * len(CORPUS),
        ]
        for number, text in enumerate(CORPUS, 1)
    ]
    return {"普查.csv": _csv([*CENSUS, "附记", "说明", *spoilt], *rows)}


def _codes(county: str) -> Files:
    """Codes with a name and a number, in a file that is refused and in one whose rows are set aside."""
    schools = [_school(county, number, 学校标识码=f"张三丰{text}") for number, text in enumerate(CORPUS, 1)]
    bare = [_school(county, number, 学校标识码=text, 办学类型码=text, 小学在校生=text) for number, text in enumerate(CORPUS, 1)]
    items = [
        [county, YEAR, "G6", "G6.quota", text if number % 2 else f"李四{text}", "10", "人", f"件{text}", f"注{text}"]
        for number, text in enumerate(CORPUS)
    ]
    values = [
        [county, YEAR, "G12", "G12.teachers", "", text, text, text, text]
        for text in CORPUS
        if not (text.isdecimal() and len(text) < len("990701770707000"))  # a telephone among amounts is an amount
    ]
    good = [[county, YEAR, "G11", "G11.eligible", "", "10", "人", f"件{text}", f"注{text}"] for text in CORPUS[:1]]
    return {
        "姓名加号码.csv": _csv(CENSUS, *schools),
        "号码.csv": _csv(CENSUS, *bare),
        "县级项目.csv": _csv(ITEMS, *items, *values, *good),
    }


def _sources(county: str) -> Files:
    """A list of every plain source, with a number behind each text in turn, and one in a column that is not known."""
    files = {}
    for source in plain_sources.sources():
        fields = plain_sources.fields(source)
        rows = plain_sources.rows(source)
        rows = [row | {"county_code": county} for row in islice(cycle(rows), max(len(rows), 60))]
        header, *lines = plain_sources.delivered(source, rows)
        known = load_source(source).by_name
        texts = [place for place, field in enumerate(fields) if known[field.name].type in ("text", "code")]
        texts = [place for place in texts if known[fields[place].name].role is None]
        given = zip(lines, cycle(texts), islice(cycle(CORPUS), len(files) * 7, None), strict=False)
        spoilt = []
        for line, place, text in given:
            cells = list(line)
            cells[place] = _behind(str(cells[place] or ""), text)
            spoilt.append([*cells, text])
        files[f"{source}.csv"] = _csv([*header, "附记"], *spoilt)
    return files


def _sheets(county: str) -> Files:
    """Names of sheets: those of a census that is accepted, of one that is refused and of a workbook that is none."""
    names = [text[:31] for text in CORPUS if len(text) <= 31]
    good = {name: [CENSUS, _school(county, number)] for number, name in enumerate(names[:60], 1)}
    bad = {name: [CENSUS, _school(county, 100 + number, 小学在校生="约300")] for number, name in enumerate(names[60:90])}
    none = {name: [["甲", name], ["乙", f"丙{name}"]] for name in names[90:150]}
    return {"甲.xlsx": _xlsx(good), "乙.xlsx": _xlsx(bad), "丙.xlsx": _xlsx(none)}


def _names(county: str) -> Files:
    """Names of files, folders and members of a zip."""
    files: Files = {f"扫描{text}.pdf": f"%PDF-1.7 {number}".encode() for number, text in enumerate(CORPUS)}
    files |= {f"{text}/{number}.csv": _csv(CENSUS, _school(county, number)) for number, text in enumerate(CORPUS[:30], 1)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        for number, text in enumerate(CORPUS):
            container.writestr(f"{text}.csv", _csv(CENSUS, _school(county, 100 + number)))
            container.writestr(f"{text}/{number}.pdf", f"%PDF-1.4 {number}")
    return files | {"成员.zip": buffer.getvalue()}


def _around(county: str) -> Files:
    """Titles, footers, cells beyond the header, words around the table of a document, a file of nothing else."""
    document = docx.Document()
    for text in CORPUS:
        document.add_paragraph(f"填表说明 {text}")
    table = document.add_table(0, len(CENSUS))
    for number, cells in enumerate(
        [CENSUS, *(_school(county, 300 + number, 乡镇=text) for number, text in enumerate(CORPUS[:40]))]
    ):
        row = table.add_row()
        for place, cell in enumerate(cells):
            row.cells[place].text = f"{cell}{CORPUS[number]}" if number == 0 and place == 5 else cell
    buffer = io.BytesIO()
    document.save(buffer)
    beyond = [[*_school(county, number), text] for number, text in enumerate(CORPUS, 1)]
    return {
        "表头之上.csv": _csv([f"普查表 {' '.join(CORPUS)}"], *([text] for text in CORPUS[:20]), CENSUS, _school(county, 1)),
        "表尾.csv": _csv(CENSUS, _school(county, 2), *([f"填表人：{text}", text] for text in CORPUS)),
        "多出的单元格.csv": _csv(CENSUS, *beyond),
        "只有号码.csv": _csv(*([text, text] for text in CORPUS)),
        "一行.txt": "；".join(CORPUS).encode(),
        "文档.docx": buffer.getvalue(),
    }


def _forms(county: str) -> Files:
    """The county's own forms, with numbers in labels and values, and a taken one with them in titles, footers, names, notes."""
    rows = [
        [row | {"county_code": county} for row in plain_sources.rows(f"declared_forms_{kind}")] for kind in ("school", "county")
    ]
    refused, taken = workbook_sheets(*rows), workbook_sheets(*rows)
    given = cycle(CORPUS)
    for number, shape in enumerate(refused.values()):
        for line in shape.rows:
            for place, cell in enumerate(line):
                if isinstance(cell, str) and cell and (place + number) % 3 == 0:
                    line[place] = _behind(cell, next(given)) if number % 2 else cell
    for name, shape in taken.items():
        for number, line in enumerate(shape.rows):
            is_school = name == "表Ⅱ-2" and len(line) > 2 and str(line[1]).isdecimal()
            if line and (name == "封面" or number == 0 or str(line[0]).startswith("填表人")):
                line[0] = f"{line[0]}　填表人 {next(given)}，{next(given)}"
            elif is_school:
                line[0], line[-1] = f"{line[0]}{next(given)}", _behind(str(line[-1] or "注"), next(given))
    return {"申报表.xlsx": workbook(refused), "收下的申报表.xlsx": workbook(taken)}


def _rosters(_: str) -> Files:
    good = [
        ["第9小学", f"张{n}", text, text, "专任教师", "本科", "一级教师", "小学", "体育", text] for n, text in enumerate(CORPUS)
    ]
    bad = [[text, text, "张三", text, text, text, text, text, text, text] for text in CORPUS]
    return {"名册.csv": _csv(ROSTER, *good), "错位.csv": _csv(ROSTER, *bad)}


def _evidence(county: str) -> Files:
    """A census that cites evidence, which lies beside it under names, and with contents, full of numbers."""
    files = {f"佐证/{text}/扫描{text}.pdf": f"%PDF-1.5 {number} {text}".encode() for number, text in enumerate(CORPUS)}
    files |= {"佐证/名单.csv": _csv(ROSTER, *([text] * len(ROSTER) for text in CORPUS))}
    items = [[county, YEAR, "G11", "G11.eligible", "", "10", "人", ";".join(f"{text}.pdf" for text in CORPUS), "无"]]
    return files | {"普查.csv": _csv(CENSUS, _school(county, 1)), "项目.csv": _csv(ITEMS, *items)}


def _commented(county: str) -> Files:
    """A workbook with numbers where no cell is: comments, properties, names, links, headers of the page, a hidden sheet."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({key: " ".join(CORPUS[:5]) for key in ("title", "author", "manager", "company", "comments")})
        book.set_custom_property("备案", " ".join(CORPUS[:5]))
        sheet, hidden = book.add_worksheet("普查"), book.add_worksheet("隐藏")
        hidden.hide()
        sheet.set_header(f"&C{' '.join(CORPUS[:5])}")
        sheet.write_row(0, 0, CENSUS)
        for number, text in enumerate(CORPUS, 1):
            sheet.write_row(number, 0, _school(county, number))
            sheet.write_comment(number, 3, f"校长 {text}", {"author": text})
            hidden.write_row(number, 0, _school(county, 500 + number, 乡镇=text, 学校名称=f"第{number}分校"))
            sheet.write_url(number, 5, f"mailto:{text}", string="城关镇")
        hidden.write_row(0, 0, [*CENSUS, CORPUS[0]])
        sheet.set_row(3, None, None, {"hidden": True})
        sheet.data_validation(1, 5, 9, 5, {"validate": "any", "input_title": CORPUS[0][:31], "input_message": CORPUS[1]})
    return {"批注.xlsx": buffer.getvalue()}


AREAS: dict[str, Callable[[str], Files]] = {
    "990150": _census,
    "990151": _codes,
    "990152": _sources,
    "990153": _sheets,
    "990154": _names,
    "990155": _around,
    "990156": _forms,
    "990157": _rosters,
    "990158": _evidence,
    "990159": _commented,
}
