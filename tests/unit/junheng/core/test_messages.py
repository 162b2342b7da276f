import string
from pathlib import Path

import pytest
import yaml

from junheng.cli.main import main
from junheng.core import messages

TEXTS = yaml.safe_load(Path(messages.__file__).with_name("messages.yml").read_text(encoding="utf-8"))


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things() -> None:
    assert TEXTS["zh"].keys() == TEXTS["en"].keys()
    assert TEXTS["zh"]["tasks"].keys() == TEXTS["en"]["tasks"].keys()
    for key, text in TEXTS["zh"].items():
        if isinstance(text, str):
            assert _places(text) == _places(TEXTS["en"][key]), key


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["nightly", "--home", "{tmp}/home", "--landing", "{tmp}/nowhere"], "交付目录不存在"),
        (["nightly", "--home", "{tmp}/home", "--ruleset", "national-1999"], "没有这个规则集：national-1999"),
        (["nightly", "--home", "{tmp}/home", "--as-of", "1.3.2026"], "不是 YYYY-MM-DD"),
        (["nightly", "--home", "{tmp}/file/home"], "无法写入数据目录"),
        (["--lang", "en", "nightly", "--home", "{tmp}/home", "--landing", "{tmp}/nowhere"], "does not exist"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], word: str
) -> None:
    (tmp_path / "file").write_text("")
    assert main([a.format(tmp=tmp_path) for a in arguments]) == 2
    out = capsys.readouterr().out
    assert word in out
    assert len(out.strip().splitlines()) == 1


def test_unknown_option_exits_with_2() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["nightly", "--hom", "x", "--colour"])
    assert caught.value.code == 2


def test_an_empty_path_is_no_folder() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["nightly", "--home", ""])
    assert caught.value.code == 2
