"""dBASE tables (.dbf): one sheet, field names as its header."""

from __future__ import annotations

import re
import struct
import tempfile
from typing import Any

from dbfread import DBF, FieldParser
from dbfread.codepages import guess_encoding

from ingest.readers.reply import Cells, Refused
from ingest.readers.texts import TEXT, table_name

SHEET = table_name(1)
_CHINESE = "cp936"
_MEMO = set("MGPB")
_HIGH = re.compile(rb"[\x80-\xff]+")


class _Misfit(str):
    """Text of a cell that is none of its column's kind."""


class _Parser(FieldParser):  # type: ignore[misc]
    """Numbers stay as written: typing is not the business of a reader. So does what is none of its column's kind."""

    def parse(self, field: Any, data: bytes) -> Any:
        """One cell; a date, a truth or a counter that is none as its text, for its record to answer for."""
        try:
            return super().parse(field, data)
        except UnicodeDecodeError:
            raise
        except (ValueError, struct.error):
            return _Misfit(data.strip(b"\0 ").decode("latin-1"))

    def parseN(self, field: Any, data: bytes) -> str:  # noqa: ARG002
        return data.strip(b"\0 ").decode("ascii", errors="replace")

    parseF = parseN


class DbaseBook:
    """The one table of a dBASE file."""

    numbered = True

    def __init__(self, data: bytes) -> None:
        with tempfile.NamedTemporaryFile(suffix=".dbf") as copy:  # dbfread takes a name only
            copy.write(data)
            copy.flush()
            self._cells = _read(copy.name, _encoding(data))
        self.names = [SHEET]

    def sheet(self, name: str) -> Cells:  # noqa: ARG002
        """The cells; the first row holds the field names."""
        return self._cells


def _encoding(data: bytes) -> str:
    """Encoding of the text: what the file says, unless it says nothing or says what its own bytes belie.

    In Western text bytes above ASCII stand alone or in odd runs as often as not; Chinese ones come in pairs.
    """
    try:
        stated = guess_encoding(data[29])
    except LookupError:
        return _CHINESE
    if stated in ("gbk", "gb2312", "cp936", "ascii"):
        return _CHINESE
    runs = _HIGH.findall(data[32:])
    try:
        pairs = bool(runs) and all(len(run) % 2 == 0 and run.decode("gb2312") for run in runs)
    except UnicodeDecodeError:
        pairs = False
    return _CHINESE if pairs else str(stated)


def _read(path: str, encoding: str) -> Cells:
    try:
        table = DBF(path, encoding=encoding, parserclass=_Parser, ignorecase=False, ignore_missing_memofile=True)
        if _MEMO & {field.type for field in table.fields}:
            raise Refused("unsupported_format", TEXT("memo_fields"))
        names = list(table.field_names)
        if len(set(names)) < len(names):
            raise Refused("damaged_workbook", TEXT("fields_of_one_name"))
        rows = [["" if record[name] is None else record[name] for name in names] for record in table.records]
        if len(rows) + len(table.deleted) != table.header.numrecords:
            raise Refused(
                "damaged_workbook", TEXT("records_missing", stated=table.header.numrecords, read=len(rows) + len(table.deleted))
            )
    except UnicodeDecodeError as error:
        raise Refused("undecodable", encoding.upper()) from error
    misfits = [(row, column) for row, cells in enumerate(rows, 1) for column, cell in enumerate(cells) if type(cell) is _Misfit]
    for row, column in misfits:
        rows[row - 1][column] = str(rows[row - 1][column])
    return Cells([list(names), *rows], [], misfits=misfits)
