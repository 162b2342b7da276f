"""佐证材料包: the files of evidence of a county in numbered folders, a box for each thing that they prove, with an index.

For the owner of the home alone: photographs and lists of names lie in it. A file that serves several boxes lies in the first of
them and stands in the index under each.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

import duckdb

from junheng.core.home import Home, write_atomically
from junheng.core.printable import file_name
from junheng.core.typed import StrictModel, complete, load
from publish.papers import owed_evidence
from publish.papers.school_plans import Row
from publish.papers.sheets import PageTexts, list_page, paper_book
from publish.papers.wording import day as in_words
from publish.tables.reading import CountyYear, read
from publish.tables.rows import RptEvidenceFile
from publish.words.formats import school_year

Box = Literal["requirement", "school", "issue", "unsorted"]
State = Literal["open", "valid", "expired", "gone"]
_OWNER_FOLDER, _OWNER_FILE = 0o700, 0o600


class PackageTexts(StrictModel):
    """``evidence_package.yml``."""

    folder: str
    index: str
    box: str
    file: str
    numbered: str
    boxes: Annotated[dict[Box, str], complete(*get_args(Box))]
    states: Annotated[dict[State, str], complete(*get_args(State))]
    contents: PageTexts
    owed: PageTexts


class BoxedFile(RptEvidenceFile):
    """A file in a box, with the name of what it proves."""

    box_name: str | None


def package_texts() -> PackageTexts:
    """Wording and layout."""
    return load(Path(__file__).with_suffix(".yml"), PackageTexts)


def write_package(
    home: Home, connection: duckdb.DuckDBPyConnection, county: CountyYear, out: Path, foot: Mapping[str, str], today: date
) -> list[Path]:
    """Write the package of a county below ``out``; its index and its files, none where there is neither file nor debt.

    ``today``: day against which the end of a lease or certificate is held. What is not in the archive any more is said in the
    index. Raises OSError where the archive cannot be read: only its owner can.
    """
    texts = package_texts()
    files = read(connection, BoxedFile, _FILES, county.code)
    owed = owed_evidence.owed_evidence(connection, county, _judged(connection, county), today)
    if not files and not owed:
        return []
    root = out / file_name(texts.folder.format(county=county.name, code=county.code), "")
    root.mkdir(mode=_OWNER_FOLDER, parents=True, exist_ok=True)
    root.chmod(_OWNER_FOLDER)
    lines, written = _boxed(home, files, root, today)
    values = {
        "county": county.name,
        "day": in_words(today),
        "count": len({file["file_sha256"] for file in files}),
        "boxes": len({(file["box"], file["box_code"]) for file in files}),
        "owed": len(owed),
    }
    owed = sorted(owed, key=lambda line: (line["section"] is None, str(line["section"])))
    pages = [list_page(texts.contents, lines, values), list_page(texts.owed, _numbered(owed), values)]
    index = root / file_name(texts.index.format(county=county.name), ".xlsx")
    write_atomically(index, paper_book(pages, {**foot, "county": county.name, "year": in_words(today)}))
    index.chmod(_OWNER_FILE)
    return [index, *written]


def _judged(connection: duckdb.DuckDBPyConnection, county: CountyYear) -> list[str]:
    """Rule sets that judge the county: what only another one asks for is owed by nobody."""
    query = """
        select distinct ruleset_id from marts.fct_school_verdict where county_code = ? and school_year = ? and verdict is not null
    """
    return [row[0] for row in connection.execute(query, [county.code, county.year]).fetchall()]


def _boxed(home: Home, files: Sequence[BoxedFile], root: Path, today: date) -> tuple[list[Row], list[Path]]:
    """Copy each file once into the first box that it belongs to; the lines of the index and the copies."""
    texts = package_texts()
    lines: list[Row] = []
    copies: dict[str, Path] = {}
    numbers: dict[tuple[str, str | None], int] = {}
    for file in files:
        number = numbers.setdefault((file["box"], file["box_code"]), len(numbers) + 1)
        kind = _box(file)
        name = texts.boxes[kind].format(code=file["box_code"], name=file["box_name"] or "").strip()
        box = file_name(texts.box.format(number=number, name="_".join(name.split())), "")
        sha256 = file["file_sha256"]
        is_kept = home.original(sha256).exists()
        if sha256 not in copies and is_kept:
            copies[sha256] = _copied(home, sha256, root / box, len(copies) + 1, file["file_name"])
        place = copies.get(sha256)
        lines.append(
            {
                **file,
                "number": len(lines) + 1,
                "year": None if file["school_year"] is None else school_year(file["school_year"]),
                "box_number": number,
                "box_zh": name,
                "file_number": texts.numbered.format(number=list(copies).index(sha256) + 1) if place else None,
                "place": place.relative_to(root).as_posix() if place else None,
                "state_zh": texts.states[_state(file, is_kept, today)],
            }
        )
    return lines, list(copies.values())


def _box(file: BoxedFile) -> Box:
    return next(kind for kind in get_args(Box) if kind == file["box"])


def _state(file: BoxedFile, is_kept: bool, today: date) -> State:
    if not is_kept:
        return "gone"
    if file["valid_until"] is None:
        return "open"
    return "expired" if file["valid_until"] < today else "valid"


def _copied(home: Home, sha256: str, box: Path, number: int, name: str) -> Path:
    box.mkdir(mode=_OWNER_FOLDER, exist_ok=True)
    given = Path(name)
    copy = box / file_name(package_texts().file.format(number=number, name=given.stem), given.suffix)
    copy.unlink(missing_ok=True)
    copy.touch(_OWNER_FILE)
    shutil.copyfile(home.original(sha256), copy)
    return copy


def _numbered(lines: Iterable[Row]) -> list[Row]:
    return [{**line, "number": number} for number, line in enumerate(lines, 1)]


_FILES = """
    with requirements as (
        select requirement_code as code, any_value(indicator_name_zh order by ruleset_id) as name, min(display_order) as place
        from marts.dim_requirement group by requirement_code
        union all
        select indicator_code, any_value(name_zh order by ruleset_id, stage), -1
        from marts.dim_indicator where indicator_code not in (select requirement_code from marts.dim_requirement)
        group by indicator_code
    ), schools as (
        select county_code, school_code as code, arg_max(school_name, school_year) as name,
            arg_max(display_order, school_year) as place
        from marts.dim_school group by county_code, school_code
    )
    select files.*, coalesce(requirements.name, schools.name, issues.issue_no || ' ' || issues.title) as box_name
    from marts.rpt_evidence_file as files
    left join requirements on files.box = 'requirement' and files.box_code = requirements.code
    left join schools on files.box = 'school' and files.box_code = schools.code and files.county_code = schools.county_code
    left join marts.fct_issue as issues on files.box = 'issue' and files.box_code = issues.issue_id
    left join marts.dim_code as kinds on kinds.list = 'evidence_box' and kinds.code = files.box
    where files.county_code = ?
    order by kinds.display_order, coalesce(requirements.place, schools.place), issues.issue_no, files.box_code,
        files.file_name, files.school_year desc nulls last, files.file_sha256
"""
