"""The sample county under other codes: a landing folder of several counties, file by file those of the one."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from samples.county import CODE

_CODE = re.compile(rb"(?<!\d)" + CODE.encode() + rb"(?=\D|\d{12}(?:\D|$)|\d{11}X|$)")
"""The code of the county: alone, or where the number of a person begins with it."""
_ZIP = b"PK\x03\x04"


def codes(number: int) -> list[str]:
    """Codes of so many counties of the fictional city, that of the sample first. Raises ValueError beyond 99."""
    if not 0 < number < 100:
        raise ValueError(f"1 to 99 counties, not {number}")
    return [f"{CODE[:4]}{place:02d}" for place in range(1, number + 1)]


def moved(data: bytes, code: str) -> bytes:
    """A file of the sample county as another one delivers it; workbooks and archives member by member."""
    if not data.startswith(_ZIP):
        return _CODE.sub(code.encode(), data)
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as out:
        for member in given.infolist():
            out.writestr(member, moved(given.read(member), code))
    return written.getvalue()


def deliver(sample: Path, landing: Path, number: int) -> int:
    """Write what so many counties deliver into ``landing``, each the files of ``sample``. Returns how many files."""
    files = [path for path in (sample / CODE).rglob("*") if path.is_file()]
    for code in codes(number):
        for file in files:
            path = landing / code / file.relative_to(sample / CODE)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(moved(file.read_bytes(), code))
    return number * len(files)
