"""How many processes parse, what a batch is, and what is told of long work."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from junheng.cli import nightly
from junheng.cli.nightly import Exit, Order
from junheng.core import progress
from junheng.core.messages import Messages
from junheng.core.run import batches, parse_workers
from junheng.core.settings import Settings


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(Settings.in_process.name, raising=False)
    monkeypatch.delenv(Settings.parse_workers.name, raising=False)


def test_the_command_line_uses_every_core_and_the_scheduler_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2})
    assert parse_workers() == 1
    monkeypatch.setenv(Settings.in_process.name, "1")
    assert parse_workers() == 3
    for stated in ("5", " 1 "):
        monkeypatch.setenv(Settings.parse_workers.name, stated)
        assert parse_workers() == int(stated)
    monkeypatch.delenv(Settings.in_process.name)
    assert parse_workers() == 1


def test_a_night_on_the_command_line_is_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    assert batches([["a", "b"], ["c"]]) == [["a", "b"], ["c"]]
    monkeypatch.setenv(Settings.in_process.name, "1")
    assert batches([["a", "b"], ["c"]]) == [["a", "b", "c"]]
    assert batches([]) == []


@pytest.mark.parametrize("stated", ["0", "-1", "two", "1.5"])
def test_another_number_of_workers_is_wrong_usage(stated: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(Settings.parse_workers.name, stated)
    with pytest.raises(ValueError, match=Settings.parse_workers.name):
        parse_workers()
    printed = io.StringIO()
    (tmp_path / "landing").mkdir()
    order = Order(home=tmp_path / "home", landing=tmp_path / "landing")
    assert nightly.run(order, Console(file=printed, width=200)) == Exit.USAGE
    assert Settings.parse_workers.name in printed.getvalue()
    assert stated in printed.getvalue()


def test_progress_is_told_to_who_listens() -> None:
    progress.tell(1, 9)
    heard: list[tuple[int, int]] = []
    with progress.listening(lambda done, of: heard.append((done, of))):
        progress.tell(2, 9)
    progress.tell(3, 9)
    assert heard == [(2, 9)]


def test_files_are_counted_on_a_terminal_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for is_terminal in (True, False):
        if is_terminal:
            monkeypatch.setenv("FORCE_COLOR", "1")
        else:
            monkeypatch.delenv("FORCE_COLOR")
        printed = io.StringIO()
        with nightly._shown(printed, Messages("zh")) as shown:
            shown.expect(2)
            shown.started("parse_batch")
            for done in range(1, 57):
                progress.tell(done, 6200)
        assert ("56/6200" in printed.getvalue()) == is_terminal
        assert "归档并解析" in printed.getvalue()
