"""Opens envelopes (zip, 7z) in a process of its own. Members stay in memory; no name from outside reaches a file system.

The process runs ``main``; asked for nothing it lists the members with their hashes, asked for a name it gives the bytes.
"""

from __future__ import annotations

import hashlib
import io
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Protocol

import py7zr
from py7zr.io import Py7zIO, WriterFactory

from ingest.readers.package import part_name
from ingest.readers.reply import Member, Refused
from ingest.readers.sniff import SEVEN_ZIP
from ingest.readers.texts import TEXT
from ingest.readers.worker import serve
from ingest.values.causes import cause

MAX_MEMBERS = 5000
MAX_UNPACKED = 512 << 20
"""Bytes of all members together."""

_BLOCK = 1 << 20
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}
_ENCRYPTED, _UTF8 = 0x1, 0x800
_OFFICE = {"[content_types].xml", "mimetype", "xl/workbook.xml", "word/document.xml", "ppt/presentation.xml", "index.zip"}
_INVALID = re.compile(r"[\x00-\x1f\x7f\ufffd]|^[A-Za-z]:|^/")
_LONGEST = 255

Listing = list[Member] | None
"""Members of an envelope; None where the zip is an office file and no envelope."""


class Envelope(Protocol):
    """An opened envelope."""

    @property
    def members(self) -> Listing:
        """What lies in it."""
        ...

    def read(self, name: str) -> bytes:
        """Bytes of one member."""
        ...


class ZipEnvelope:
    """A zip file."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise Refused("damaged_archive", cause(error)) from error
        self._items: dict[str, zipfile.ZipInfo] = {}
        names = set(map(part_name, self._zip.namelist()))
        self.members: Listing = None if names & _OFFICE or any(name.endswith(".iwa") for name in names) else self._list()

    def read(self, name: str) -> bytes:
        """Bytes of one member."""
        return b"".join(self._blocks(self._items[name], MAX_UNPACKED))

    def _list(self) -> list[Member]:
        items = [(_zip_name(item), item) for item in self._zip.infolist() if not item.is_dir()]
        _check_count(len(items))
        if items and all(item.flag_bits & _ENCRYPTED for _, item in items):
            raise Refused("encrypted_archive")
        left = MAX_UNPACKED
        members: list[Member] = []
        repeated = _repeated(name for name, _ in items)
        for name, item in items:
            rule = _objection(name, stat.S_ISLNK(item.external_attr >> 16), repeated)
            if rule or item.flag_bits & _ENCRYPTED:
                members.append(Member(name, rule=rule or "encrypted_member"))
                continue
            digest, size = hashlib.sha256(), 0
            try:
                for block in self._blocks(item, left):
                    digest.update(block)
                    size += len(block)
            except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
                members.append(Member(name, rule="damaged_member", detail=cause(error)))
                continue
            left -= size
            self._items[name] = item
            members.append(Member(name, size, digest.hexdigest()))
        return members

    def _blocks(self, item: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
        """The member's bytes; its declared size is not believed."""
        if item.compress_type not in _METHODS:
            raise NotImplementedError(item.compress_type)
        seen = 0
        with self._zip.open(item) as stream:
            while block := stream.read(_BLOCK):
                seen += len(block)
                if seen > most:
                    raise Refused("archive_too_large", TEXT("larger_than", megabytes=MAX_UNPACKED >> 20))
                yield block


