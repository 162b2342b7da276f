"""Sentences for people stand in YAML: no Chinese word in the code, no sentence that nobody says."""

from __future__ import annotations

import ast
import re

import pytest
import yaml

from expectations.sentences import sentence
from junheng.core.settings import DBT_PROJECT, PROJECT_ROOT

PACKAGES = ("expectations", "publish")
HAN = re.compile(r"[\u4e00-\u9fff]")
SQL_COMMENT = re.compile(r"\{#.*?#\}|--[^\n]*", re.DOTALL)


def chinese(source: str) -> list[tuple[int, str]]:
    """Literals with Chinese words outside of docstrings; signs between parts of a sentence are none."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    literals = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings)
    return [(node.lineno, node.value) for node in literals if isinstance(node.value, str) and HAN.search(node.value)]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_chinese_word_stands_in_code(package: str) -> None:
    told = {
        f"{path.relative_to(PROJECT_ROOT)}:{line}": text
        for path in sorted((PROJECT_ROOT / package).rglob("*.py"))
        for line, text in chinese(path.read_text(encoding="utf-8"))
    }
    assert told == {}


def test_words_are_told_from_docstrings_and_signs() -> None:
    assert chinese('"""县"""\nNAMES = "、".join(x)\nTEXT = f"{n}个县"\n"""合计"""\n') == [(3, "个县")]


def test_every_sentence_of_the_checks_is_said_and_every_one_said_is_there() -> None:
    folder = PROJECT_ROOT / "expectations"
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    keys = yaml.safe_load((folder / "sentences.yml").read_text(encoding="utf-8"))
    families = tuple(re.findall(r'sentence\(f"(\w+_)\{', code))
    unsaid = [key for key in keys if f'"{key}"' not in code and f"'{key}'" not in code and not key.startswith(families)]
    assert unsaid == []
    assert set(re.findall(r"sentence\([\"'](\w+)[\"']", code)) <= keys.keys()


def test_a_sentence_without_its_values_is_none() -> None:
    with pytest.raises(KeyError):
        sentence("all_pass")


def test_models_say_what_stands_in_their_yaml() -> None:
    """``vars.yml`` has every sentence, and every one of them is said."""
    files = {
        str(path.relative_to(DBT_PROJECT)): path for part in ("models", "macros") for path in (DBT_PROJECT / part).rglob("*.sql")
    }
    sql = {name: SQL_COMMENT.sub("", path.read_text(encoding="utf-8")) for name, path in files.items()}
    assert {name for name, text in sql.items() if HAN.search(text)} == set()
    keys = yaml.safe_load((DBT_PROJECT / "vars.yml").read_text(encoding="utf-8"))["vars"]["sentences"].keys()
    every = "".join(sql.values())
    families = tuple(re.findall(r"sentence\('(\w+_)' ~", every))
    called = set(re.findall(r"sentence\(\s*'(\w+)'[,)]", every))
    assert called <= keys
    assert [key for key in keys - called if not key.startswith(families)] == []
