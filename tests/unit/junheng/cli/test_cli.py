"""The command line: what it offers and how it answers wrong usage."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from junheng.cli.main import main
from junheng.core.wrapping import say_line


@pytest.mark.parametrize(
    "words", [["explain"], ["inspect"], ["contract", "new"], ["nightly"], ["ledger", "export"], ["ledger", "report"]]
)
def test_every_command_has_help_in_both_languages(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for language in ("zh", "en"):
        with pytest.raises(SystemExit) as caught:
            main(["--lang", language, *words, "--help"])
        assert caught.value.code == 0
        told.append(capsys.readouterr().out)
    assert any("一" <= sign <= "鿿" for sign in told[0])
    assert not any("一" <= sign <= "鿿" for sign in told[1])


@pytest.mark.parametrize(
    "words",
    [
        ["explain", "990101", "x", "L4"],
        ["explain", "990101", "x", "L4", "--home", "h", "--stage", "college"],
        ["explain", "990101", "x", "L4", "--home", "h", "--school-year", "今年"],
        ["inspect"],
        ["contract"],
        ["contract", "new"],
    ],
)
def test_incomplete_commands_exit_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2


@pytest.mark.parametrize("width", [40, 80])
def test_long_lines_fold_without_losing_a_sign(width: int, tmp_path: Path) -> None:
    text = "✗ 会被退回：没有一种已知表样与本文件相符，缺少列：学校标识码（school_code）、学校名称（school_name）。" * 3
    with open(tmp_path / "out", "w", encoding="utf-8") as handle:
        say_line(Console(file=handle, width=width), text, indent=2)
    lines = (tmp_path / "out").read_text(encoding="utf-8").splitlines()
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert max(map(cell_len, lines)) <= width
    assert len(lines) <= cell_len(text) / (width - 14) + 1
    assert not any(line.strip()[0] in "，。：、）" for line in lines)
    assert all("school_code" in line or "school_co" not in line for line in lines)


@pytest.mark.parametrize("action", ["export", "report"])
def test_nothing_of_the_ledger_before_a_release(action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", action, "--home", str(tmp_path / "home"), "--out", str(tmp_path / "out")]) == 4
    assert "还没有任何发布版本" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def test_a_night_on_spark_names_the_environment_it_misses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUNHENG_SPARK_PYTHON", str(tmp_path / "nowhere"))
    (tmp_path / "landing").mkdir()
    words = ["nightly", "--home", str(tmp_path / "home"), "--landing", str(tmp_path / "landing"), "--engine"]
    assert main([*words, "spark"]) == 2
    text = "".join(capsys.readouterr().out.split())
    assert str(tmp_path / "nowhere") in text
    assert "makesetup-spark" in text
    with pytest.raises(SystemExit):
        main([*words, "hive"])
