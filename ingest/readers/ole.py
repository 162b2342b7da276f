"""Old office files (OLE compound files): the streams at their root, and whether a password guards them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cached_property

from ingest.readers.reply import Refused
from ingest.readers.texts import TEXT

_END = 0xFFFFFFFA
"""Sector numbers from here on are marks."""
_NONE = 0xFFFFFFFF
_FILEPASS = 0x2F
_SMALL_SECTOR = 64


class Compound:
    """A compound file. Raises Refused where it leads nowhere."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._size = 1 << struct.unpack_from("<H", data, 30)[0]
            if self._size not in (512, 4096):
                raise IndexError
            self._most = len(data) // self._size + 1
            self._fat = self._allocation()
            self._streams = self._root()
        except (struct.error, IndexError) as error:
            raise Refused("damaged_workbook", TEXT("old_office_cut")) from error

    @property
    def names(self) -> set[str]:
        """Streams and storages at the root, in small letters; an embedded document's streams are not among them."""
        return set(self._streams)

    def read(self, name: str) -> bytes:
        """Bytes of a stream at the root. Raises Refused, KeyError."""
        try:
            first, length = self._streams[name]
            if length >= self._smallest:
                return self._chained(first)[:length]
            return b"".join(self._small[at * _SMALL_SECTOR : (at + 1) * _SMALL_SECTOR] for at in self._small_chain(first))[
                :length
            ]
        except (struct.error, IndexError) as error:
            raise Refused("damaged_workbook", TEXT("old_office_cut")) from error

    @property
    def _smallest(self) -> int:
        """Bytes from which on a stream has sectors of its own."""
        return int(struct.unpack_from("<I", self._data, 56)[0])

    @cached_property
    def _small(self) -> bytes:
        """The stream of the root, which holds all small ones."""
        return self._chained(self._small_start)

    def _small_chain(self, sector: int) -> Iterator[int]:
        table = self._chained(struct.unpack_from("<I", self._data, 60)[0])
        left = len(table) // 4 + 1
        while sector < _END and left:
            yield sector
            sector, left = struct.unpack_from("<I", table, sector * 4)[0], left - 1

    def _chained(self, sector: int) -> bytes:
        return b"".join(self._data[(at + 1) * self._size : (at + 2) * self._size] for at in self._chain(sector))

    def _chain(self, sector: int) -> Iterator[int]:
        left = self._most
        while sector < _END and left:
            yield sector
            sector, left = self._fat[sector], left - 1

    def _root(self) -> dict[str, tuple[int, int]]:
        """First sector and length of each entry at the root."""
        data = self._data
        entries: list[tuple[str, int, int, int, int, int]] = []
        for sector in self._chain(struct.unpack_from("<I", data, 48)[0]):
            start = (sector + 1) * self._size
            for at in range(start, start + self._size, 128):
                length = struct.unpack_from("<H", data, at + 64)[0]
                name = data[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", errors="replace")
                entries.append(
                    (name.lower(), *struct.unpack_from("<III", data, at + 68), *struct.unpack_from("<II", data, at + 116))
                )
        self._small_start = entries[0][4]
        streams: dict[str, tuple[int, int]] = {}
        seen: set[int] = set()
        waiting = [entries[0][3]]
        while waiting:
            number = waiting.pop()
            if number == _NONE or number in seen:
                continue
            seen.add(number)
            name, before, after, _, first, size = entries[number]
            streams[name] = first, size
            waiting += [before, after]
        return streams

    def _allocation(self) -> list[int]:
        """The table that chains the sectors."""
        data, size = self._data, self._size
        each = size // 4
        sectors = list(struct.unpack_from("<109I", data, 76))
        sector, left = struct.unpack_from("<I", data, 68)[0], self._most
        while sector < _END and left:
            more = struct.unpack_from(f"<{each}I", data, (sector + 1) * size)
            sectors += more[:-1]
            sector, left = more[-1], left - 1
        table: list[int] = []
        for number in sectors[: self._most]:
            if number < _END:
                table += struct.unpack_from(f"<{each}I", data, (number + 1) * size)
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


def open_workbook(data: bytes) -> Compound:
    """Refuse what is no workbook, or one with a password. Raises Refused."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Refused("encrypted_workbook")
    compound = Compound(data)
    names = compound.names
    if names & {"workbook", "book"}:
        if has_password(data):
            raise Refused("encrypted_workbook")
        return compound
    if "worddocument" in names:
        raise Refused("text_document", TEXT("old_document"))
    if "powerpoint document" in names:
        raise Refused("unsupported_format", TEXT("slides"))
    raise Refused("damaged_workbook", TEXT("old_office_cut"))
