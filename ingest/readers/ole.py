"""Old office files (OLE compound files): which streams lie at their root, and whether a password guards them."""

from __future__ import annotations

import struct

from ingest.readers.reply import Refused

_END = 0xFFFFFFFA
"""Sector numbers from here on are marks."""
_NONE = 0xFFFFFFFF
_FILEPASS = 0x2F


def root_streams(data: bytes) -> set[str]:
    """Names at the root, in small letters; an embedded document's streams are not among them. Raises Refused."""
    try:
        return _root(data)
    except (struct.error, IndexError) as error:
        raise Refused("damaged_workbook", "OLE") from error


def _root(data: bytes) -> set[str]:
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    if size not in (512, 4096):
        raise IndexError
    fat = _allocation(data, size)
    entries: list[tuple[str, int, int, int]] = []
    sector, left = struct.unpack_from("<I", data, 48)[0], len(data) // size + 1
    while sector < _END and left:
        start = (sector + 1) * size
        for at in range(start, start + size, 128):
            length = struct.unpack_from("<H", data, at + 64)[0]
            name = data[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", errors="replace")
            entries.append((name.lower(), *struct.unpack_from("<III", data, at + 68)))
        sector, left = fat[sector], left - 1
    found: set[str] = set()
    seen: set[int] = set()
    waiting = [entries[0][3]]
    while waiting:
        number = waiting.pop()
        if number == _NONE or number in seen:
            continue
        seen.add(number)
        name, before, after, _ = entries[number]
        found.add(name)
        waiting += [before, after]
    return found


def _allocation(data: bytes, size: int) -> list[int]:
    """The table that chains the sectors."""
    each = size // 4
    places = list(struct.unpack_from("<109I", data, 76))
    sector, left = struct.unpack_from("<I", data, 68)[0], len(data) // size + 1
    while sector < _END and left:
        more = struct.unpack_from(f"<{each}I", data, (sector + 1) * size)
        places += more[:-1]
        sector, left = more[-1], left - 1
    table: list[int] = []
    for place in places[: len(data) // size + 1]:
        if place < _END:
            table += struct.unpack_from(f"<{each}I", data, (place + 1) * size)
    return table


def has_password(data: bytes) -> bool:
    """Whether the records of a workbook begin with the one that says so: not every cipher is known to the reader."""
    start = data.find(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    at, seen = start, 0
    while start >= 0 and at + 4 <= len(data) and seen < 5:
        kind, length = struct.unpack_from("<HH", data, at)
        if kind == _FILEPASS:
            return True
        at, seen = at + 4 + length, seen + 1
    return False


def check(data: bytes) -> None:
    """Refuse what is no workbook, or one with a password. Raises Refused."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Refused("encrypted_workbook")
    names = root_streams(data)
    if names & {"workbook", "book"}:
        if has_password(data):
            raise Refused("encrypted_workbook")
        return
    if "worddocument" in names:
        raise Refused("text_document", "旧版 Word 文档（.doc）或 WPS 文字文档（.wps）")
    if "powerpoint document" in names:
        raise Refused("unsupported_format", "演示文稿")
    raise Refused("damaged_workbook", "OLE")
