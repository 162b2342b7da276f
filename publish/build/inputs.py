"""What a build reads, held against the chain: figures come from nothing but what nights have written."""

from __future__ import annotations

from collections.abc import Sequence

from junheng.core import chain
from junheng.core.home import Home
from junheng.core.records import SCHEMAS
from publish.build.issues import event_files
from publish.words.texts import texts

_SHOWN = 5


class InputChanged(RuntimeError):
    """Bronze, quarantine or ledger is not what nights have written. The message is Chinese, names files and says what to do."""


def check_inputs(home: Home, nights: Sequence[int]) -> None:
    """Hold what a build of these nights reads against the chain. Raises InputChanged.

    Rows whose entry in the chain is damaged are held against what their night says of them; a table of the ledger whose entry is
    damaged against nothing: ``junheng verify`` names the entry, and the night goes on.
    """
    sealed = chain.known(home).files
    expected: dict[str, str | None] = {}
    wrong: dict[str, str] = {}
    for number in nights:
        folder = home.nights / f"{number:06d}"
        below = folder.relative_to(home.path).as_posix()
        read = [f"{below}/night.json", *(f"{below}/{name}.parquet" for name in SCHEMAS), f"{below}/{chain.ROWS}"]
        expected |= {path: sealed[path] for path in read if path in sealed}
        try:
            expected |= chain.rows_of(folder)
        except ValueError:
            wrong[f"{below}/{chain.ROWS}"] = "input_changed"
    events = {path.relative_to(home.path).as_posix() for path in event_files(home, nights)}
    rows = {path.relative_to(home.path).as_posix() for path in chain.row_files(home)}
    expected |= {path: sha256 for path, sha256 in sealed.items() if path.startswith(("bronze/", "quarantine/")) or path in events}
    for path, sha256 in expected.items():
        if sha256 is not None and (reason := _fault(home, path, sha256)):
            wrong[path] = reason
    wrong |= dict.fromkeys(sorted(path for path in rows if expected.get(path) is None), "input_unknown")
    if wrong:
        raise InputChanged(_told(wrong))


def _fault(home: Home, path: str, sha256: str) -> str:
    """What is wrong with a file: a key of the texts, empty when nothing is."""
    try:
        return "" if chain.sha256_of(home.path / path) == sha256 else "input_changed"
    except FileNotFoundError:
        return "input_missing"
    except OSError:
        return "input_unreadable"


def _told(wrong: dict[str, str]) -> str:
    words = texts()["inputs"]
    names = "、".join(words["file"].format(path=path, reason=words[reason]) for path, reason in list(wrong.items())[:_SHOWN])
    more = words["more"].format(count=len(wrong)) if len(wrong) > _SHOWN else ""
    return str(words["changed"].format(files=names + more))
