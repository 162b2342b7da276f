"""The page of the settings (``docs/settings.md``), made from the object that reads them: ``python -m devtools.settings_page``."""

from __future__ import annotations

from junheng.core.settings import PROJECT_ROOT, variables

PAGE = PROJECT_ROOT / "docs" / "settings.md"
_HEAD = """# Settings: variables of the environment

Read by `junheng/core/settings.py` and by nothing else; made from it by `python -m devtools.settings_page`, do not edit here.
Airflow's own variables (`AIRFLOW__*`, `AIRFLOW_CONN_*`) and dbt's (`DBT_*`) are theirs. An earlier name is accepted and told on
the error output; where both are set, the name of this page counts. A secret may stand in a file instead, which only its owner can
read: the variable named with `_FILE` behind it names the file.

| variable | value | default | meaning | earlier name |
|---|---|---|---|---|
"""


def page() -> str:
    """The page as Markdown."""
    rows = [
        (
            f"`{variable.name}`" + (f" or `{variable.of_file}`" if variable.of_file else ""),
            variable.kind,
            variable.default,
            variable.meaning,
            f"`{variable.old}`" if variable.old else "",
        )
        for variable in variables()
    ]
    return _HEAD + "".join(f"| {' | '.join(row)} |\n".replace("|  |", "| |") for row in rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
