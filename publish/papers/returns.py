"""收件回执 and 退回单: what became of each file that was delivered, and for each one the cells that have to be repaired.

A 退回单 names exactly those cells: what stands there, what is wrong, what is expected, and where two sources disagree. Filled
in and put into landing it is a delivery of the file, repaired (``ingest.landing.returned``). Figures of the census can be
corrected on its last sheet as well: filled in, it is a file of corrections (``publish.build.correction_book``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from ingest.schema.source import load_source
from junheng.core.printable import file_name
from junheng.core.typed import StrictModel, load
from publish.build import correction_book
from publish.papers.school_plans import Row
from publish.papers.sheets import PageTexts, PaperColumn, PaperPage, PaperTable, list_page, paper_book
from publish.tables.reading import CountyYear, read
from publish.tables.rows import AudQuarantinedRow, AudSubmission, DimCode, FctJointReview
from publish.words.formats import plain, school_year

TABLES = ("aud_quarantined_row", "aud_submission", "dim_check", "dim_code", "fct_joint_review")
"""Marts that the paper reads."""
_UNDER_YEAR = re.compile(r"^[^/]*/[^/]*/")
_CENSUS = "school_census"
_REVIEW_SIDE = "census"
"""Side of the joint review whose measures are fields of the census of the year."""


class CorrectionsTexts(StrictModel):
    """The sheet that is filled in; its headers are those of :func:`correction_book.headers`."""

    title: str
    lines: tuple[str, ...]
    school: str
    field: str
    widths: dict[str, float]


class ReturnTexts(StrictModel):
    """``returns.yml``."""

    receipt: str
    file: str
    receipt_page: PageTexts
    cells_page: PageTexts
    review_page: PageTexts
    place: str
    disputed: str
    expected: str
    corrections_page: CorrectionsTexts


class FaultyCell(AudQuarantinedRow):
    """A cell that is wrong, with the title of the check."""

    wrong: str


def return_texts() -> ReturnTexts:
    """Wording and layout."""
    return load(Path(__file__).with_suffix(".yml"), ReturnTexts)


def returns(connection: duckdb.DuckDBPyConnection, county: CountyYear, foot: Mapping[str, str]) -> dict[str, bytes]:
    """The receipt of a county and its newest year, and a workbook for each file with something to repair, by file name."""
    texts, year = return_texts(), (county.code, county.year)
    files = read(
        connection,
        AudSubmission,
        """
        from marts.aud_submission where county_code = ? and school_year = ? and status in ('accepted', 'refused')
        qualify row_number() over (partition by submission_id order by delivery_night desc) = 1
        order by file_name, submission_id
        """,
        *year,
    )
    if not files:
        return {}
    label = school_year(county.year)
    cells = _by_submission(
        read(
            connection,
            FaultyCell,
            """
            with titles as (select check_id, min(title_zh) as title_zh from marts.dim_check group by check_id)
            select faults.*, coalesce(titles.title_zh, faults.rule) as wrong
            from marts.aud_quarantined_row as faults left join titles on faults.rule = titles.check_id
            order by faults.submission_id, faults.fault_number
            """,
        )
    )
    query = """
        from marts.fct_joint_review where county_code = ? and school_year = ? and state = 'disagree'
        order by school_code nulls last, item_code, stage
    """
    reviews = read(connection, FctJointReview, query, *year)
    edges = {**foot, "county": county.name, "year": label}
    books = {}
    repaired = 0
    for file in files:
        faults = cells.get(file["submission_id"], [])
        submission = file["submission_id"]
        disagreeing = [row for row in reviews if submission in (row["left_submission_id"], row["right_submission_id"])]
        if faults or disagreeing:
            repaired += file["status"] != "refused"
            name = _UNDER_YEAR.sub("", file["file_name"]).replace("/", "_")
            pages = _pages(file, faults, disagreeing)
            books[file_name(texts.file.format(name=name.replace(".", "_")), ".xlsx")] = paper_book(pages, edges)
    labels = {(row["list"], row["code"]): row["label_zh"] for row in read(connection, DimCode, "from marts.dim_code")}
    return {file_name(texts.receipt.format(year=label), ".xlsx"): _receipt(files, repaired, labels, edges)} | books


def _receipt(
    files: Sequence[AudSubmission], repaired: int, labels: Mapping[tuple[str, str], str], edges: Mapping[str, str]
) -> bytes:
    page = return_texts().receipt_page
    refused = sum(file["status"] == "refused" for file in files)
    values = {"county": edges["county"], "year": edges["year"], "count": len(files), "refused": refused, "repaired": repaired}
    lines: list[Row] = [
        {
            **file,
            "number": number,
            "source_zh": labels.get(("source", file["source"] or "")),
            "status_zh": labels.get(("submission_status", file["status"]), file["status"]),
        }
        for number, file in enumerate(files, 1)
    ]
    return paper_book([list_page(page, lines, values)], edges)


def _pages(file: AudSubmission, faults: Sequence[FaultyCell], reviews: Sequence[FctJointReview]) -> list[PaperPage]:
    texts, values = return_texts(), {"file": file["file_name"], "sha256": file["sha256"]}
    pages = []
    cells = [*faults, *(cell for row in reviews if (cell := _disputed(file, row)))]
    if cells:
        lines = [{**cell, "number": number, "repaired": None} for number, cell in enumerate(cells, 1)]
        pages.append(list_page(texts.cells_page, lines, values))
    if reviews:
        pages.append(list_page(texts.review_page, [{**row, "number": number} for number, row in enumerate(reviews, 1)], values))
    if disputed := [line for row in reviews if (line := _correctable(file, row))]:
        pages.append(_corrections(disputed))
    return pages


def _field(file: AudSubmission, review: FctJointReview) -> str | None:
    """The field of the census that a side of this file is about; None where it is none."""
    fields = load_source(_CENSUS).by_name
    if review["left_source"] != _REVIEW_SIDE or review["left_submission_id"] != file["submission_id"]:
        return None
    named = (review["left_measure"], f"{review['left_measure']}_{review['stage']}")
    return next((name for name in named if name in fields), None)


def _disputed(file: AudSubmission, review: FctJointReview) -> Row | None:
    """The cell of a disagreement among those that are to be repaired; None where it is no one cell of this file."""
    texts, field = return_texts(), _field(file, review)
    place = re.match(texts.place, review["left_place_zh"] or "")
    if field is None or place is None:
        return None
    other = review["right_source_zh"] or ""
    return {
        "sheet": place["sheet"],
        "row": int(place["row"]),
        "column": load_source(_CENSUS).by_name[field].zh,
        "value": review["left_value"],
        "wrong": texts.disputed.format(name=review["name_zh"], other=other),
        "guidance": texts.expected.format(
            other=other, value="" if review["right_value"] is None else plain(review["right_value"])
        ),
    }


def _correctable(file: AudSubmission, review: FctJointReview) -> Row | None:
    """The cell of the census that a disagreement is about; None where it is no one cell of this file."""
    field, fields = _field(file, review), load_source(_CENSUS).by_name
    if field is None or review["school_code"] is None:
        return None
    return {
        "county_code": review["county_code"],
        "school_year": str(review["school_year"]),
        "school_code": review["school_code"],
        "school": review["school_name"],
        "field": field,
        "field_zh": fields[field].zh,
        "expected": review["left_value"],
        **dict.fromkeys(correction_book.FILLED_IN),
    }


def _corrections(lines: Sequence[Row]) -> PaperPage:
    texts = return_texts().corrections_page
    named = {key: (header, texts.widths[key]) for key, header in correction_book.headers().items()}
    shown = [("school", (texts.school, 20)), ("field_zh", (texts.field, 22)), *named.items()]
    columns = [PaperColumn.model_validate({"header": header, "from": key, "width": width}) for key, (header, width) in shown]
    unique = {(line["school_code"], line["field"]): line for line in lines}
    return PaperPage(
        correction_book.sheet_name(),
        texts.title,
        [PaperTable(columns, list(unique.values()))],
        texts.lines,
        is_landscape=True,
        is_list=True,
    )


def _by_submission(cells: Sequence[FaultyCell]) -> dict[str, list[FaultyCell]]:
    by_submission: dict[str, list[FaultyCell]] = {}
    for cell in cells:
        by_submission.setdefault(cell["submission_id"], []).append(cell)
    return by_submission
