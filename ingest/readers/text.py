"""Delimited text: a byte-order mark decides; else the encodings a contract names, each strictly, in order."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ingest.readers.sheet import MAX_CELLS, Sheet, without_pictures
from ingest.readers.sniff import utf16_without_mark
from ingest.values.causes import cause
from ingest.values.faults import Refusal

HEAD_ROWS = 40
_HEAD_SIGNS = 1 << 20
"""Signs that hold the first rows of any file with a header."""
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MARKED_DIGITS = re.compile(r"'[0-9]+[Xx]?")
_END_MARK = "\x1a"
_FILLING = f"{_END_MARK}\0\r\n"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_SHARED, _SHORT = 1 << 16, 8
"""So many different cells of so many signs are kept once, however often they stand in a text: most cells are short numbers."""
_SURELY_UTF8 = 10
"""So many valid UTF-8 sequences before the first bad byte: damaged UTF-8, not another encoding."""


@dataclass(frozen=True)
class BadByte:
    """Where strict decoding failed, and what could be read with a placeholder there."""

    encoding: str
    offset: int
    line: int
    byte: int
    lenient: str

    def refusal(self) -> Refusal:
        """The file refused for this byte."""
        byte = f"0x{self.byte:02X}"
        return Refusal("bad_encoding", line=self.line, offset=self.offset, byte=byte, encoding=self.encoding.upper())


class TextFile:
    """Bytes of a text file, decoded on demand and only once per encoding."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._decoded: dict[str, str | BadByte] = {}
        marked = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), None)
        self._bom = marked or utf16_without_mark(data)

    def decode(self, encodings: list[str]) -> str | BadByte:
        """Text under the first encoding that fits strictly, else the failure that came latest in the file."""
        failures: list[BadByte] = []
        for encoding in [self._bom] if self._bom else encodings:
            found = self._strict(encoding)
            if isinstance(found, str):
                return found
            failures.append(found)
            if encoding == "utf-8":
                good = self._data[: found.offset].decode("utf-8")
                if sum(character > "\x7f" for character in good) >= _SURELY_UTF8:
                    return found
        return max(failures, key=lambda bad: bad.offset)

    def _strict(self, encoding: str) -> str | BadByte:
        if encoding not in self._decoded:
            try:
                self._decoded[encoding] = _to_its_end(self._data.decode(encoding))
            except UnicodeDecodeError as error:
                self._decoded[encoding] = BadByte(
                    encoding=encoding.removesuffix("-sig"),
                    offset=error.start,
                    line=self._data.count(b"\n", 0, error.start) + 1,
                    byte=self._data[min(error.start, len(self._data) - 1)],
                    lenient=self._data.decode(encoding, errors="replace"),
                )
        return self._decoded[encoding]


def _to_its_end(text: str) -> str:
    """Text without the mark (Ctrl-Z) that programs for DOS set behind the last line: what stands before it is whole."""
    kept = text.rstrip(_FILLING)
    return kept + "\n" if _END_MARK in text[len(kept) :] else text


def _unmarked(cell: object) -> object:
    """A cell without the apostrophe that an export puts before digits, so that Excel takes them for text."""
    return cell[1:] if isinstance(cell, str) and _MARKED_DIGITS.fullmatch(cell) else cell


def beginning(text: str) -> str:
    """What of a text holds its first rows."""
    return text[:_HEAD_SIGNS]


def head(text: str, delimiter: str) -> list[list[object]]:
    """The first rows, read leniently, to look for a header."""
    reader = csv.reader(io.StringIO(text[:_HEAD_SIGNS], newline=""), delimiter=delimiter)
    try:
        return [list(row) for row in islice(reader, HEAD_ROWS)]
    except csv.Error:
        return []


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends, one after the other: no second copy of the text."""
    return (line[0] for line in _LINE.finditer(text))


def read(text: str, delimiter: str) -> Sheet:
    """All rows, read strictly. Raises Refusal where quotes do not pair, and for more cells than a sheet may have."""
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    rows: list[list[object]] = []
    shared: dict[str, str] = {}
    left, is_marked = MAX_CELLS, "'" in text
    try:
        for row in reader:
            left -= len(row) or 1
            if left < 0:
                raise Refusal("too_large", detail=f"超过{MAX_CELLS}个单元格")
            if len(shared) < _SHARED:
                for cell in row:
                    if len(cell) <= _SHORT:
                        shared.setdefault(cell, cell)
            cells: list[object] = list(map(shared.get, row, row))
            rows.append(list(map(_unmarked, cells)) if is_marked else cells)
    except csv.Error as error:
        raise Refusal("bad_quotes", line=reader.line_num, detail=cause(error)) from error
    sheet = Sheet(name=None, rows=rows, unterminated=not text.endswith(("\n", "\r")))
    return without_pictures(sheet) if "DISPIMG" in text else sheet
