"""dbt's page of a small project: every column with its origin, nothing of the machine, nothing fetched."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from junheng.core.home import Home
from publish.build import documentation
from publish.tables import dbt_docs, lineage

FOLDER_OF_A_MACHINE = "/folder/of/a/machine"


def _model(name: str, sql: str, parents: list[str], columns: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": "model",
        "relation_name": f'"db"."s"."{name}"',
        "schema": "s",
        "depends_on": {"nodes": parents},
        "compiled_code": sql,
        "root_path": FOLDER_OF_A_MACHINE,
        "compiled_path": f"{FOLDER_OF_A_MACHINE}/{name}.sql",
        "created_at": 1.5,
        "columns": columns,
    }


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    described = {
        "mean": {"name": "mean", "description": "平均值", "data_type": "double", "config": {"meta": {"label_zh": "均值"}}}
    }
    many = ", ".join(f"pupils as p{number}" for number in range(20))
    nodes = {
        "model.p.stg": _model("stg", f"select 1 as pupils, 2 as rooms, '</script>' as note, {many}", [], {}),
        "model.p.fct": _model("fct", 'select pupils / rooms as mean, note from "db"."s"."stg"', ["model.p.stg"], described),
        "model.p.wide": _model("wide", f'select {many} from "db"."s"."stg"', ["model.p.stg"], {}),
    }
    path = tmp_path / "manifest.json"
    path.write_text(
        json.dumps(
            {
                "metadata": {"project_name": "p", "invocation_id": "of a run", "send_anonymous_usage_stats": True},
                "nodes": nodes,
                "sources": {},
                "macros": {
                    "macro.p.own": {"package_name": "p", "created_at": 2.5},
                    "macro.dbt.other": {"package_name": "dbt", "created_at": 2.5},
                },
                "unit_tests": {"unit_test.p.x": {}},
            }
        ),
        encoding="utf-8",
    )
    return path


def _document(html: str, kind: str) -> dict[str, Any]:
    """A document out of the page: it stands where the mark of its kind stood."""
    found = [
        candidate
        for match in re.finditer(r'\{"(?:child_map|errors|macros|metadata|disabled|docs)', html)
        if (candidate := _decoded(html[match.start() :])) and kind in candidate
    ]
    return found[0]


def _decoded(written: str) -> dict[str, Any] | None:
    try:
        document, _ = json.JSONDecoder().raw_decode(written)
    except ValueError:
        return None
    return dict(document)


def test_a_column_says_what_it_is_made_of_and_where_it_goes(manifest: Path, tmp_path: Path) -> None:
    nodes = _document(dbt_docs.page(manifest, tmp_path), "macros")["nodes"]
    mean = nodes["model.p.fct"]["columns"]["mean"]["description"]
    assert mean == "平均值\n\n**由来**：[stg.pupils](#!/model/model.p.stg)、[stg.rooms](#!/model/model.p.stg)"
    assert nodes["model.p.stg"]["columns"]["rooms"]["description"] == "**用于**：[fct.mean](#!/model/model.p.fct)"


def test_of_many_columns_the_number_is_told(manifest: Path, tmp_path: Path) -> None:
    nodes = _document(dbt_docs.page(manifest, tmp_path), "macros")["nodes"]
    said = nodes["model.p.stg"]["columns"]["pupils"]["description"]
    assert said.count("](#!/") == 12
    assert said.endswith("另有 9 列")


def test_the_page_says_nothing_of_the_machine_or_the_run_and_fetches_nothing(manifest: Path, tmp_path: Path) -> None:
    html = dbt_docs.page(manifest, tmp_path)
    assert FOLDER_OF_A_MACHINE not in html
    assert "of a run" not in html
    data = _document(html, "macros")
    assert data["metadata"]["send_anonymous_usage_stats"] is False
    assert list(data["macros"]) == ["macro.p.own"]
    assert "<\\/script>" in html
    assert "default-src 'none'" in html.partition("</head>")[0]
    assert 'rel="shortcut icon"' not in html


def test_the_catalogue_has_every_column_with_its_type(manifest: Path, tmp_path: Path) -> None:
    catalog = _document(dbt_docs.page(manifest, tmp_path), "errors")
    columns = catalog["nodes"]["model.p.fct"]["columns"]
    assert [(name, column["type"]) for name, column in columns.items()] == [("mean", "double"), ("note", "")]


def test_another_page_of_dbt_is_refused(manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbt_docs, "_written_by_dbt", lambda: "<html><head></head></html>")
    with pytest.raises(ValueError, match=r"MANIFEST\.JSON"):
        dbt_docs.page(manifest, tmp_path)


def test_the_page_of_setup_is_taken_and_another_state_of_the_project_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, made = Home(tmp_path / "home").create(), tmp_path / "target"
    made.mkdir()
    monkeypatch.setattr(documentation, "_TARGET", made)
    (made / documentation.name_of_page()).write_text("of setup", encoding="utf-8")
    assert documentation.page_of(home).read_text(encoding="utf-8") == "of setup"

    compiled: list[Path] = []

    def compile_once(folder: Path) -> Path:
        compiled.append(folder)
        return folder / "manifest.json"

    monkeypatch.setattr(documentation, "code_hashes", lambda: dict.fromkeys(("dbt_project", "codes", "rules"), "changed"))
    monkeypatch.setattr(documentation, "_compiled", compile_once)
    origins = lineage.Lineage({"fct": lineage.Trace({"mean": {lineage.ColumnName("seed", "value")}})})
    monkeypatch.setattr(lineage, "read_lineage", lambda *_: origins)
    monkeypatch.setattr(dbt_docs, "page", lambda *_, **__: "made anew")
    (home.work / "dbt_docs-of-before.html").write_text("old", encoding="utf-8")
    release = tmp_path / "release"
    release.mkdir()
    documentation.copy_page(home, release)
    documentation.page_of(home)
    assert len(compiled) == 1
    assert (release / "dbt_docs" / "index.html").read_text(encoding="utf-8") == "made anew"
    assert documentation.lineage_of(home) == origins
    assert len(compiled) == 1
    assert [page.name for page in home.work.glob("dbt_docs-*.html")] == [documentation.name_of_page()]
    assert len(list(home.work.glob("dbt_docs-*"))) == 2
