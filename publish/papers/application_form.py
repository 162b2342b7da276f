"""The 申报表 (表Ⅰ to 表Ⅵ) of a county and rule set as a workbook in the official layout, filled in from the marts ``rpt_form_*``.

The layout is ``application_form.yml``, cell by cell. The sentences of 表Ⅳ and 表Ⅴ are those of the contract under which the
form is read (``declared_forms_item.form``), so that what is written here comes back as the same figures.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

import duckdb
import xlsxwriter
from rich.cells import cell_len
from xlsxwriter.utility import xl_cell_to_rowcol
from xlsxwriter.worksheet import Worksheet

from ingest.schema.titled_form import TitledFormContract
from ingest.shapes.contracts import load_contracts
from junheng.core.printable import file_name, in_paper, row_in_paper
from junheng.core.typed import StrictModel, load
from publish.tables.reading import CountyYear, read
from publish.tables.rows import (
    DimCode,
    RptCountyScorecard,
    RptForm1,
    RptForm3,
    RptForm4,
    RptForm5,
    RptForm6,
    RptForm21,
    RptForm22,
    RptFormBlank,
)
from publish.words.formats import wrapped_lines

CONTRACT = "declared_forms_item.form"
TABLES = (
    *("rpt_county_scorecard", "dim_ruleset", "dim_code", "rpt_form_1", "rpt_form_2_1", "rpt_form_2_2"),
    *("rpt_form_3", "rpt_form_4", "rpt_form_5", "rpt_form_6", "rpt_form_blank"),
)
"""Marts that it reads."""
_NAME = re.compile(r"\{([^{}]+)\}")
_A4 = 9
_LINE_POINTS = 14
_TITLE_POINTS = 28
_CELL = {"font_size": 10, "valign": "vcenter"}
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_FORMS_OF_BLOCKS = {"IV": "g", "V": "q"}
"""Which requirements a form holds, by the letter of their codes."""


class SchoolList(StrictModel):
    """The rows of 表Ⅱ-2: the columns of ``rpt_form_2_2`` in the order of the form, and the note below them."""

    first_row: int
    columns: tuple[str, ...]
    note: str


class PaperSheet(StrictModel):
    """A sheet: ranges as A1:C3, texts by the cell where they stand or, several of them, begin."""

    name: str
    widths: dict[str, float]
    title: str
    boxed: tuple[str, ...]
    heights: dict[int, float]
    notes: tuple[str, ...]
    merged: tuple[str, ...]
    cells: dict[str, str | tuple[str, ...]]
    schools: SchoolList | None = None

    def room(self, first: int, last: int) -> float:
        """Characters that a text has room for over these columns."""
        return max(sum(list(self.widths.values())[first : last + 1]) - 1, 1)


class FormLayout(StrictModel):
    """``application_form.yml``."""

    file: str
    font: str
    blank: str
    header: str
    footer: str
    sheets: tuple[PaperSheet, ...]


class ScorecardLine(RptCountyScorecard):
    """A county and rule set of which there is a form, with the name of the rule set."""

    ruleset_zh: str


def layout() -> FormLayout:
    """The layout of the workbook."""
    return load(Path(__file__).with_suffix(".yml"), FormLayout)


@lru_cache(maxsize=1)
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Sentences with blanks by form and number of the item, as the contract has them."""
    (contract,) = [entry for entry in load_contracts() if entry.id == CONTRACT]
    assert isinstance(contract, TitledFormContract)
    assert contract.statements is not None
    return contract.statements.sentences


def application_forms(connection: duckdb.DuckDBPyConnection, county: CountyYear, footer: Mapping[str, str]) -> dict[str, bytes]:
    """Workbooks of a county in its newest year, by file name: one for each rule set that has 表Ⅱ-2, none without figures.

    ``footer``: what the foot of each page says of the release (``release``, ``state``) and when it was made (``created_at``).
    """
    year = (county.code, county.year)
    scorecards = read(
        connection,
        ScorecardLine,
        """
        select scorecards.*, rulesets.name_zh as ruleset_zh
        from marts.rpt_county_scorecard as scorecards
        inner join marts.dim_ruleset as rulesets using (ruleset_id)
        where county_code = ? and school_year = ?
            and ruleset_id in (select ruleset_id from marts.rpt_form_2_2 where county_code = ? and school_year = ?)
        order by ruleset_id
        """,
        *year,
        *year,
    )
    books, verdict_labels = {}, _verdict_labels(connection)
    for scorecard in scorecards:
        named = layout().file.format(ruleset=scorecard["ruleset_zh"], year=scorecard["school_year_label"])
        figures = _figures(connection, scorecard, verdict_labels)
        schools = [
            row_in_paper(row)
            for row in read(
                connection,
                RptForm22,
                """
                select schools.* from marts.rpt_form_2_2 as schools
                inner join marts.dim_code as stages on stages.list = 'stage' and stages.code = schools.stage
                where county_code = ? and school_year = ? and ruleset_id = ?
                order by stages.display_order, schools.sequence
                """,
                *year,
                scorecard["ruleset_id"],
            )
        ]
        books[file_name(named, ".xlsx")] = _workbook(
            figures,
            schools,
            verdict_labels,
            {**footer, "county": county.name, "year": scorecard["school_year_label"]},
        )
    return books


