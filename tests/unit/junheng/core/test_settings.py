"""One object reads the environment; what it reads is documented, and nothing else is read."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest

from devtools import settings_page
from junheng.core.settings import PROJECT_ROOT, SETTINGS, BadSetting, Settings, Variable, variables

PACKAGES = ("bench", "dags", "devtools", "expectations", "ingest", "junheng", "planning", "publish", "samples")
NAMED = ("*.py", "*.yml", "*.md")
READ = re.compile(r"environ\.get\(|environ\[[^\]]*\](?! =)|getenv\(")
RENAMED = [found for found in variables() if found.old]


def files(*folders: str) -> list[Path]:
    return [path for name in folders for pattern in NAMED for path in sorted((PROJECT_ROOT / name).rglob(pattern))]


def test_the_page_says_what_the_object_says() -> None:
    assert settings_page.PAGE.read_text(encoding="utf-8") == settings_page.page()


def test_no_variable_is_named_that_is_no_setting() -> None:
    known = {name for found in variables() for name in (found.name, found.of_file) if name}
    paths = [
        *files(*PACKAGES, "docs"),
        *(PROJECT_ROOT / name for name in ("docker-compose.yml", "Makefile", "SECURITY.md", "CONTRIBUTING.md")),
    ]
    named = {name for path in paths for name in re.findall(r"\bJUNHENG_[A-Z_]+\b", path.read_text(encoding="utf-8"))}
    assert named == known


def test_nothing_else_reads_the_environment() -> None:
    readers = {
        path.relative_to(PROJECT_ROOT).as_posix() for path in files(*PACKAGES) if READ.search(path.read_text(encoding="utf-8"))
    }
    assert readers == {"junheng/core/settings.py"}


@pytest.mark.parametrize("variable", RENAMED, ids=lambda found: found.name)
def test_an_earlier_name_is_accepted_with_a_warning(variable: Variable[object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(variable.name, raising=False)
    monkeypatch.setenv(variable.old, "7")
    with pytest.warns(FutureWarning, match=f"{variable.old}.*{variable.name}"):
        assert str(variable.__get__(SETTINGS, Settings)) == "7"
    monkeypatch.setenv(variable.name, "8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert str(variable.__get__(SETTINGS, Settings)) == "8"


def test_what_is_not_set_is_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in variables():
        monkeypatch.delenv(variable.name, raising=False)
        monkeypatch.delenv(variable.old or variable.name, raising=False)
    assert (SETTINGS.home, SETTINGS.roots, SETTINGS.reviewers, SETTINGS.parse_workers, SETTINGS.keep_rejected) == (
        "",
        (),
        (),
        None,
        3,
    )
    monkeypatch.setenv("JUNHENG_NOTIFY", "  ")
    assert SETTINGS.notify == ""


@pytest.mark.parametrize(
    ("name", "value"), [("JUNHENG_KEEP_REJECTED", "many"), ("JUNHENG_KEEP_REJECTED", "-1"), ("JUNHENG_PARSE_WORKERS", "0")]
)
def test_what_is_no_value_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    (variable,) = [found for found in variables() if found.name == name]
    with pytest.raises(BadSetting, match=f"{name}={value}"):
        variable.__get__(SETTINGS, Settings)


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JUNHENG_PERSON_KEY", raising=False)
    monkeypatch.delenv("JH_PERSON_KEY", raising=False)
    file = tmp_path / "key"
    file.write_text("of-a-file-16-signs\n")
    monkeypatch.setenv("JUNHENG_PERSON_KEY_FILE", str(file))
    assert SETTINGS.person_key == "of-a-file-16-signs"
    monkeypatch.setenv("JUNHENG_PERSON_KEY", "of-the-environment")
    assert SETTINGS.person_key == "of-the-environment"
    monkeypatch.delenv("JUNHENG_PERSON_KEY")
    file.unlink()
    with pytest.raises(BadSetting, match="JUNHENG_PERSON_KEY_FILE="):
        _ = SETTINGS.person_key
    monkeypatch.setenv("JUNHENG_HOME_FILE", str(file))
    monkeypatch.delenv("JUNHENG_HOME", raising=False)
    assert SETTINGS.home == "", "what is no secret has no file"
