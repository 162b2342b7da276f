"""Texts from outside as they are shown, and names of files made of them."""

from __future__ import annotations

import io
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
import xlsxwriter
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from ingest.values.quotes import file_label
from junheng.core.messages import Messages
from junheng.core.printable import _PLAIN, file_name, in_paper, visible
from junheng.core.run import Run, roots


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("990101/2025/普查.csv", "990101/2025/普查.csv"),
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\r\nb\u2028c", r"a\r\nb\u2028c"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("a\ufffeb\U0001fffe", r"a\ufffeb\U0001fffe"),
        ("𠮷😀é", "𠮷😀é"),
        ("\udcff", r"\udcff"),
    ],
)
def test_signs_that_are_not_seen_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert file_label(text) == shown
    assert shown in Messages("zh")("landing_missing", path=Path(text))


def test_signs_that_are_let_pass_at_once_are_all_seen() -> None:
    passed = [sign for sign in map(chr, range(0x110000)) if _PLAIN.fullmatch(sign)]
    assert {"的", "，", "。", "（", "％", "①", "²", "·", "×", "—", "“", "…", "\u3000"} <= set(passed)
    assert [sign for sign in passed if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}] == []
    assert [hex(ord(sign)) for sign in passed if 0xFDD0 <= ord(sign) <= 0xFDEF or ord(sign) & 0xFFFE == 0xFFFE] == []


@given(st.text(st.characters(), max_size=40))
def test_every_text_can_be_written_into_a_workbook_and_a_document(text: str) -> None:
    shown = in_paper(text)
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    book.add_worksheet().write_string(0, 0, shown)
    book.close()
    assert openpyxl.load_workbook(data).active is not None
    Document().add_paragraph(shown)
    shown.encode()


@given(st.lists(st.text(st.characters(), min_size=1, max_size=200), min_size=2, max_size=2, unique=True))
def test_every_text_has_a_file_name_of_its_own(texts: list[str]) -> None:
    names = [file_name(text, ".xlsx") for text in texts]
    assert names[0] != names[1]
    assert all(0 < len(name.encode()) < 240 and "/" not in name and "\0" not in name for name in names)


def test_units_whose_names_differ_in_a_sign_that_files_cannot_have() -> None:
    assert file_name("财政局", ".xlsx") == "财政局.xlsx"
    assert len({file_name(f"财政局{sign}股", ".xlsx") for sign in "/:*? "}) == 5
    assert len({file_name("局" * 120 + end, ".docx") for end in "甲乙"}) == 2


def test_a_run_of_the_scheduler_stays_below_the_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(**params: str) -> Run:
        moment = SimpleNamespace(run_after=datetime(2026, 3, 1, tzinfo=UTC))
        return Run.from_context({"params": params, "run_id": "run", "dag_run": moment})

    monkeypatch.delenv("JUNHENG_ROOTS", raising=False)
    monkeypatch.setenv("JUNHENG_HOME", str(tmp_path / "home"))
    assert run().home.path == tmp_path / "home"
    (tmp_path / "home" / "out").symlink_to("/")
    for outside in ("/", str(tmp_path), f"{tmp_path}/home/../other", f"{tmp_path}/home/out/etc", f"{tmp_path}/home2"):
        for name in ("home", "landing"):
            with pytest.raises(RuntimeError, match="JUNHENG_ROOTS"):
                run(**{name: outside})
    assert not (tmp_path / "other").exists()
    monkeypatch.setenv("JUNHENG_ROOTS", f"{tmp_path}/a:{tmp_path}/b")
    assert roots() == [tmp_path / "a", tmp_path / "b", tmp_path / "home"]
    assert run(home=f"{tmp_path}/a/x", landing=f"{tmp_path}/b").landing == tmp_path / "b"
    monkeypatch.delenv("JUNHENG_ROOTS")
    monkeypatch.delenv("JUNHENG_HOME")
    with pytest.raises(RuntimeError, match="JUNHENG_ROOTS"):
        run(home=str(tmp_path / "home"))
