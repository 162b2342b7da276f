"""Papers of the acts on the ledger: 整改通知单, 通报, 约谈通知, 问责建议书 on what is late, and 销号申请单 after a re-check.

A document per act, with pages for each unit, or one to all who are to read it; a page for each issue that asks to be struck
off. An issue stands in the paper of its next act alone: that of a later one is written when the earlier one was recorded.
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

_DUE = "due"


class ActPaper(StrictModel):
    """The paper of an act."""

    file: str
    title: str
    addressee: str = ""
    """Of the one paper on all units; empty: each unit has its own."""
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
    acts: dict[str, ActPaper]
    unit_column: str
    unit_width: float
    columns: tuple[str, ...]
    widths: tuple[float, ...]
    strike_off: StrikeOffTexts


def act_texts() -> ActTexts:
    """Wording of the papers."""
    return load(Path(__file__).with_suffix(".yml"), ActTexts)


def act_papers(connection: duckdb.DuckDBPyConnection, county: CountyYear, context: PaperContext) -> Papers:
    """Papers of a county; none where nothing is late and nothing waits to be struck off."""
    ledger, papers = OfficeLedger(connection, county), dict[str, bytes]()
    for code, wording in act_texts().acts.items():
        late: dict[str, list[Cells]] = {}
        for act in ledger.acts():
            if act["act"] == code and act["act_state"] == _DUE:
                late.setdefault(str(act["lead_unit_zh"] or act_texts().unassigned), []).append(act)
        if late:
            papers[file_name(wording.file.format(county=county.name), ".docx")] = _to_units(
                wording, late, county, ledger, context
            )
    form = act_texts().strike_off
    ready = ledger.in_state(*form.states)
    if ready:
        papers[file_name(form.file.format(county=county.name), ".docx")] = _strike_off(ready, context)
    return papers


def _to_units(
    wording: ActPaper, late: Mapping[str, list[Cells]], county: CountyYear, ledger: OfficeLedger, context: PaperContext
) -> bytes:
    """A paper to each unit, on pages of its own, with what it is late with; or one paper on all of them."""
    paper, shown = OfficialDocument(), ["issue_no", "title", "deadline", "days_overdue", "measure"]
    columns, widths = act_texts().columns, act_texts().widths
    addressed = {act_texts().addressee.format(unit=unit): acts for unit, acts in sorted(late.items())}
    if wording.addressee:
        addressed = {wording.addressee.format(county=county.name): [act for _, acts in sorted(late.items()) for act in acts]}
        shown[-1] = "unit"
        columns, widths = (*columns[:-1], act_texts().unit_column), (*widths[:-1], act_texts().unit_width)
    for place, (addressee, acts) in enumerate(addressed.items()):
        paper.title(wording.title, begins_page=place > 0)
        paper.paragraph(addressee, is_flush=True)
        for text in wording.paragraphs:
            paper.paragraph(text.format(date=day(ledger.as_of), count=len(acts), units=len(late)))
        named = [{**act, "unit": act["lead_unit_zh"] or act_texts().unassigned} for act in acts]
        paper.table(columns, [[_text(act[name]) for name in shown] for act in named], widths)
        paper.signature(act_texts().office.format(county=county.name), ledger.as_of)
    return paper.content(context.foot)


def _strike_off(ready: list[Cells], context: PaperContext) -> bytes:
    """Forms that ask to strike issues off, a page each; lines of which nothing is known are left out."""
    wording, paper = act_texts().strike_off, OfficialDocument()
    for place, cells in enumerate(ready):
        paper.title(wording.title, begins_page=place > 0)
        known = [[line.label, text] for line in wording.lines if (text := _text(cells[line.shows]))]
        paper.table(wording.columns, known, wording.widths)
        for text in wording.closing:
            paper.paragraph(text)
    return paper.content(context.foot)


def _text(value: object) -> str:
    return day(value) if isinstance(value, date) else "" if value is None else str(value)
