"""Documents that are signed, in the measures of GB/T 9704 (``document.yml``) or behind the letterhead of the office.

A document is written as the XML of its paragraphs, tables and charts (ECMA-376): a library that sets each cell for itself spends
a second on a report. Equal texts and an equal ``created_at`` give equal bytes. A chart is drawn by the office suite.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm

from junheng.core.printable import in_paper
from junheng.core.typed import StrictModel, load
from publish.words.environment import environment

_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PLACED = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_EMU_PER_MM = 36_000
_TWIPS_PER_MM = 56.7
_CHART_MM = (156, 74)
_FIXED = (1980, 1, 1, 0, 0, 0)
"""Time of every part of a container."""
_FLUSH = '<w:ind w:firstLineChars="0" w:firstLine="0"/>'
_SMALL_LINE = 320
"""Distance of lines in tables and notes, in twentieths of a point."""
_AFTER_KEEPING = ("w:keepLines", "w:spacing", "w:ind", "w:jc")
"""Properties of a paragraph that stand behind what keeps it with the next one."""
_PADDING = 30
"""Above and below the text of a cell, in twentieths of a point."""
_LONG_CELL = 10
"""Characters of a cell above which those of its column begin at the left."""


class Typeset(StrictModel):
    """How a paragraph looks. ``level``: of a heading."""

    typeface: str
    points: float
    indent_chars: int = 0
    centred: bool = False
    bold: bool = False
    after_points: float = 0
    level: int = 0


class DocumentLayout(StrictModel):
    """``document.yml``."""

    margins_mm: dict[str, float]
    footer_mm: float
    line_points: float
    typefaces: dict[str, tuple[str, ...]]
    latin: str
    styles: dict[str, Typeset]
    table: Typeset
    note: Typeset
    page_number: Typeset
    foot: Typeset
    page: str
    release: str
    digits: str
    ten: str
    date: str
    day: str
    comma: str
    stop: str
    separator: str
    series_colours: tuple[str, ...]
    limit_colour: str


@dataclass(frozen=True)
class ChartSeries:
    """Points of a chart, one for each of its categories; None where nothing is known. ``is_limit``: a line, not bars."""

    name: str
    points: Sequence[Decimal | None]
    is_limit: bool = False


def layout() -> DocumentLayout:
    """The layout of documents."""
    return load(Path(__file__).with_suffix(".yml"), DocumentLayout)


def date_in_words(day: date) -> str:
    """A day as it stands under a signature: 二〇二六年三月一日."""
    digits = layout().digits
    year = "".join(digits[int(digit)] for digit in str(day.year))
    return layout().date.format(year=year, month=_number(day.month), day=_number(day.day))


def _number(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (layout().digits[tens] if tens > 1 else "") + (layout().ten if tens else "") + (layout().digits[ones] if ones else "")


def numeral(number: int) -> str:
    """A place in Chinese: 一 to 九十九."""
    return _number(number)


class OfficialDocument:
    """A document, written from its title to its signature."""

    def __init__(self, template: Path | None = None) -> None:
        """``template``: a Word file of the office; the document is written behind what stands in it, in its styles."""
        self._is_own = template is None
        self._document: Any = Document(str(template)) if template else Document()
        self._styles = {style.name: style.style_id for style in self._document.styles}
        self._charts = 0
        if self._is_own:
            self._set_styles()
            self._set_page()

    def title(self, text: str, *, begins_page: bool = False) -> None:
        """The title."""
        self._add(_paragraph(text, style=self._styles.get("Title"), keep="<w:pageBreakBefore/>" if begins_page else ""))

    def heading(self, level: int, text: str) -> None:
        """A heading: 一、 is of level 1, （一） of level 2, 1. of level 3."""
        self._add(_paragraph(text, style=self._styles.get(f"Heading {level}")))

    def paragraph(self, text: str, *, is_flush: bool = False) -> None:
        """Running text. ``is_flush``: without indent, as an addressee stands."""
        self._add(_paragraph(text, indent=_FLUSH if is_flush else ""))

    def caption(self, text: str) -> None:
        """What a table or chart shows, above it."""
        self._add(_paragraph(text, layout().table, keep="<w:keepNext/>", spacing='w:before="120"', place="center", is_bold=True))

    def note(self, text: str) -> None:
        """What the figures of a table mean, below it."""
        self._add(_paragraph(text, layout().note, spacing='w:after="120"'))

    def signature(self, office: str, day: date) -> None:
        """Who signs, and when, at the right below the text, on one page with the end of it."""
        last = self._document.element.body.xpath("./w:p[last()]/w:pPr")
        for properties in last:
            properties.insert_element_before(parse_xml(f"<w:keepNext {nsdecls('w')}/>"), *_AFTER_KEEPING)
        for number, text in enumerate((office, date_in_words(day))):
            spacing = "" if number else 'w:before="560"'
            indent = '<w:ind w:rightChars="400" w:right="1280" w:firstLineChars="0" w:firstLine="0"/>'
            self._add(_paragraph(text, keep="" if number else "<w:keepNext/>", spacing=spacing, indent=indent, place="right"))

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], widths_mm: Sequence[float]) -> None:
        """A table whose header is repeated on each page."""
        widths = [round(width * _TWIPS_PER_MM) for width in widths_mm]
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        padding = "".join(f'<w:{side} w:w="{_PADDING}" w:type="dxa"/>' for side in ("top", "bottom"))
        is_long = [any(len(row[place]) > _LONG_CELL for row in rows) for place in range(len(widths))]
        places = ["left" if long else "center" for long in is_long]
        lines = "".join(
            f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
            for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        self._add(
            f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
            f"<w:tblBorders>{lines}</w:tblBorders>"
            f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{padding}</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
            f"{_row(header, widths, ['center'] * len(widths), is_header=True)}"
            f"{''.join(_row(row, widths, places) for row in rows)}</w:tbl>"
        )

    def chart(self, title: str, categories: Sequence[str], series: Sequence[ChartSeries], decimals: int) -> None:
        """Bars side by side, and lines for what is a limit."""
        self._charts += 1
        drawn = {
            "title": title,
            "categories": categories,
            "bars": [each for each in series if not each.is_limit],
            "limits": [each for each in series if each.is_limit],
            "pattern": f"0.{'0' * decimals}" if decimals else "0",
            "colours": layout().series_colours,
            "limit_colour": layout().limit_colour,
        }
        part = Part(
            PackURI(f"/word/charts/chart{self._charts}.xml"),
            _CHART_TYPE,
            environment().get_template("chart.xml.j2").render(drawn).encode(),
            self._document.part.package,
        )
        link = self._document.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
        width, height = (side * _EMU_PER_MM for side in _CHART_MM)
        self._add(
            f'<w:p><w:pPr><w:spacing w:line="240" w:lineRule="auto"/>{_FLUSH}<w:jc w:val="center"/></w:pPr>'
            f'<w:r><w:drawing><wp:inline xmlns:wp="{_PLACED}"><wp:extent cx="{width}" cy="{height}"/>'
            f'<wp:docPr id="{self._charts}" name="chart{self._charts}" descr={quoteattr(title)}/><wp:cNvGraphicFramePr/>'
            f'<a:graphic xmlns:a="{_DRAWING}"><a:graphicData uri="{_CHART}">'
            f'<c:chart xmlns:c="{_CHART}" xmlns:r="{_LINKS}" r:id="{link}"/>'
            "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
        )

    def content(self, foot: Mapping[str, str]) -> bytes:
        """The file. ``foot``: what the foot of each page says of the release, and when it was made."""
        self._set_feet(layout().release.format(**foot))
        properties, created = self._document.core_properties, datetime.fromisoformat(foot["created_at"]).replace(tzinfo=None)
        properties.created = properties.modified = created
        properties.author = properties.last_modified_by = properties.comments = ""
        saved, data = io.BytesIO(), io.BytesIO()
        self._document.save(saved)
        with zipfile.ZipFile(saved) as read, zipfile.ZipFile(data, "w") as written:
            for member in read.infolist():
                written.writestr(zipfile.ZipInfo(member.filename, _FIXED), read.read(member), zipfile.ZIP_DEFLATED)
        return data.getvalue()

    def _add(self, xml: str) -> None:
        body = self._document.element.body
        opening, _, rest = xml.partition(">")
        is_empty = opening.endswith("/")
        declared = f"{opening.rstrip('/')} {nsdecls('w')}{'/' if is_empty else ''}>{rest}"
        body.insert_element_before(parse_xml(declared), "w:sectPr")

    def _set_styles(self) -> None:
        for name, set_as in layout().styles.items():
            element = self._document.styles[name].element
            for tag in ("w:pPr", "w:rPr"):
                for old in element.xpath(f"./{tag}"):
                    element.remove(old)
            after, first = round(set_as.after_points * 20), round(set_as.indent_chars * set_as.points * 20)
            spacing = f'<w:spacing w:before="0" w:after="{after}" w:line="{_line(set_as)}" w:lineRule="exact"/>'
            indent = f'<w:ind w:firstLineChars="{set_as.indent_chars * 100}" w:firstLine="{first}"/>'
            place = f'<w:jc w:val="{"center" if set_as.centred else "both"}"/>'
            outline = f'<w:outlineLvl w:val="{set_as.level - 1}"/>' if set_as.level else ""
            keep = "<w:keepNext/><w:keepLines/>" if set_as.level else ""
            element.append(parse_xml(f"<w:pPr {nsdecls('w')}>{keep}{spacing}{indent}{place}{outline}</w:pPr>"))
            element.append(parse_xml(_run_properties(set_as).replace("<w:rPr>", f"<w:rPr {nsdecls('w')}>")))
        fonts = "".join(
            f"<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(','.join(instead))}/></w:font>"
            for name, instead in layout().typefaces.items()
        )
        (table,) = [part for part in self._document.part.package.iter_parts() if part.partname.endswith("fontTable.xml")]
        table._blob = (
            f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:fonts xmlns:w="{_WORDS}">{fonts}</w:fonts>'.encode()
        )

    def _set_page(self) -> None:
        (section,) = self._document.sections
        section.page_width, section.page_height, section.footer_distance = Mm(210), Mm(297), Mm(layout().footer_mm)
        margins = layout().margins_mm
        section.top_margin, section.bottom_margin = Mm(margins["top"]), Mm(margins["bottom"])
        section.left_margin, section.right_margin = Mm(margins["left"]), Mm(margins["right"])
        self._document.settings.odd_and_even_pages_header_footer = True
        links = self._document.part.package.rels
        for name in [name for name, link in links.items() if link.reltype == RELATIONSHIP_TYPE.THUMBNAIL]:
            del links[name]  # a picture of the library's own empty page

    def _set_feet(self, text: str) -> None:
        """Page numbers at the outer side, unless the office's template has its own; below them the release."""
        for section in self._document.sections:
            feet = [(section.footer, "right")]
            if self._document.settings.odd_and_even_pages_header_footer:
                feet.append((section.even_page_footer, "left"))
            if section.different_first_page_header_footer:
                feet.append((section.first_page_footer, "right"))
            for footer, side in feet:
                element = footer._element
                if self._is_own:
                    for empty in list(element):
                        element.remove(empty)
                    element.append(parse_xml(_page_number(side)))
                element.append(parse_xml(_declared(_paragraph(text, layout().foot, place="center"))))


