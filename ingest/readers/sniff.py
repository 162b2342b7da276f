"""What the bytes of a file are. The suffix is never asked."""

from __future__ import annotations

import re
import struct
import unicodedata
from typing import Literal

from ingest.readers.reply import Refused
from ingest.readers.texts import TEXT

Container = Literal["zip", "ole", "markup", "mhtml", "dbase"]
"""Containers of tables; ``markup`` is HTML or XML."""

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "unsupported_format", "pdf"),
    (b"\x89PNG", "unsupported_format", "picture"),
    (b"\xff\xd8\xff", "unsupported_format", "picture"),
    (b"GIF8", "unsupported_format", "picture"),
    (b"II*\0", "unsupported_format", "picture"),
    (b"MM\0*", "unsupported_format", "picture"),
    (b"{\\rtf", "text_document", "rtf"),
    (b"Rar!", "unsupported_archive", "RAR"),
    (b"7z\xbc\xaf", "unsupported_archive", "7z"),
    (b"\x1f\x8b", "unsupported_archive", "gzip"),
    (b"BZh", "unsupported_archive", "bzip2"),
    (b"\xfd7zXZ", "unsupported_archive", "xz"),
)
_MARKUP = re.compile(
    r"\s*<(?:!doctype|!--|html|head|body|meta|style|div|center|font|table|\?xml|\?mso|(?:ss:)?workbook)[\s>\-?]", re.IGNORECASE
)
_MHTML = re.compile(rb"\s*(?:mime-version|from|subject|date|content-type|x-[a-z-]+|snapshot-content-location):", re.IGNORECASE)
_HEAD = 4096
_UTF_16: dict[bytes, str] = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_DBASE_VERSIONS = frozenset({0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0x8E, 0xCB, 0xF5, 0xFB})
_DBASE_TYPES = frozenset(b"CNDLFIMBGPTYOV0@+Q")


def utf16_without_mark(data: bytes) -> str | None:
    """The byte order of UTF-16 text without a byte-order mark; None where the bytes are no such text.

    Delimiters, digits and line ends show it: read in the right order they are ASCII, in the wrong one rare signs.
    """
    head = data[:_HEAD]
    if b"\0" not in head or len(data) % 2 or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    shares = {encoding: _ascii_share(head, encoding) for encoding in ("utf-16-le", "utf-16-be")}
    best = max(shares, key=lambda encoding: shares[encoding])
    return best if shares[best] > 0 and shares[best] > 2 * min(shares.values()) else None


def _ascii_share(head: bytes, encoding: str) -> float:
    """Share of ASCII in the text; 0 where it is none."""
    text = head.decode(encoding, errors="ignore")  # the last sign of the head may be cut
    if len(text) * 2 < len(head) - 4 or not any(sign in text for sign in ",\t;\r\n<"):
        return 0
    if any(unicodedata.category(sign) in {"Cc", "Cn", "Co", "Cs"} and sign not in "\t\r\n" for sign in text):
        return 0
    return sum(sign < "\x7f" for sign in text) / len(text)


def is_dbase(data: bytes) -> bool:
    """Whether the bytes begin with the header of a dBASE table: version, date, and field records up to its end."""
    if len(data) < 65 or data[0] not in _DBASE_VERSIONS or data[2] > 12 or data[3] > 31:
        return False
    header, record = struct.unpack_from("<HH", data, 8)
    return 65 <= header <= len(data) and record > 1 and data[43] in _DBASE_TYPES and _field_end(data, header) > 32


def _field_end(data: bytes, header: int) -> int:
    """Offset of the mark that ends the field records; 0 without one."""
    return next((at for at in range(64, header, 32) if data[at] == 0x0D), 0)


def _opening(data: bytes) -> str:
    """The first characters, for a look at markup."""
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf")
    encoding = _UTF_16.get(head[:2]) or utf16_without_mark(data) or "latin-1"
    return head.decode(encoding, errors="replace")


def container(data: bytes) -> Container | None:
    """The container of tables that these bytes are; None for delimited text. Raises Refused for anything else."""
    if data.startswith(ZIP):
        return "zip"
    if data.startswith(OLE):
        return "ole"
    for magic, rule, name in _OTHERS:
        if data.startswith(magic):
            raise Refused(rule, name if rule == "unsupported_archive" else TEXT(name))
    if (data.startswith(b"BM") and b"\0" in data[:32]) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        raise Refused("unsupported_format", TEXT("picture"))
    if is_dbase(data):
        return "dbase"
    if _MARKUP.match(_opening(data)):
        return "markup"
    if _MHTML.match(data) and b"multipart/related" in data[:_HEAD].lower():
        return "mhtml"
    if b"\0" in data[:_HEAD].rstrip(b"\x1a\0") and data[:2] not in _UTF_16 and utf16_without_mark(data) is None:
        raise Refused("unsupported_format", TEXT("binary"))
    return None
