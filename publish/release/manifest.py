"""The manifest of a release: what it was made of and what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import duckdb

from junheng.core import chain
from junheng.core.sql import records
from publish.build.code import code_hashes
from publish.release import signature
from publish.release.succession import before, night_digests
from publish.tables.artifacts import MARTS, Manifest
from publish.tables.hashing import Content
from publish.tables.mart_versions import marts_version
from publish.tables.reading import read
from publish.tables.release_manifest import PublishedTable, ReleaseManifest, UsedRuleset, UsedSubmission
from publish.tables.rows import DimRuleset, DimRuleSetting
from publish.words.seeds import ruleset_digests

_PACKAGES = ("junheng", "dbt-core", "dbt-duckdb", "duckdb")


@dataclass(frozen=True)
class Details:
    """What only the run knows about a release."""

    created_at: str
    """ISO time of the run; the release and its pages carry this and no other clock."""
    rulesets: tuple[str, ...] = ()


def _versions() -> dict[str, str]:
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "source"
    return versions | {"marts": marts_version()}


def _in_force(database: Path) -> list[UsedSubmission]:
    """Submissions that the figures rest on."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return read(
            connection,
            UsedSubmission,
            f"select distinct submission_id, sha256, source, file_name from {MARTS}.aud_submission "
            "where status = 'accepted' order by all",
        )


def _rules(database: Path) -> list[UsedRuleset]:
    """Rule sets that the figures were computed with, and the bases of overlays among them."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rule_sets = read(
            connection,
            DimRuleset,
            f"""
            from {MARTS}.dim_ruleset
            where is_selected
                or ruleset_id in (select base_ruleset_id from {MARTS}.dim_ruleset where is_selected)
            order by ruleset_id
            """,
        )
        settings = read(connection, DimRuleSetting, f"from {MARTS}.dim_rule_setting order by ruleset_id, setting")
    digests = ruleset_digests()
    return [
        UsedRuleset(
            ruleset_id=rule_set["ruleset_id"],
            version=rule_set["version"],
            base_ruleset_id=rule_set["base_ruleset_id"],
            settings={row["setting"]: row["value"] for row in settings if row["ruleset_id"] == rule_set["ruleset_id"]},
            sha256=digests.get((rule_set["ruleset_id"], str(rule_set["version"]))),
        )
        for rule_set in rule_sets
    ]


def nights_read(build_db: Path) -> list[int]:
    """Nights that the build read; those committed since belong to the next one."""
    with duckdb.connect(str(build_db), read_only=True) as connection:
        return [row["night"] for row in records(connection, "select night from run.night order by night")]


def tables_of(content: Content, manifest: Manifest) -> dict[str, PublishedTable]:
    """Rows, hash, grain and columns outside the hash of every table."""
    tables = {}
    for name, sha256 in content.tables.items():
        mart = manifest.marts.get(name)
        tables[name] = PublishedTable(
            rows=content.counts[name],
            sha256=sha256,
            grain=list(mart.grain) if mart else [],
            volatile=sorted(mart.volatile) if mart else [],
            is_restricted=name in manifest.restricted,
            required=sorted(mart.required) if mart else [],
        )
    return tables


def describe(
    known: chain.Known,
    nights: list[int],
    database: Path,
    content: Content,
    tables: dict[str, PublishedTable],
    details: Details,
    release_id: str,
) -> ReleaseManifest:
    """What a release was made of and what it holds, but for its files."""
    digests = night_digests(known.files)
    return {
        "release_id": release_id,
        "content_hash": content.hash,
        "created_at": details.created_at,
        "signatures": f"{signature.FOLDER}/signatures.json",
        "previous": before(known),
        "tables": tables,
        "versions": _versions(),
        "code": code_hashes(),
        "rulesets": list(details.rulesets),
        "rules": _rules(database),
        "nights": nights,
        "inputs": {"nights": {str(night): digests[night] for night in nights if night in digests}},
        "submissions": _in_force(database),
    }
