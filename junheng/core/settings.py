"""Where the project's own data lies: contracts, catalogue, dbt project, seeds."""

from __future__ import annotations

import hashlib
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = PROJECT_ROOT / "ingest" / "contracts"
SOURCES = PROJECT_ROOT / "ingest" / "sources"
CATALOGUE = PROJECT_ROOT / "expectations" / "catalogue"
DBT_PROJECT = PROJECT_ROOT / "dbt_project"
CODES = DBT_PROJECT / "seeds" / "codes"
RULES = DBT_PROJECT / "seeds" / "rules"
FORMS = DBT_PROJECT / "seeds" / "forms"
ISSUES = DBT_PROJECT / "seeds" / "issues"
DAGS = PROJECT_ROOT / "dags"

BUILD_DB = "junheng_build.duckdb"
"""Name of the DuckDB file that dbt builds. Its stem is the dbt database name and therefore fixed."""

PERSON_KEY_VARIABLE = "JH_PERSON_KEY"
"""Environment variable with the key under which persons are hashed (docs/adr/0003-every-export.md)."""
PERSON_KEY_LENGTH = 16
"""Fewest characters of that key."""
SAMPLE_PERSON_KEY = "junheng-sample-persons"
"""Key of the samples; no secret, and accepted for fictional areas only."""

OFFLINE_ENV = {
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "SCARF_ANALYTICS": "false",
    "SCARF_NO_ANALYTICS": "true",
}
"""Telemetry off, everywhere; set before the libraries are imported."""


def rules_version() -> str:
    """First 12 hex digits over every data file that decides what is accepted: of ingest, catalogue, code lists."""
    digest = hashlib.sha256()
    for folder in (PROJECT_ROOT / "ingest", CATALOGUE, CODES):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in {".yml", ".csv"}:
                digest.update(path.relative_to(PROJECT_ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
