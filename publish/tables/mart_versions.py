"""The semantic version of the marts, computed from their contracts and the versions of the rules.

What readers depend on is compared with what the last version promised (``dbt_project/contracts/marts.json``): anything taken away
or turned into something else needs a new major version, anything new a new minor one. ``dbt_project.yml`` says the version that
is meant, and a test that it is enough. ``python -m publish.tables.mart_versions`` records what the version promises that stands
there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from junheng.core.data import read_yaml
from junheng.core.settings import DBT_PROJECT
from publish.tables.mart_docs import marts
from publish.words.seeds import ruleset_digests

RECORD = DBT_PROJECT / "contracts" / "marts.json"
_PROJECT = DBT_PROJECT / "dbt_project.yml"


@dataclass(frozen=True)
class MartPromise:
    """What readers of one table may rely on."""

    columns: Mapping[str, str]
    """Column → type, with ``not null`` where it is never empty."""
    grain: tuple[str, ...] = ()
    is_restricted: bool = False


@dataclass(frozen=True)
class Promise:
    """What readers of the marts may rely on: the tables, and the rule sets that verdicts come from."""

    tables: Mapping[str, MartPromise]
    rules: Mapping[str, Mapping[str, str]]
    """Rule set → version → hash of its rows."""


@dataclass(frozen=True)
class Changes:
    """What is another promise now, each as a sentence."""

    breaking: tuple[str, ...]
    added: tuple[str, ...]


@cache
def promised() -> Promise:
    """What the contracts and rules of the project promise now; a process reads them once."""
    tables = {
        mart.name: MartPromise(
            {column.name: f"{column.data_type} not null" if column.is_required else column.data_type for column in mart.columns},
            mart.grain,
            mart.is_restricted,
        )
        for mart in marts()
    }
    rules: dict[str, dict[str, str]] = {}
    for (ruleset, version), digest in sorted(ruleset_digests().items()):
        rules.setdefault(ruleset, {})[version] = digest
    return Promise(tables, rules)


def recorded(path: Path = RECORD) -> tuple[str, Promise]:
    """The last version and what it promised."""
    data = json.loads(path.read_text(encoding="utf-8"))
    tables = {
        name: MartPromise(table["columns"], tuple(table["grain"]), table["is_restricted"])
        for name, table in data["tables"].items()
    }
    return data["version"], Promise(tables, data["rules"])


def record(version: str, promise: Promise, path: Path = RECORD) -> None:
    """Write down what a version promises."""
    data = {
        "version": version,
        "tables": {name: asdict(table) for name, table in sorted(promise.tables.items())},
        "rules": promise.rules,
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def changes(before: Promise, now: Promise) -> Changes:
    """What readers of ``before`` lose or gain."""
    breaking = [f"table {name} is gone" for name in sorted(before.tables.keys() - now.tables.keys())]
    added = [f"table {name} is new" for name in sorted(now.tables.keys() - before.tables.keys())]
    for name in sorted(before.tables.keys() & now.tables.keys()):
        lost, gained = _of_table(name, before.tables[name], now.tables[name])
        breaking += lost
        added += gained
    breaking += [f"rule set {name} is gone" for name in sorted(before.rules.keys() - now.rules.keys())]
    for name, versions in sorted(now.rules.items()):
        if name not in before.rules:
            added.append(f"rule set {name} is new")
        elif dict(before.rules[name]) != dict(versions):
            added.append(f"rule set {name} has other rules, version {', '.join(versions)}")
    return Changes(tuple(breaking), tuple(added))


def _of_table(name: str, before: MartPromise, now: MartPromise) -> tuple[list[str], list[str]]:
    breaking = [f"column {name}.{column} is gone" for column in before.columns if column not in now.columns]
    added = [f"column {name}.{column} is new" for column in now.columns if column not in before.columns]
    for column, kind in before.columns.items():
        kind_now = now.columns.get(column, kind)
        if kind_now == f"{kind} not null":
            added.append(f"column {name}.{column} is never empty any more")
        elif kind_now != kind:
            breaking.append(f"column {name}.{column} was {kind} and is {kind_now}")
    if before.grain != now.grain:
        breaking.append(f"a row of {name} was one {' × '.join(before.grain)} and is one {' × '.join(now.grain)}")
    if before.is_restricted != now.is_restricted:
        breaking.append(f"{name} is published in another file: it is {'restricted' if now.is_restricted else 'open'} now")
    return breaking, added


def next_version(last: str, changed: Changes) -> str:
    """The version that these changes need after ``last`` (``major.minor.patch``)."""
    major, minor, patch = (int(part) for part in last.split("."))
    if changed.breaking:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if changed.added else f"{major}.{minor}.{patch}"


def needed_version() -> str:
    """The least version of the marts as contracts and rules stand now."""
    last, before = recorded()
    return next_version(last, changes(before, promised()))


def meant_version() -> str:
    """The version that ``dbt_project.yml`` says. It is ahead of the needed one where a column means something else now."""
    return str(read_yaml(_PROJECT)["version"])


def marts_version() -> str:
    """The version that a release says of its marts: the one that is meant, unless more is needed."""
    return max(meant_version(), needed_version(), key=lambda version: [int(part) for part in version.split(".")])


def main() -> int:
    """Record what the version that is meant promises: from now on it is the last one."""
    record(meant_version(), promised())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
