"""``make repeats``: blocks of six lines and more that stand twice in the code outside tests.

Compared are the lines of ``.py`` and ``.sql`` files as written, without indentation. Passed over is what says no rule: blank
lines, comments, imports, brackets and keywords alone, names of columns in a list, names of common table expressions. Text between
triple quotes counts as code, what is generated does not. A block that stands in three places counts twice.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
GENERATED = {"publish/tables/rows.py"}
FOLDERS = ("bench", "dags", "dbt_project", "devtools", "expectations", "ingest", "junheng", "planning", "publish", "samples")
LENGTH = 6
"""Lines that make a block."""

_SUFFIXES = {".py", ".sql"}
_PASSED_OVER = re.compile(
    r"""
    ^(?:
        \#.* | --.* | \{\#.*\#\}                   # comments
        | (?:from|import)\ \S+\ import\b.* | import\ .*
        | \W*                                      # brackets alone
        | \{%-?\ (?:endif|endfor|endmacro)\ -?%\}
        | \w+(?:\.\w+)?,?                          # a column named in a list, a keyword alone
        | cast\(\w+\ as\ [\w()]+\)\ as\ \w+,?            # a column and its type
        | \w+\ as\ (?:not\ materialized\ )?\(      # the name of a common table expression
        | select\ \*\ from\ .*
    )$
    """,
    re.VERBOSE,
)


class CodeLine(NamedTuple):
    """A line that counts: its number, and its text without indentation."""

    number: int
    text: str


class RepeatedBlock(NamedTuple):
    """Lines that stand in two places, numbers of first and last line of each."""

    file: str
    first: int
    last: int
    again: str
    again_first: int
    again_last: int

    def __str__(self) -> str:
        return f"{self.file}:{self.first}-{self.last} again {self.again}:{self.again_first}-{self.again_last}"


def counted(text: str) -> list[CodeLine]:
    """The lines of a file that count."""
    lines = [CodeLine(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    return [line for line in lines if not _PASSED_OVER.match(line.text)]


def repeats(files: Iterable[tuple[str, str]], length: int = LENGTH) -> list[RepeatedBlock]:
    """Blocks that stand again in a file before or in the same one, as long as they are equal; none is told within another."""
    lines = {name: counted(text) for name, text in files}
    places: dict[tuple[str, ...], list[tuple[str, int]]] = defaultdict(list)
    blocks: list[RepeatedBlock] = []
    for name, code_lines in lines.items():
        start = 0
        while start + length <= len(code_lines):
            window = _window(code_lines, start, length)
            same = [place for place in places[window] if place[0] != name or place[1] + length <= start]
            places[window].append((name, start))
            if not same:
                start += 1
                continue
            earlier, begun = same[0]
            size = length
            while start + size < len(code_lines) and _goes_on(
                lines[earlier], begun + size, code_lines[start + size], earlier == name, start
            ):
                places[_window(code_lines, start + size - length + 1, length)].append((name, start + size - length + 1))
                size += 1
            there = lines[earlier]
            blocks.append(
                RepeatedBlock(
                    earlier,
                    there[begun].number,
                    there[begun + size - 1].number,
                    name,
                    code_lines[start].number,
                    code_lines[start + size - 1].number,
                )
            )
            start += size
    return blocks


def _window(lines: Sequence[CodeLine], start: int, length: int) -> tuple[str, ...]:
    return tuple(line.text for line in lines[start : start + length])


def _goes_on(there: Sequence[CodeLine], place: int, line: CodeLine, is_same_file: bool, start: int) -> bool:
    return place < len(there) and there[place].text == line.text and not (is_same_file and place >= start)


def sources(root: Path = ROOT) -> list[tuple[str, str]]:
    """Files of the project that are looked at, with their texts."""
    files = [path for name in FOLDERS for path in sorted((root / name).rglob("*")) if path.suffix in _SUFFIXES]
    kept = [path.relative_to(root) for path in files if not {"target", "tests"} & set(path.relative_to(root).parts)]
    return [(str(path), (root / path).read_text(encoding="utf-8")) for path in kept if path.as_posix() not in GENERATED]


def main() -> int:
    """Print each block, and how many there are."""
    blocks = repeats(sources())
    for block in blocks:
        print(block)
    print(f"{len(blocks)} blocks of {LENGTH} lines and more stand twice")
    return 0


if __name__ == "__main__":
    sys.exit(main())
