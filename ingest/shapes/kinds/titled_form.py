"""Forms under titles, several of them in one workbook: lists by columns, or items that are a record each."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from ingest.readers.workbook import Workbook
from ingest.schema.table import TableContract
from ingest.schema.titled_form import TitledFormContract
from ingest.shapes import fits
from ingest.shapes.contracts import contracts_of
from ingest.shapes.forms.listed import ListForm
from ingest.shapes.forms.numbered import ItemForm
from ingest.shapes.forms.sections import Section, sections
from ingest.shapes.records import RawRow, Records
from ingest.shapes.shape import NEAR, Match, Shape, marked_figure, unread
from ingest.shapes.words import TEXT
from ingest.values.cells import CellError, squeeze
from ingest.values.faults import Refusal
from junheng.core.records import LandedFile

TitledForm = ListForm | ItemForm


class Titled(Shape[TitledFormContract]):
    """Each contract of a workbook is a delivery of its own."""

    contract = TitledFormContract
    turn = 2

    def in_workbook(self, book: Workbook, _landed: LandedFile) -> list[Match]:
        """One match per contract. Raises Refusal for a form that lacks a column, and beside a table of another kind."""
        tables: list[TableContract] = []
        forms = [_form(section) for section in sections(book) if not _is_table(section, tables)]
        forms = [form for form in forms if form.is_there]
        return _match(book, forms, tables) if forms else []

    def figure(self, contract: TitledFormContract, _name: str, raw: object) -> tuple[Decimal | None, bool]:
        """A number, or a mark for "does not apply"."""
        return marked_figure(contract.absent_marks, raw)


SHAPE = Titled()


def _form(section: Section) -> TitledForm:
    return ListForm(section) if section.contract.columns else ItemForm(section)


@lru_cache(maxsize=1)
def _form_sources() -> frozenset[str]:
    return frozenset(contract.source for contract in contracts_of(TitledFormContract))


def _is_table(section: Section, tables: list[TableContract]) -> bool:
    """Whether a plain table stands under a title, whole or lacking little; its contract is added to ``tables``.

    A list of a form has the columns of its own plain template as well and stays a form. Numbered cells say less: any
    table that holds all of its columns is one, whatever stands in its cells.
    """
    for contract, finder in fits.table_finders():
        header = finder.find(section.rows, section.merged)
        share = header.share if header else 0.0
        is_other = contract.source not in _form_sources()
        if (share == 1 and (is_other or section.contract.item)) or (share >= NEAR and is_other):
            tables.append(contract)
            return True
    return False


def _match(book: Workbook, forms: list[TitledForm], tables: list[TableContract]) -> list[Match]:
    """One match per contract; sheets without any of its forms are told, and refused where they are a table of another kind.

    ``tables``: contracts of what stands under titles in the same workbook and is no form.
    """
    contracts = {form.section.contract.id: form.section.contract for form in forms}
    named = {form.section.sheet.name for form in forms}
    others = [name for name in book.names if name not in named and book.sheet(name).rows]
    titles = {contract.workbook: contract.title_zh for contract in contracts.values()}
    titles |= {contract.id: contract.title_zh for contract in [*fits.whole_tables(book, others), *tables]}
    if len(titles) > 1:
        raise Refusal("several_sources", contracts="、".join(titles.values()))
    of_contract = [[form for form in forms if form.section.contract is contract] for contract in contracts.values()]
    return [_match_one(forms_, unread(others) if number == 0 else []) for number, forms_ in enumerate(of_contract)]


def _match_one(forms: list[TitledForm], notes_of_sheets: list[str]) -> Match:
    """The forms of one contract."""
    records = [_filled_in(form) for form in forms]
    blank = [form.section.place for form, rows in zip(forms, records, strict=True) if not rows]
    unknown = list(dict.fromkeys(name for form in forms for name in form.unknown_columns))
    left_out = [text for form in forms for text in form.left_out.sentences()]
    left_out += [TEXT("blank_form", place=place) for place in blank]
    return Match(
        forms[0].section.contract,
        [Records.of([row for rows in records for row in rows])],
        [frozenset()],
        unknown,
        left_out + notes_of_sheets,
        notes=[note for form in forms for note in form.notes],
        refusal=Refusal("blank_form", forms="、".join(blank)) if len(blank) == len(forms) else None,
    )


def _filled_in(form: TitledForm) -> list[RawRow]:
    """The records of a form; none of one that nobody filled in."""
    rows = form.records()
    return rows if any(_is_filled(row.raw.get(name)) for row in rows for name in form.stating) else []


def _is_filled(cell: object) -> bool:
    return isinstance(cell, CellError) or bool(squeeze(cell))
