"""Workbooks (xlsx, xls, xlsb, ods) through calamine, with clear refusals for what only looks like one.

The native reader works in a child process (:mod:`ingest.readers.worker`): a file that makes it run out of memory or
time is refused, and the night goes on.
"""

from __future__ import annotations

import atexit
import os
import pickle
import re
import subprocess
import sys
import threading

from ingest.cells import CellError
from ingest.faults import Refusal
from ingest.readers.sheet import Sheet
from ingest.readers.worker import Book, Cells, Refused
from junheng.settings import PROJECT_ROOT

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_MAGIC = (
    (b"%PDF", "PDF 文件"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"{\\rtf", "RTF 文档"),
)
_MARKUP = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|\?xml|head|meta|mime)", re.IGNORECASE)
_PATIENCE = 120.0
"""Seconds for one answer of the child."""


class _Child:
    """The child process, started when first needed and again after it died; it holds one open workbook."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._open: bytes | None = None

    def ask(self, data: bytes, name: str | None) -> Book | Cells:
        """Sheet names of a workbook, or the cells of one sheet. Raises Refusal."""
        with self._lock:
            process = self._running()
            timer = threading.Timer(_PATIENCE, process.kill)
            timer.start()
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                pickle.dump((None if self._open is data else data, name), process.stdin, pickle.HIGHEST_PROTOCOL)
                process.stdin.flush()
                reply = pickle.load(process.stdout)
            except (EOFError, OSError, pickle.UnpicklingError) as error:
                self.stop()
                raise Refusal("too_large", detail="所需内存或时间超过限度") from error
            except BaseException:
                self.stop()
                raise
            finally:
                timer.cancel()
            self._open = None if isinstance(reply, Refused) else data
        if isinstance(reply, Refused):
            raise Refusal(reply.rule, detail=reply.detail)
        found: Book | Cells = reply
        return found

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():  # a forked process must not speak through the pipe of its parent
            self._process = None
        if self._process is None or self._process.poll() is not None:
            self._owner, self._open = os.getpid(), None
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from ingest.readers.worker import main; main()"],
                cwd=PROJECT_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def stop(self) -> None:
        """End the process, if it is ours."""
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._process = None


_child = _Child()
atexit.register(_child.stop)


class Workbook:
    """An open workbook; sheets are read on demand and kept."""

    def __init__(self, data: bytes) -> None:
        book = _child.ask(data, None)
        assert isinstance(book, Book)
        self._data = data
        self._sheets: dict[str, Sheet] = {}
        self.names: list[str] = book.names

    def sheet(self, name: str) -> Sheet:
        """Cells of one sheet, from A1 on; formula errors as :class:`CellError`. Raises Refusal."""
        if name not in self._sheets:
            cells = _child.ask(self._data, name)
            assert isinstance(cells, Cells)
            for (row, column), text in cells.errors.items():
                if row < len(cells.rows) and column < len(cells.rows[row]):
                    cells.rows[row][column] = CellError(text)
            self._sheets[name] = Sheet(name=name, rows=cells.rows, merged=tuple(cells.merged))
        return self._sheets[name]


def looks_like_workbook(data: bytes) -> bool:
    """Whether the bytes are a zip or OLE container. Raises Refusal for other things that are no text."""
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLE)):
        return True
    for magic, name in _OTHER_MAGIC:
        if data.startswith(magic):
            raise Refusal("unsupported_format", detail=name)
    if _MARKUP.match(data[:200]):
        raise Refusal("unsupported_format", detail="网页或 XML 文件")
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refusal("unsupported_format", detail="二进制文件")
    return False


def open_workbook(data: bytes) -> Workbook:
    """Open a workbook. Raises Refusal when it is encrypted, damaged, too large or no workbook."""
    return Workbook(data)
