"""Envelopes: a zip or 7z file that is no office file. Each member is a delivery of its own, ``包.zip!/校.xlsx``.

A member is known by its path and hash. Its name is only ever compared and shown, never used to open or write anything.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ingest.landing.ignored import ignored
from ingest.readers.child import Child
from ingest.readers.reply import Member
from ingest.readers.sniff import SEVEN_ZIP, ZIP
from ingest.values.faults import Refusal
from ingest.values.texts import texts_beside

_TEXT = texts_beside(__file__)
MARK = "!/"
"""Stands between the path of an envelope and the name of a member."""
MAX_BYTES = 512 << 20

_OFFICE_FIRST = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"word/", b"ppt/", b"customXml/", b"mimetype")
_EMPTY_ZIP = b"PK\x05\x06"
_NAME_AT = 30
_child = Child("ingest.readers.unpack")


def may_be_envelope(head: bytes) -> bool:
    """Whether a file that begins so has to be opened to know; office files show themselves by their first member."""
    if head.startswith((SEVEN_ZIP, _EMPTY_ZIP)):
        return True
    return head.startswith(ZIP) and len(head) > _NAME_AT and not head[_NAME_AT:].startswith(_OFFICE_FIRST)


def members(data: bytes) -> list[Member] | None:
    """What lies in an envelope, in order of names, without what programs leave behind; None where it is none.

    Raises Refusal where the envelope as a whole cannot be taken.
    """
    every: list[Member] | None = _ask(data, None)
    if every is None:
        return None
    kept = [member for member in every if not any(map(ignored, _parts(member.name)))]
    if not kept:
        raise Refusal("empty_archive")
    return sorted(kept, key=lambda member: member.name)


def _parts(name: str) -> list[str]:
    return [part for part in name.split("/") if part not in ("", ".", "..")]


def refuse(data: bytes, path: str) -> None:
    """Raise the Refusal of an envelope that came to be read as an export; return where it is none."""
    if not may_be_envelope(data[:64]) or members(data) is None:
        return
    raise Refusal("nested_archive" if MARK in path else "unsupported_format", detail=_TEXT("archive"))


def member_of(landing: Path, path: str) -> tuple[Path, str] | None:
    """File of the envelope and name of the member that a landed path means; None for a file of its own."""
    at = path.find(MARK)
    while at >= 0:
        if _is_file(landing / path[:at]):
            return landing / path[:at], path[at + len(MARK) :]
        at = path.find(MARK, at + 1)
    return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name within an envelope may be longer than the file system takes
        return False


def read(envelope: Path, name: str) -> bytes:
    """Bytes of one member. Raises OSError where the envelope is not there, Refusal where it no longer holds the member."""
    stated = envelope.stat()
    return bytes(_ask(_bytes(envelope, stated.st_mtime_ns, stated.st_size, stated.st_ino), name))


@lru_cache(maxsize=1)
def _bytes(envelope: Path, *_: int) -> bytes:
    """The envelope read last, so that its members need not open it anew."""
    return envelope.read_bytes()


def _ask(data: bytes, name: str | None) -> Any:
    if len(data) > MAX_BYTES:
        raise Refusal("archive_too_large", detail=_TEXT("larger_than", megabytes=MAX_BYTES >> 20))
    try:
        return _child.ask(data, name)
    except Refusal as refusal:
        if refusal.rule == "too_large":
            raise Refusal("archive_too_large", detail=_TEXT("over_budget")) from refusal
        raise