def _declared(xml: str) -> str:
    return xml.replace("<w:p>", f"<w:p {nsdecls('w')}>", 1)


def _line(set_as: Typeset) -> int:
    """Distance of lines in twentieths of a point: the fixed one, more for what is larger than two thirds of it."""
    return round(max(layout().line_points, set_as.points * 1.6) * 20)


def _run_properties(set_as: Typeset, *, is_bold: bool = False) -> str:
    latin, face = quoteattr(layout().latin), quoteattr(set_as.typeface)
    size = round(set_as.points * 2)
    bold = "<w:b/>" if set_as.bold or is_bold else ""
    return (
        f"<w:rPr><w:rFonts w:ascii={latin} w:hAnsi={latin} w:eastAsia={face} w:cs={latin}/>{bold}"
        f'<w:color w:val="000000"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
        '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>'
    )


def _paragraph(
    text: str,
    set_as: Typeset | None = None,
    *,
    style: str | None = None,
    keep: str = "",
    spacing: str = "",
    indent: str = "",
    place: str = "",
    is_bold: bool = False,
) -> str:
    """A paragraph; with ``set_as`` a small one, of its own distance of lines and without indent."""
    named = f"<w:pStyle w:val={quoteattr(style)}/>" if style else ""
    run = _run_properties(set_as, is_bold=is_bold) if set_as else ""
    if set_as:
        spacing, indent = f'w:line="{_SMALL_LINE}" w:lineRule="exact" {spacing}', _FLUSH
    parts = (f"<w:spacing {spacing}/>" if spacing else "", indent, f'<w:jc w:val="{place}"/>' if place else "")
    return f"<w:p><w:pPr>{named}{keep}{''.join(parts)}</w:pPr>{_run(text, run)}</w:p>"


