"""Every check there is, as rows: the catalogue and what ingest looks for, for each source.

The build shows them beside their results, so that one that did not run can be seen (docs/adr/0005-data-quality.md).
"""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.catalogue import Check, Rules
from expectations.judgement import INGEST
from expectations.sentences import sentence
from ingest.values import faults
from junheng.core.data import read_yaml
from junheng.core.settings import rules_version

_TEXTS = Path(__file__).with_name("ingest_checks.yml")

_COLUMNS = (
    *("source", "source_zh", "check_id", "engine", "scope", "severity", "title_zh", "title_en", "meaning_zh", "why_zh", "fix_zh"),
    *("owner", "until", "rule_source", "contracts", "rules_version"),
)
SCHEMA = pa.schema([pa.field(name, pa.date32() if name == "until" else pa.string()) for name in _COLUMNS])
"""One row per check × source. ``contracts``: those it holds for, with ``;`` between them; null: all. ``until``: the day by which
a warning has to be settled."""


class _Blanks(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _without_place(text: str) -> str:
    """A sentence of ingest without its place and value."""
    return string.Formatter().vformat(text, (), _Blanks(place="")).rstrip("。")


def _of_catalogue(rules: Rules, source: str, check: Check) -> dict[str, Any]:
    shown = ("severity", "title_zh", "title_en", "meaning_zh", "why_zh", "fix_zh", "owner", "until", "rule_source", "scope")
    contracts = ";".join(sorted(facts.id for facts in rules.contracts_of(source, check)))
    row = {name: getattr(check, name) for name in shown}
    return row | {"check_id": check.id, "engine": "sql", "contracts": contracts}


def _of_ingest() -> list[dict[str, Any]]:
    texts = read_yaml(_TEXTS)
    rows = [
        {
            "check_id": INGEST + rule.id,
            "scope": "row" if rule.scope == "row" else "submission",
            "severity": "warn" if rule.is_note else "error",
            "title_zh": rule.title_zh,
            "title_en": rule.id.replace("_", " "),
            "meaning_zh": sentence("told_though_accepted" if rule.is_note else "must_not_be", fault=_without_place(rule.what)),
            "why_zh": texts["why"][rule.scope],
            "fix_zh": _without_place(rule.fix),
            **({name: texts[name] for name in ("owner", "until")} if rule.is_note else {}),
        }
        for rule in faults.rules().values()
        if rule.scope != "landing"
    ]
    for noted in texts["noted"]:
        settled = {name: texts[name] for name in ("owner", "until")} if noted["severity"] == "warn" else {}
        rows.append({**noted, "check_id": noted["id"], "scope": "submission", **settled})
    return [row | {"engine": "ingest", "rule_source": sentence("rule_source_of_reading")} for row in rows]


def check_table(rules: Rules | None = None) -> pa.Table:
    """Every check of every source, in a fixed order. What is found before a file is read belongs to no source."""
    rules = rules or Rules.load()
    version = rules_version()
    of_ingest = _of_ingest()
    rows = []
    for source, catalogue in sorted(rules.catalogues.items()):
        checks = [*of_ingest, *(_of_catalogue(rules, source, check) for check in catalogue.checks)]
        common = {"source": source, "source_zh": rules.sources[source].title_zh, "rules_version": version}
        rows += [common | check for check in checks]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
