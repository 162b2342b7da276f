"""What stands at the door of the project says the truth: licence, owners, hooks, pins."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, TOOLS = PYPROJECT["project"], PYPROJECT["tool"]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
OWNED = [
    line.split()
    for line in (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
# an option that names an index, or any address
INDEX_HOST = re.compile(r"^\s*-{1,2}(i|index-url|extra-index-url|find-links|f)\b|://", re.MULTILINE)


def test_the_licence_is_the_one_that_is_declared() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.mark.parametrize("rule", OWNED, ids=lambda rule: rule[0])
def test_owners_are_roles_of_paths_that_exist(rule: list[str]) -> None:
    pattern, *owners = rule
    assert owners
    assert all(owner.startswith("@junheng/") for owner in owners)
    assert pattern == "*" or list(ROOT.glob(pattern.strip("/"))), pattern


def test_every_package_has_an_owner_of_its_own() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"demo"}
    assert packages <= {pattern.strip("/") for pattern, *_ in OWNED}


def test_hooks_fetch_nothing() -> None:
    assert {repo["repo"] for repo in HOOKS} == {"local"}
    hooks = [hook for repo in HOOKS for hook in repo["hooks"]]
    assert {hook["language"] for hook in hooks} <= {"system", "pygrep"}
    assert not [hook["id"] for hook in hooks if "additional_dependencies" in hook]
    assert all(hook["entry"].startswith(".venv/bin/") for hook in hooks if hook["language"] == "system")


def test_the_hook_knows_an_index_host() -> None:
    (hook,) = [hook for repo in HOOKS for hook in repo["hooks"] if hook["id"] == "index-hosts"]
    assert hook["entry"] == INDEX_HOST.pattern


@pytest.mark.parametrize(
    "line", ["--index-url x", "-i x", "--extra-index-url=x", "  --find-links x", "a @ https://b.example/c.whl"]
)
def test_an_index_host_is_seen(line: str) -> None:
    assert INDEX_HOST.search(f"a==1\n{line}\n")


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_pins_name_no_index_host(path: Path) -> None:
    assert not INDEX_HOST.search(path.read_text(encoding="utf-8"))


def test_a_secret_is_found_and_an_invented_one_known(tmp_path: Path) -> None:
    hook = [Path(sys.executable).parent / "detect-secrets-hook", "--baseline", ROOT / ".secrets.baseline"]
    planted = tmp_path / "settings.py"
    planted.write_text('key = "AKIA' + '2E0A8F3B244C9986"\n')
    assert subprocess.run([*hook, planted], cwd=ROOT, capture_output=True, check=False).returncode == 1
    invented = "docs/runbooks/notifications.md"
    assert invented in (ROOT / ".secrets.baseline").read_text(encoding="utf-8")
    assert subprocess.run([*hook, invented], cwd=ROOT, capture_output=True, check=False).returncode == 0


def _named(page: str) -> set[str]:
    """Paths from the root of the project that a page names."""
    words = re.findall(r"`([\w./*-]+)`|\]\(([\w./-]+)\)", (ROOT / page).read_text(encoding="utf-8"))
    tops = {path.name for path in ROOT.iterdir()}
    named = {(code or link).rstrip("/") for code, link in words}
    return {path for path in named if "/" in path and path.partition("/")[0] in tops and "school_buses" not in path}


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_what_a_page_of_the_door_names_exists(page: str) -> None:
    named = _named(page)
    assert len(named) > 5
    assert not [path for path in named if not list(ROOT.glob(path))]


def test_types_and_imports_of_every_package_are_checked() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/*.py")} - {"tests"}
    assert packages == set(TOOLS["mypy"]["packages"]) == set(TOOLS["importlinter"]["root_packages"])


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md", "README.md"])
def test_targets_that_a_page_names_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    assert named
    assert named <= targets


def test_every_module_of_a_room_stands_in_the_architecture() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## The rooms")[2].partition("\n## ")[0]
    lines = {
        line.split("|")[1].strip().strip("`"): set(re.findall(r"`(\w+)`", line)) for line in page.splitlines() if "|" in line
    }
    rooms = [path.parent for package in ("junheng", "ingest", "publish") for path in (ROOT / package).glob("*/__init__.py")]
    missing = [
        str(module.relative_to(ROOT))
        for room in [*rooms, ROOT / "expectations", ROOT / "dags", ROOT / "planning"]
        for module in room.rglob("*.py")
        if module.stem != "__init__" and module.stem not in lines.get(str(room.relative_to(ROOT)), set())
    ]
    assert len(rooms) > 12
    assert not missing


def test_every_intermediate_model_is_named_in_the_row_of_its_room() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## The rooms of the models")[2].partition("## ")[0]
    words: dict[str, set[str]] = {}
    for _, rooms, models, _ in (line.split("|") for line in page.splitlines() if line.startswith("| `intermediate/")):
        words |= {room: set(re.findall(r"\w+", models)) for room in re.findall(r"`(?:intermediate/)?(\w+)`", rooms)}
    folders = [folder for folder in (ROOT / "dbt_project" / "models" / "intermediate").iterdir() if folder.is_dir()]
    assert words.keys() == {folder.name for folder in folders}
    unnamed = set()
    for path in (path for folder in folders for path in folder.glob("*.sql")):
        room = path.parent.name
        subject, _, name = path.stem.removeprefix("int_").partition("__")
        unnamed |= {name if subject == room else subject} - words[room]
    assert unnamed == set()
