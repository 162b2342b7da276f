"""Every mart has a reader outside that is named, by role."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import yaml

from tests.oracle.build import PROJECT

MODELS = PROJECT / "models"
WORD = re.compile(r"[a-z_][a-z0-9_]*")
PACKAGES = ("dags", "expectations", "ingest", "junheng", "publish")
WORDS_ABOUT_MARTS = {
    "publish/serve/access.yml",
    "publish/tables/mart_docs.py",
    "publish/tables/marts.yml",
    "publish/words/texts.yml",
}
"""They describe marts and read none."""
ROLE = re.compile(r"(岗）|室|办公室|中心)$")


def exposures() -> list[dict[str, Any]]:
    return list(yaml.safe_load((MODELS / "exposures.yml").read_text(encoding="utf-8"))["exposures"])


def read_by(exposure: dict[str, Any]) -> set[str]:
    found = {re.fullmatch(r"ref\('(\w+)'\)", entry) for entry in exposure["depends_on"]}
    assert None not in found, exposure["name"]
    return {match.group(1) for match in found if match}


def test_every_mart_has_a_reader_and_every_reader_reads_marts() -> None:
    marts = {path.stem for path in (MODELS / "marts").rglob("*.sql")}
    assert len(marts) > 10
    read = {exposure["name"]: read_by(exposure) for exposure in exposures()}
    assert set().union(*read.values()) == marts
    assert all(read.values())


def named_in(path: Path, marts: set[str]) -> set[str]:
    """Marts that the code of a file names: in texts of Python that are no docstrings, anywhere in YAML but in comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return marts & set(WORD.findall(re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)))
    tree = ast.parse(text)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings]
    return marts & {word for text in texts if isinstance(text, str) for word in WORD.findall(text)}


def test_a_reader_that_is_code_reads_what_it_says() -> None:
    marts = {path.stem for path in (MODELS / "marts").rglob("*.sql")}
    applications = [exposure for exposure in exposures() if exposure["type"] == "application"]
    assert len(applications) > 5
    for exposure in applications:
        files = [PROJECT.parent / name for name in exposure["config"]["meta"]["code"]]
        assert set().union(*(named_in(path, marts) for path in files)) == read_by(exposure), exposure["name"]


def test_no_code_reads_marts_unseen() -> None:
    marts = {path.stem for path in (MODELS / "marts").rglob("*.sql")}
    seen = {name for exposure in exposures() for name in exposure.get("config", {}).get("meta", {}).get("code", [])}
    assert seen >= {"publish/tables/reading.py", "publish/trust/explain_county.py"}
    paths = [path for package in PACKAGES for path in (PROJECT.parent / package).rglob("*") if path.suffix in {".py", ".yml"}]
    readers = {path.relative_to(PROJECT.parent).as_posix() for path in paths if named_in(path, marts)}
    assert readers - WORDS_ABOUT_MARTS == seen


def test_a_mart_in_an_sql_text_is_seen_and_one_in_a_docstring_not(tmp_path: Path) -> None:
    path = tmp_path / "reader.py"
    path.write_text('"""About fct_b."""\nSQL = f"select * from {MARTS}.fct_a where x"\n', encoding="utf-8")
    assert named_in(path, {"fct_a", "fct_b"}) == {"fct_a"}
    path = tmp_path / "tables.yml"
    path.write_text("# fct_b\ntables: [fct_a]\n", encoding="utf-8")
    assert named_in(path, {"fct_a", "fct_b"}) == {"fct_a"}


def test_a_reader_is_a_role_and_its_address_a_placeholder() -> None:
    for exposure in exposures():
        assert set(exposure["owner"]) == {"name"}, exposure["name"]
        assert ROLE.search(exposure["owner"]["name"]), exposure["name"]
        assert re.match(r"https://[a-z]+\.example/", exposure["url"]), exposure["name"]
        assert exposure["label"], exposure["name"]
        assert exposure["description"], exposure["name"]
