"""Papers of the acts on the ledger: 整改通知单 and 约谈通知 to units that are late, 销号申请单 for what passed its re-check.

One document per unit, or per issue that asks to be struck off. What is late enough for a later act has the papers of the earlier
ones too: none is skipped. Whether an act was done is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
from pydantic import Field

from junheng.core.printable import file_name
from junheng.core.typed import StrictModel, load
from publish.papers.document import OfficialDocument
from publish.papers.issue_ledger import Cells, OfficeLedger
from publish.papers.kind import PaperContext, Papers
from publish.papers.wording import day
from publish.tables.reading import CountyYear


class UnitPaper(StrictModel):
    """A paper to a unit."""

    file: str
    title: str
    paragraphs: tuple[str, ...]


class StrikeOffLine(StrictModel):
    """A line of the form, from a column of the ledger."""

    label: str
    shows: str = Field(alias="from")


class StrikeOffTexts(StrictModel):
    """销号申请单."""

    states: tuple[str, ...]
    file: str
    title: str
    columns: tuple[str, ...]
    widths: tuple[float, ...]
    lines: tuple[StrikeOffLine, ...]
    closing: tuple[str, ...]


class ActTexts(StrictModel):
    """``act_papers.yml``."""

    office: str
    addressee: str
    unassigned: str
    units: dict[str, UnitPaper]
    columns: tuple[str, ...]
    widths: tuple[float, ...]
    strike_off: StrikeOffTexts


def act_texts() -> ActTexts:
    """Wording of the papers."""
    return load(Path(__file__).with_suffix(".yml"), ActTexts)


def act_papers(connection: duckdb.DuckDBPyConnection, county: CountyYear, context: PaperContext) -> Papers:
    """Papers of a county; none where nothing is late and nothing waits to be struck off."""
    ledger, papers = OfficeLedger(connection, county), dict[str, bytes]()
    office = act_texts().office.format(county=county.name)
    late: dict[tuple[str, str], list[Cells]] = {}
    for act in ledger.acts():
        if act["act"] in act_texts().units:
            late.setdefault((str(act["act"]), str(act["lead_unit_zh"] or act_texts().unassigned)), []).append(act)
    for (code, unit), acts in sorted(late.items()):
        wording = act_texts().units[code]
        papers[file_name(wording.file.format(unit=unit), ".docx")] = _to_unit(
            wording, unit, acts, ledger.as_of, office, context.foot
        )
    form = act_texts().strike_off
    for cells in ledger.in_state(*form.states):
        papers[file_name(form.file.format(number=cells["human_number"]), ".docx")] = _strike_off(cells, context.foot)
    return papers


def _to_unit(wording: UnitPaper, unit: str, acts: list[Cells], as_of: date, office: str, foot: Mapping[str, str]) -> bytes:
    """A paper to a unit with what it is late with."""
    paper = OfficialDocument()
    paper.title(wording.title)
    paper.paragraph(act_texts().addressee.format(unit=unit), is_flush=True)
    for text in wording.paragraphs:
        paper.paragraph(text.format(date=day(as_of), count=len(acts)))
    shown = ("human_number", "title", "deadline", "days_overdue", "measure")
    paper.table(act_texts().columns, [[_text(act[name]) for name in shown] for act in acts], act_texts().widths)
    paper.signature(office, as_of)
    return paper.content(foot)


def _strike_off(cells: Cells, foot: Mapping[str, str]) -> bytes:
    """The form that asks to strike an issue off; lines of which nothing is known are left out."""
    wording, paper = act_texts().strike_off, OfficialDocument()
    paper.title(wording.title)
    known = [[line.label, text] for line in wording.lines if (text := _text(cells[line.shows]))]
    paper.table(wording.columns, known, wording.widths)
    for text in wording.closing:
        paper.paragraph(text)
    return paper.content(foot)


def _text(value: object) -> str:
    return day(value) if isinstance(value, date) else "" if value is None else str(value)