class SevenZipEnvelope:
    """A 7z file. It is unpacked as a whole: its members are packed together."""

    def __init__(self, data: bytes) -> None:
        try:
            archive = py7zr.SevenZipFile(io.BytesIO(data), max_extract_size=MAX_UNPACKED)
            if archive.needs_password():
                raise Refused("encrypted_archive")
            items = [item for item in archive.list() if not item.is_directory]
            _check_count(len(items))
            if sum(item.uncompressed or 0 for item in items) > MAX_UNPACKED:
                raise Refused("archive_too_large", TEXT("larger_than", megabytes=MAX_UNPACKED >> 20))
            names = [item.filename.replace("\\", "/") for item in items]
            repeated = _repeated(names)
            rules = [_objection(name, item.is_symlink, repeated) for name, item in zip(names, items, strict=True)]
            wanted = {item.filename: name for name, item, rule in zip(names, items, rules, strict=True) if not rule}
            self._contents = dict.fromkeys(wanted.values(), b"")
            store = _Store({str(PurePosixPath(path)): name for path, name in wanted.items()}, self._contents)
            if wanted:
                archive.extract(targets=set(wanted), factory=store)
        except py7zr.PasswordRequired as error:
            raise Refused("encrypted_archive") from error
        except (Refused, MemoryError):
            raise
        except Exception as error:
            raise Refused("damaged_archive", cause(error)) from error
        self.members: Listing = [
            Member(name, rule=rule) if rule else self._member(name) for name, rule in zip(names, rules, strict=True)
        ]

    def read(self, name: str) -> bytes:
        """Bytes of one member."""
        return self._contents[name]

    def _member(self, name: str) -> Member:
        content = self._contents[name]
        return Member(name, len(content), hashlib.sha256(content).hexdigest())


class _Store(WriterFactory):
    """Keeps the bytes of members by their names; what else is unpacked is a fault."""

    def __init__(self, names: dict[str, str], contents: dict[str, bytes]) -> None:
        self._names = names
        self._contents = contents

    def create(self, filename: str) -> Py7zIO:
        """Where a member of this name goes."""
        return _Content(self._names[filename], self._contents)


class _Content(Py7zIO):
    """One member as it is unpacked; when it is closed its bytes are kept."""

    def __init__(self, name: str, contents: dict[str, bytes]) -> None:
        self._buffer = io.BytesIO()
        self._name = name
        self._contents = contents

    def write(self, s: bytes | bytearray) -> int:
        return self._buffer.write(s)

    def read(self, size: int | None = None) -> bytes:
        return self._buffer.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._buffer.seek(offset, whence)

    def flush(self) -> None:
        self._buffer.flush()

    def size(self) -> int:
        return self._buffer.getbuffer().nbytes

    def close(self) -> None:
        self._contents[self._name] = self._buffer.getvalue()


def _zip_name(item: zipfile.ZipInfo) -> str:
    """A member's name: UTF-8 where the archive says so or the bytes show it, else GB18030."""
    name = item.orig_filename
    if not item.flag_bits & _UTF8 and not name.isascii():
        name = _guessed(name.encode("cp437"))
    return name.replace("\\", "/")


def _guessed(raw: bytes) -> str:
    """A few Chinese bytes may be valid UTF-8 by accident, but hardly as the three bytes of a Chinese sign."""
    try:
        text = raw.decode("utf-8")
        if max(text) >= "\u0800":
            return text
    except UnicodeDecodeError:
        pass
    return raw.decode("gb18030", errors="replace")


def _repeated(names: Iterable[str]) -> set[str]:
    return {name for name, times in Counter(names).items() if times > 1}


def _objection(name: str, is_link: bool, repeated: set[str]) -> str:
    """The rule that a member breaks by its name or kind."""
    parts = name.split("/")
    if not name or _INVALID.search(name) or ".." in parts or any(len(part) > _LONGEST for part in parts):
        return "unsafe_member"
    if name.encode(errors="replace").decode() != name:
        return "unsafe_member"
    if is_link:
        return "link_member"
    return "repeated_member" if name in repeated else ""


def _check_count(members: int) -> None:
    if members > MAX_MEMBERS:
        raise Refused("archive_too_large", TEXT("members", members=members, most=MAX_MEMBERS))


def open_envelope(data: bytes) -> Envelope:
    """Open a zip or 7z file. Raises Refused."""
    return SevenZipEnvelope(data) if data.startswith(SEVEN_ZIP) else ZipEnvelope(data)


def answer(envelope: Envelope | None, data: bytes | None, name: str | None) -> tuple[Envelope | None, Listing | bytes | Refused]:
    """Open an envelope and list it, or read a member of the open one; whatever is wrong with it is an answer too."""
    try:
        if data is not None:
            envelope = open_envelope(data)
        assert envelope is not None
        return envelope, envelope.members if name is None else envelope.read(name)
    except Refused as refused:
        return envelope, refused
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        return envelope, Refused("damaged_archive", cause(error))


def main() -> None:
    """Answer until the pipe ends."""
    serve(answer)
