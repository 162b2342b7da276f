"""The documentation page of the dbt project, kept per state of the project: ``python -m publish.build.documentation``.

`make setup` makes it once. Where that never ran, or something changed since, the first release makes it and the home keeps it.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from junheng.core.home import Home
from junheng.core.settings import BUILD_DB, DBT_PROJECT
from publish.build import dbt
from publish.build.code import code_hashes
from publish.tables import dbt_docs, lineage

FOLDER = "dbt_docs"
"""Of a release, where the page lies."""
_TARGET = DBT_PROJECT / "target"


def name_of_page() -> str:
    """File name that says what the page is made of: dbt project, seeds, dbt, and what writes it."""
    hashes = code_hashes()
    digest = hashlib.sha256(
        "".join([version("dbt-core"), *(hashes[part] for part in ("dbt_project", "codes", "rules"))]).encode()
    )
    for module in (dbt_docs, lineage):
        digest.update(Path(str(module.__file__)).read_bytes())
    return f"dbt_docs-{digest.hexdigest()[:16]}.html"


def copy_page(home: Home, release: Path) -> None:
    """Put the page into the folder of a release. Raises as :func:`page_of`."""
    folder = release / FOLDER
    folder.mkdir()
    shutil.copyfile(page_of(home), folder / "index.html")


def page_of(home: Home) -> Path:
    """The page of the project as it is now. Raises ``RuntimeError`` with the words of dbt where it cannot be made."""
    name = name_of_page()
    page = _TARGET / name
    if not page.is_file():
        page = home.work / name
    if not page.is_file():
        for stray in home.work.glob("dbt_docs-*"):
            stray.unlink()
        with tempfile.TemporaryDirectory(prefix="junheng-docs-") as folder:
            written = Path(folder, name)
            written.write_text(dbt_docs.page(_compiled(Path(folder))), encoding="utf-8")
            shutil.move(written, page)
    return page


def _compiled(folder: Path) -> Path:
    """The manifest of the project, compiled in ``folder``."""
    dbt.make_target(folder)
    return _compile(folder, folder / BUILD_DB)


def _compile(folder: Path, build_db: Path, *words: str) -> Path:
    done = dbt.run(["--quiet", *words, "compile", "--no-introspect"], folder, build_db)
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr).strip())
    return folder / "target" / "manifest.json"


def main() -> None:
    """Parse and compile the project anew, and write its page beside its manifest."""
    with tempfile.TemporaryDirectory(prefix="junheng-docs-") as folder:
        manifest = _compile(DBT_PROJECT, Path(folder) / BUILD_DB, "--no-partial-parse")
    for stray in _TARGET.glob("dbt_docs-*"):
        stray.unlink()
    (_TARGET / name_of_page()).write_text(dbt_docs.page(manifest), encoding="utf-8")


if __name__ == "__main__":
    main()