def _verdict_labels(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return {row["code"]: row["label_zh"] for row in read(connection, DimCode, "from marts.dim_code where list = 'verdict'")}


def _figures(
    connection: duckdb.DuckDBPyConnection, scorecard: ScorecardLine, verdict_labels: Mapping[str, str]
) -> dict[str, str]:
    """What stands in the cells, as the form prints it, by the names that the layout uses."""
    key = (scorecard["county_code"], scorecard["school_year"], scorecard["ruleset_id"])
    of_year = "where county_code = ? and school_year = ?"
    of_rules = f"{of_year} and ruleset_id = ?"
    figures: dict[str, str] = {}
    for basic in read(connection, RptForm1, f"from marts.rpt_form_1 {of_year}", *key[:2]):
        figures[f"I.{basic['line']}"] = basic["computed_text"] or basic["value_text"]
    for share in read(connection, RptForm21, f"from marts.rpt_form_2_1 {of_rules}", *key):
        name = f"II-1.{share['stage']}.{share['line']}"
        figures |= {f"{name}.count": share["schools_met_text"], f"{name}.share": share["share_met_text"]}
        counts = {
            "schools": share["school_count"],
            "combined": share["combined_count"],
            "teaching_points": share["teaching_point_count"],
            "complete_secondary": share["complete_secondary_count"],
        }
        figures |= {f"{name}.{counted}": str(count) for counted, count in counts.items() if count is not None}
    for line in read(connection, RptForm3, f"from marts.rpt_form_3 {of_rules}", *key):
        values: Mapping[str, object] = line
        for number in range(1, 9):
            figures[f"III.{line['stage']}.{line['measure']}.l{number}"] = str(values[f"l{number}_text"])
    for survey in read(connection, RptForm6, f"from marts.rpt_form_6 {of_rules}", *key):
        figures |= {f"VI.total.{survey['line']}": survey["total_text"], f"VI.parents.{survey['line']}": survey["parents_text"]}
    blanks: dict[str, dict[str, str]] = {}
    for blank in read(connection, RptFormBlank, f"from marts.rpt_form_blank {of_rules}", *key):
        if blank["value_text"] is not None:
            blanks.setdefault(f"{blank['form']}.{blank['item_number']}", {})[blank["blank"]] = blank["value_text"]
    conclusions: dict[str, list[str]] = {}
    for government in read(connection, RptForm4, f"from marts.rpt_form_4 {of_rules} order by display_order", *key):
        conclusions.setdefault(f"IV.{government['item_number']}", []).append(government["conclusion_zh"])
    for quality in read(connection, RptForm5, f"from marts.rpt_form_5 {of_rules} order by display_order", *key):
        conclusions.setdefault(f"V.{quality['item_number']}", []).append(quality["conclusion_zh"])
    verdicts = dict[str, object](scorecard)
    for name, clauses in conclusions.items():
        form, item_number = name.split(".")
        sentence = sentences().get(form, {}).get(item_number)
        figures[name] = _filled(sentence, blanks.get(name, {})) if sentence else "；".join(clauses)
        verdict = verdicts[f"{_FORMS_OF_BLOCKS[form]}{item_number}_verdict"]
        figures[f"{name}.verdict"] = verdict_labels[str(verdict)] if verdict else ""
    return {name: in_paper(text) for name, text in figures.items()}


def _filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its names in braces replaced; a blank stays where nothing is known."""
    return _NAME.sub(lambda match: values.get(match[1], layout().blank), text)


def _workbook(
    figures: Mapping[str, str], schools: Iterable[RptForm22], verdict_labels: Mapping[str, str], edges: Mapping[str, str]
) -> bytes:
    data = io.BytesIO()
    workbook = xlsxwriter.Workbook(data, _OPTIONS)
    workbook.set_properties({"created": datetime.fromisoformat(edges["created_at"])})
    drawn = _Form(workbook, figures)
    for sheet in layout().sheets:
        page = drawn.add(sheet, schools, verdict_labels)
        page.set_header(layout().header.format(**edges))
        page.set_footer(layout().footer.format(**edges))
    workbook.close()
    return data.getvalue()


class _Form:
    """Sheets drawn into a workbook."""

    def __init__(self, workbook: xlsxwriter.Workbook, figures: Mapping[str, str]) -> None:
        self._workbook, self._figures = workbook, figures
        self._base = _CELL | {"font_name": layout().font}
        self._title = workbook.add_format(self._base | {"bold": True, "font_size": 16, "align": "center"})
        self._note = workbook.add_format(self._base | {"text_wrap": True, "valign": "top"})
        self._text = workbook.add_format(self._base | {"border": 1, "text_wrap": True, "align": "center"})
        self._long = workbook.add_format(self._base | {"border": 1, "text_wrap": True, "align": "left"})
        self._numbers: dict[int, object] = {}

    def add(self, sheet: PaperSheet, schools: Iterable[RptForm22], verdict_labels: Mapping[str, str]) -> Worksheet:
        """Add one sheet; all but a list of schools on one page."""
        page = self._workbook.add_worksheet(sheet.name)
        for letters, width in sheet.widths.items():
            page.set_column(f"{letters}:{letters}", width)
        for first, last in map(_corners, sheet.boxed):
            for row in range(first[0], last[0] + 1):
                for column in range(first[1], last[1] + 1):
                    page.write_blank(row, column, None, self._text)
        for area in sheet.merged:
            page.merge_range(area, "", self._text)
        for area, style in ((sheet.title, self._title), *((note, self._note) for note in sheet.notes)):
            page.merge_range(area, "", style)
        styles = {sheet.title.partition(":")[0]: self._title} | {note.partition(":")[0]: self._note for note in sheet.notes}
        heights: dict[int, float] = {}
        for start, texts in sheet.cells.items():
            row, column = xl_cell_to_rowcol(start)
            for offset, text in enumerate([texts] if isinstance(texts, str) else texts):
                lines = self._write(page, row, column + offset, text, styles.get(start), sheet)
                heights[row] = max(heights.get(row, 0), lines * _LINE_POINTS + 4)
        for note in sheet.notes:
            begin, end = _corners(note)
            text = str(sheet.cells[note.partition(":")[0]])
            heights[begin[0]] = _LINE_POINTS * wrapped_lines(text, sheet.room(begin[1], end[1])) + 4
        for row, height in heights.items():
            page.set_row(row, sheet.heights.get(row + 1, _TITLE_POINTS if row == 0 else height))
        if sheet.schools:
            self._list(page, sheet, sheet.schools, schools, verdict_labels)
        page.set_landscape()
        page.set_paper(_A4)
        page.fit_to_pages(1, 0 if sheet.schools else 1)
        page.center_horizontally()
        return page

    def _write(self, page: Worksheet, row: int, column: int, text: str, style: object, sheet: PaperSheet) -> int:
        """Write a cell; returns the lines that its text takes."""
        name = _NAME.fullmatch(text)
        shown = self._figures.get(name[1], "") if name else _filled(text, self._figures)
        self._value(page, row, column, shown, style)
        return wrapped_lines(shown, sheet.room(column, column))

    def _value(self, page: Worksheet, row: int, column: int, text: str, style: object = None) -> None:
        """A printed number as a number with its decimals, anything else as text."""
        number = _number(text)
        if not text:
            page.write_blank(row, column, None, style or self._text)
        elif number is None:
            page.write_string(row, column, text, style or (self._long if cell_len(text) > 24 else self._text))
        else:
            page.write_number(row, column, number, self._decimals(-int(number.as_tuple().exponent)))

    def _decimals(self, places: int) -> object:
        if places not in self._numbers:
            pattern = f"0.{'0' * places}" if places else "0"
            self._numbers[places] = self._workbook.add_format(
                self._base | {"border": 1, "align": "center", "num_format": pattern}
            )
        return self._numbers[places]

    def _list(
        self,
        page: Worksheet,
        sheet: PaperSheet,
        listed: SchoolList,
        schools: Iterable[RptForm22],
        verdict_labels: Mapping[str, str],
    ) -> None:
        """The schools, 序号 beginning anew with each stage after an empty row, and the note below."""
        row, stage = listed.first_row - 1, ""
        for school in schools:
            if stage and school["stage"] != stage:
                row += 1
            stage = school["stage"]
            values = {**school, "verdict": verdict_labels.get(school["verdict"] or "", "")}
            lines = 1
            for column, name in enumerate(listed.columns):
                value = values[name]
                self._value(page, row, column, "" if value is None else str(value))
                lines = max(lines, wrapped_lines("" if value is None else str(value), sheet.room(column, column)))
            page.set_row(row, _LINE_POINTS * lines + 4)
            row += 1
        note, last = _filled(listed.note, self._figures), len(sheet.widths) - 1
        page.merge_range(row, 0, row, last, note, self._note)
        page.set_row(row, _LINE_POINTS * wrapped_lines(note, sheet.room(0, last)) + 4)
        page.freeze_panes(listed.first_row - 1, 2)
        page.repeat_rows(0, listed.first_row - 2)


def _corners(area: str) -> tuple[tuple[int, int], tuple[int, int]]:
    first, _, last = area.partition(":")
    return xl_cell_to_rowcol(first), xl_cell_to_rowcol(last or first)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
