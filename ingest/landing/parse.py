"""Parse one archived export: find its contract, type its cells, write bronze and quarantine, say what was learned."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ingest.landing import archive, bronze, envelope
from ingest.readers.child import uncollected
from ingest.readers.sheet import column_letter
from ingest.readers.workbook import looks_like_workbook, open_workbook
from ingest.schema.areas import area_prefix
from ingest.schema.codes import kinds
from ingest.schema.contract import Contract
from ingest.schema.source import Stage
from ingest.shapes.match import match_text, match_workbook, shape_of
from ingest.shapes.named_twice import named_twice
from ingest.shapes.shape import Match
from ingest.shapes.typed import TypedRecords
from ingest.shapes.typer import type_rows
from ingest.values.causes import cause, note
from ingest.values.faults import FOLDER_DISAGREES, PICTURE, Refusal, refuse, row_fault
from ingest.values.persons import masked
from ingest.values.quotes import file_label
from ingest.values.texts import and_more, few, named_column, row_place, texts_beside
from junheng.core.home import Home
from junheng.core.records import Covered, Fault, LandedFile, ParseResult, part_id

_TEXT = texts_beside(__file__)
_BATCH = 4096
"""Rows looked at in one go."""
_NAMED = 5
"""Counties named in a sentence before it says how many more."""


def parse_file(home: Home, landed: LandedFile, rows: Home | None = None) -> ParseResult:
    """Read the archived original of a landed file into bronze: that of the home, or of ``rows``.

    Whatever the content is, the answer is a result: a file that cannot be taken is refused with a reason and a fix.
    Rows that could be typed are in bronze and all others in quarantine even then. Of a workbook of several tables each is
    a result of its own, in ``parts`` of the first. Raises OSError only when the home itself cannot be used.
    """
    with uncollected():
        return _without_persons(_parsed(home, landed, unread(landed), rows or home))


def _without_persons(result: ParseResult) -> ParseResult:
    """The result, whoever wrote its sentences, without a number of a person in any of them."""
    result.faults, result.notes = (list(map(_nobody, faults)) for faults in (result.faults, result.notes))
    result.unknown_columns, result.left_out, result.hidden_cells = (
        list(map(masked, texts)) for texts in (result.unknown_columns, result.left_out, result.hidden_cells)
    )
    result.reason, result.fix = masked(result.reason), masked(result.fix)
    result.parts = list(map(_without_persons, result.parts))
    return result


def _nobody(fault: Fault) -> Fault:
    return replace(
        fault,
        guidance=masked(fault.guidance),
        sheet=_masked(fault.sheet),
        column=_masked(fault.column),
        value=_masked(fault.value),
    )


def _masked(text: str | None) -> str | None:
    return text and masked(text)


def unread(landed: LandedFile) -> ParseResult:
    """The result of a file of which nothing is known yet."""
    return ParseResult(
        submission_id=landed.submission_id,
        sha256=landed.sha256,
        file_name=file_label(landed.path),
        area_code=landed.area_code,
        folder_school_year=landed.school_year,
    )


def _parsed(home: Home, landed: LandedFile, whole: ParseResult, rows: Home) -> ParseResult:
    data = archive.path_of(home, landed.sha256).read_bytes()
    try:
        taken = [_taken(match, landed) for match in _matches(data, landed)]
    except Refusal as refusal:
        return refuse(whole, refusal)
    except Exception as error:  # a reader must never take the night down
        note(landed.submission_id, error)
        return refuse(whole, Refusal("unreadable", detail=cause(error)))
    (first, records), *others = taken
    whole.hidden_cells = first.hidden
    for match, records_of_part in others:
        id_of_part = part_id(landed.sha256, match.contract.id)
        part = replace(whole, submission_id=id_of_part, part=True, parts=[], hidden_cells=[])
        whole.parts.append(_keep(rows, part, match, records_of_part, landed))
    return _keep(rows, whole, first, records, landed)


def _taken(match: Match, landed: LandedFile) -> tuple[Match, TypedRecords]:
    """Of the contracts that a file fits the first that takes it without a fault; else the one it fits best.

    One that does not read what is wrong does not take it: it has to read the columns with the faults or, of another source, as
    many columns. Raises Refusal.
    """
    records = type_rows(match.contract, match.records, landed)
    if _is_clean(match, records, landed):
        return match, records
    wrong = {
        name
        for row in records.bad
        for name, text in row.source.columns.items()
        if any(fault.column and fault.column.endswith(text) for fault in row.faults)
    }
    columns = frozenset[str]().union(*match.columns)
    for way in match.others:
        try:
            other = way()
            typed = type_rows(other.contract, other.records, landed)
        except Refusal:
            continue
        read = frozenset[str]().union(*other.columns)
        same = other.contract.source == match.contract.source
        if (wrong <= read if same else len(read) >= len(columns)) and _is_clean(other, typed, landed):
            return replace(other, hidden=match.hidden), typed
    return match, records


def _is_clean(match: Match, records: TypedRecords, landed: LandedFile) -> bool:
    return not records.faults and _judge(match.contract, match, records, landed) is None


def _keep(home: Home, result: ParseResult, match: Match, records: TypedRecords, landed: LandedFile) -> ParseResult:
    """Write the rows of one table and enter what was learned of it."""
    contract = match.contract
    result.source, result.contract, result.covers = contract.source, contract.id, contract.covers
    result.unknown_columns = match.unknown_columns
    result.left_out = match.left_out
    result.notes = match.notes + named_twice(contract, records.good)
    result.rows_read = len(records)
    result.rows_parsed, _ = bronze.write(home, contract.fields, contract.id, result.submission_id, records)
    result.covered = _covered(contract, records)
    result.faults = records.faults
    objection = _judge(contract, match, records, landed)
    if objection is not None:
        return refuse(result, objection)
    if result.faults and (contract.on_bad_row == "refuse" or not result.rows_parsed):
        result.refused = True
        result.reason, result.fix = _first_fault(result.faults)
    return result


def _matches(data: bytes, landed: LandedFile) -> list[Match]:
    if not data.strip():
        raise Refusal("empty_file")
    envelope.refuse(data, landed.path)
    if not looks_like_workbook(data):
        return [match_text(data, landed)]
    book = open_workbook(data)
    first, *others = match_workbook(book, landed)
    noted = {(note.sheet, note.row) for note in first.notes if note.rule == PICTURE}
    pictures = [
        row_fault(PICTURE, sheet=sheet, row=row + 1, column=named_column(column_letter(column)))
        for sheet, row, column in book.pictures
        if (sheet, row + 1) not in noted
    ]
    return [replace(first, hidden=book.hidden_texts(), notes=first.notes + pictures), *others]


def _judge(contract: Contract, match: Match, records: TypedRecords, landed: LandedFile) -> Refusal | None:
    """What speaks against the file as a whole."""
    if match.refusal is not None:
        return match.refusal
    if not len(records):
        return Refusal("nothing_filled" if contract.is_ours else "no_rows")
    return _missing_stage(contract, match, records) or _folder_disagrees(contract, records, landed)


def _missing_stage(contract: Contract, match: Match, records: TypedRecords) -> Refusal | None:
    """A column (or form) that is not there although a school's kind has the stage; of several tables each for its own schools."""
    if contract.kind_system is None:
        return None
    stages = kinds(contract.kind_system).stages
    schools: dict[Stage, list[str]] = {}
    for part, columns in zip(records.parts, match.columns, strict=True):
        for stage, column in contract.stage_columns.items():
            codes = {code for code, of_kind in stages.items() if stage in of_kind}
            if column not in columns and (school := _first_of_kind(contract, part, codes)):
                schools.setdefault(stage, []).append(school)
    return shape_of(contract).stage_missing(contract, schools, len(records.parts) > 1) if schools else None


