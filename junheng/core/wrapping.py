"""Texts folded to the width of the terminal: Chinese breaks anywhere, words, numbers and names of files stay whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.text import Text

from junheng.core.printable import visible

_LEAST = 20
"""Columns left for a text, however narrow the terminal is."""
_PIECES = re.compile(r"[（“]*(?:[!-~]+ ?| |.)[，。：；、）”！？]*", re.DOTALL)
"""What is not broken: a run of ASCII with its space, or one sign with the marks that must not begin a line."""


def say_line(console: Console, text: str, *, indent: int = 0, style: str = "") -> None:
    """Print one text, its further lines two columns deeper."""
    for number, line in enumerate(_folded(visible(text), max(console.width - indent - 2, _LEAST))):
        deeper = indent + (2 if number else 0)
        console.print(Text(" " * deeper + line.strip(), style=style), soft_wrap=True)


def _folded(text: str, width: int) -> Iterator[str]:
    line = ""
    for piece in _PIECES.findall(text):
        for part in chop_cells(piece, width):
            if line and cell_len(line + part.rstrip()) > width:
                yield line
                line = ""
            line += part
    yield line
