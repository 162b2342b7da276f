"""What readers of a release may rely on is compared with another release: what is gone, and what is new."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from junheng.cli.main import main
from junheng.core.home import Home
from publish.release.contracts import contract_diff
from publish.release.release import Release, read_release

RULES = [{"ruleset_id": "national", "version": 1, "base_ruleset_id": None, "settings": {}, "sha256": "aa"}]


def make(home: Home, number: int, columns: str, **changed: Any) -> Release:
    folder = home.releases / f"r{number:04d}-{number:012x}"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "junheng.duckdb")) as database:
        database.execute(f"create schema marts; create table marts.fct_a ({columns})")
    table = {
        "rows": 0,
        "sha256": "",
        "grain": ["county_code"],
        "volatile": [],
        "is_restricted": False,
        "required": ["county_code"],
    }
    described = {
        "release_id": folder.name,
        "content_hash": "",
        "created_at": "",
        "rules": RULES,
        "versions": {"marts": f"{number}.0.0"},
    }
    hidden = table | {"is_restricted": True}
    tables = {"fct_a": table | changed.pop("table", {}), "rpt_restricted": hidden}
    (folder / "manifest.json").write_text(json.dumps(described | {"tables": tables} | changed), encoding="utf-8")
    return read_release(folder)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


PLAIN = "county_code varchar, pupils integer"


@pytest.mark.parametrize(
    ("columns", "changed", "breaking", "added"),
    [
        (PLAIN, {}, (), ()),
        ("county_code varchar", {}, ("column fct_a.pupils is gone",), ()),
        ("county_code varchar, pupils bigint", {}, ("column fct_a.pupils was integer and is bigint",), ()),
        (f"{PLAIN}, rooms integer", {}, (), ("column fct_a.rooms is new",)),
        (PLAIN, {"table": {"required": ["county_code", "pupils"]}}, (), ("column fct_a.pupils is never empty any more",)),
        (PLAIN, {"table": {"grain": ["pupils"]}}, ("a row of fct_a was one county_code and is one pupils",), ()),
        (PLAIN, {"rules": [RULES[0] | {"version": 2}]}, (), ("rule set national has other rules, version 2",)),
    ],
)
def test_what_is_gone_and_what_is_new(
    home: Home, columns: str, changed: dict[str, Any], breaking: tuple[str, ...], added: tuple[str, ...]
) -> None:
    result = contract_diff(make(home, 1, PLAIN), make(home, 2, columns, **changed))
    assert (result.before, result.after) == ("1.0.0", "2.0.0")
    assert (result.changes.breaking, result.changes.added) == (breaking, added)


def test_an_early_release_does_not_say_what_is_never_empty(home: Home) -> None:
    first = make(home, 1, PLAIN)
    manifest = first.path / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("required", "unknown"), encoding="utf-8")
    result = contract_diff(first, make(home, 2, PLAIN))
    assert (result.changes.breaking, result.changes.added) == ((), ())


def test_the_command_tells_what_changed(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    make(home, 1, PLAIN)
    make(home, 2, "county_code varchar, rooms integer")
    command = ["diff", "r0001", "r0002", "--home", str(home.path), "--contracts"]
    assert main(command) == 1
    printed = capsys.readouterr().out
    assert "1.0.0" in printed
    assert printed.index("column fct_a.pupils is gone") < printed.index("column fct_a.rooms is new")
    assert main([*command[:2], "r0001", *command[3:]]) == 0