def _first_of_kind(contract: Contract, part: TypedRecords, codes: set[str]) -> str:
    """The first record of a school of one of these kinds, by its place and name; nothing without any."""
    names = contract.fields.named("kind")
    shown = [name for name in ("school_name", *contract.fields.named("school")) if name in contract.fields.by_name]
    batches = part.good.select([*names, *shown, "_sheet", "_row"]).to_batches(max_chunksize=_BATCH)
    for row in (row for batch in batches for row in batch.to_pylist()):
        if any(str(row[name]) in codes for name in names):
            return _named(row["_sheet"], row["_row"], next((row[name] for name in shown if row[name]), ""))
    for bad in part.bad:
        if bad.source.is_record and any(str(bad.values[name]) in codes for name in names):
            value = next((bad.values[name] for name in shown if bad.values[name]), "")
            return _named(bad.source.sheet, bad.source.row, value)
    return ""


def _named(sheet: str | None, row: int | None, value: object) -> str:
    return _TEXT("school_of_stage", place=row_place(sheet, row), name=masked(str(value)))


def _folder_disagrees(contract: Contract, records: TypedRecords, landed: LandedFile) -> Refusal | None:
    prefix = area_prefix(landed.area_code or "", contract.area_system)
    counties = sorted(str(c) for c in records.values(contract.fields.county) if c and not str(c).startswith(prefix))
    years: list[int] = []
    if contract.year_matches_folder:
        others = records.values(contract.year_field) - {None, landed.school_year}
        years = sorted(int(year) for year in others if isinstance(year, int))
    if not counties and not years:
        return None
    content = []
    if counties:
        content.append(_TEXT("areas", codes=few(counties, _NAMED, "counties")))
    if years:
        content.append(_TEXT("years", years="、".join(map(str, years))))
    folder = f"{landed.area_code}/{landed.school_year}"
    return Refusal(FOLDER_DISAGREES, folder=folder, content="，".join(content))


def _covered(contract: Contract, records: TypedRecords) -> list[Covered]:
    county, year = contract.fields.county, contract.year_field
    counts = Counter(zip(*(records.good.column(name).to_pylist() for name in (county, year)), strict=True))
    covered = [
        Covered(str(of_county), of_year, rows) for (of_county, of_year), rows in counts.items() if isinstance(of_year, int)
    ]
    return sorted(covered, key=lambda item: (item.county_code, item.school_year))


def _first_fault(faults: list[Fault]) -> tuple[str, str]:
    """Reason and fix from the first fault, and how many more there are."""
    what, _, fix = faults[0].guidance.partition("。")
    return f"{what}{and_more(len(faults), 1, 'problems')}。", fix
