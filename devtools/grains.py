"""``python -m devtools.grains``: the tests that ask the grains of a room together, written from the parsed project.

A model with a new ``unique_grain``: `make setup`, this command, `make setup`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from junheng.core.settings import DBT_PROJECT

FOLDER = DBT_PROJECT / "tests" / "grains"
MANIFEST = DBT_PROJECT / "target" / "manifest.json"
LAYERS = ("intermediate", "marts")


def tests(manifest: dict[str, Any]) -> dict[str, str]:
    """Text of each file, by its name: the models of a room that have a test ``unique_grain``, and whose private ones they are."""
    rooms: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for node in manifest["nodes"].values():
        model = manifest["nodes"].get(node.get("attached_node"))
        if model is not None and (node.get("test_metadata") or {}).get("name") == "unique_grain":
            layer, room = model["original_file_path"].split("/")[1:3]
            if layer in LAYERS:
                rooms[layer, room].append(model)
    return {f"grains_of_{layer}_{room}.sql": _text(models) for (layer, room), models in sorted(rooms.items())}


def _text(models: list[dict[str, Any]]) -> str:
    groups = sorted({str(model["group"]) for model in models if model["access"] == "private"})
    names = ",\n".join(f"    '{name}'" for name in sorted(model["name"] for model in models))
    return "".join(f"{{{{ config(group='{group}') }}}}\n" for group in groups) + f"{{{{ grains_of([\n{names}\n]) }}}}\n"


def write(folder: Path, texts: dict[str, str]) -> None:
    """Write the files of a folder, and remove those of rooms that have none any more."""
    folder.mkdir(exist_ok=True)
    for path in set(folder.glob("*.sql")) - {folder / name for name in texts}:
        path.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(FOLDER, tests(json.loads(MANIFEST.read_text(encoding="utf-8"))))
