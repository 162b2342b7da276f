"""What readers of two releases may rely on, held against each other: the change feed of ``junheng diff --contracts``."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from junheng.core.sql import catalog, columns
from publish.release.release import Release, read_manifest_of
from publish.tables.artifacts import MARTS
from publish.tables.mart_versions import Changes, MartPromise, Promise, changes
from publish.tables.release_manifest import ReleaseManifest


@dataclass(frozen=True)
class ContractDiff:
    """The versions of the marts of two releases, and what is another promise in the second one."""

    before: str
    after: str
    changes: Changes


def contract_diff(before: Release, after: Release) -> ContractDiff:
    """Compare what two releases promise. Columns of restricted marts, which lie in another file, are not looked at."""
    first, second = read_manifest_of(before.path), read_manifest_of(after.path)
    say_required = all("required" in table for described in (first, second) for table in described["tables"].values())
    promises = [_promise(*side, say_required) for side in ((before, first), (after, second))]
    versions = [described["versions"].get("marts", "—") for described in (first, second)]
    return ContractDiff(versions[0], versions[1], changes(*promises))


def _promise(release: Release, described: ReleaseManifest, say_required: bool) -> Promise:
    tables = {}
    with duckdb.connect(str(release.database), read_only=True) as connection:
        for name, table in described["tables"].items():
            required = set(table.get("required", ())) if say_required else set()
            typed = [] if table["is_restricted"] else columns(connection, catalog(connection), MARTS, name)
            kinds = {column: f"{kind.lower()} not null" if column in required else kind.lower() for column, kind in typed}
            tables[name] = MartPromise(kinds, tuple(table["grain"]), table["is_restricted"])
    rules = {rules["ruleset_id"]: {str(rules["version"]): str(rules["sha256"])} for rules in described["rules"]}
    return Promise(tables, rules)