def _run(text: str, properties: str) -> str:
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in in_paper(text).split("\n"))
    return f"<w:r>{properties}{lines}</w:r>"


def _row(cells: Sequence[str], widths: Sequence[int], places: Sequence[str], *, is_header: bool = False) -> str:
    written = []
    for text, width, place in zip(cells, widths, places, strict=True):
        paragraph = _paragraph(text, layout().table, place=place, is_bold=is_header)
        written.append(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>{paragraph}</w:tc>')
    kept = "<w:cantSplit/>" + ("<w:tblHeader/>" if is_header else "")
    return f"<w:tr><w:trPr>{kept}</w:trPr>{''.join(written)}</w:tr>"


def _page_number(side: str) -> str:
    before, after = layout().page.split("{number}")
    properties = _run_properties(layout().page_number)
    field = "".join(
        f"<w:r>{properties}{part}</w:r>"
        for part in (
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            "<w:t>1</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
        )
    )
    return (
        f"<w:p {nsdecls('w')}><w:pPr>"
        '<w:ind w:leftChars="100" w:left="320" w:rightChars="100" w:right="320" w:firstLineChars="0" w:firstLine="0"/>'
        f'<w:jc w:val="{side}"/></w:pPr>{_run(before, properties)}{field}{_run(after, properties)}</w:p>'
    )
