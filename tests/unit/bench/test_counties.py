"""The sample county under other codes: its code is another one wherever it stands, and nothing else is."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from bench import counties


def packed(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        for name, data in members.items():
            container.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (b"990101,2025\n", b"990107,2025\n"),
        (b"<v>990101</v>", b"<v>990107</v>"),
        (b"'990101196801010001", b"'990107196801010001"),
        (b"99010119680101001X", b"99010719680101001X"),
        (b"1990101 9901012 3199010101", b"1990101 9901012 3199010101"),
    ],
)
def test_the_code_is_another_one_and_numbers_that_hold_it_are_not(given: bytes, written: bytes) -> None:
    assert counties.moved(given, "990107") == written


def test_members_of_an_archive_in_an_archive_are_moved_too() -> None:
    moved = counties.moved(packed(inner=packed(a=b"990101")), "990107")
    with zipfile.ZipFile(io.BytesIO(moved)) as outer, zipfile.ZipFile(io.BytesIO(outer.read("inner"))) as inner:
        assert inner.read("a") == b"990107"


def test_every_county_delivers_the_files_of_the_sample(tmp_path: Path) -> None:
    file = tmp_path / "sample" / "990101" / "2025" / "a.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"990101")
    assert counties.deliver(tmp_path / "sample", tmp_path / "landing", 3) == 3
    landing = tmp_path / "landing"
    delivered = {path.relative_to(landing).as_posix(): path.read_bytes() for path in landing.rglob("*.csv")}
    assert delivered == {f"{code}/2025/a.csv": code.encode() for code in ("990101", "990102", "990103")}
    with pytest.raises(ValueError, match="100"):
        counties.codes(100)
