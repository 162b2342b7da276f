"""A rule set's version names its content: no rule changes without a new version.

``tests/golden/ruleset_versions.json`` holds the digest of each version's rows. ``python -m tests.unit.dbt.test_ruleset_versions``
adds the versions that it lacks.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from junheng.core.settings import RULES
from publish.words.seeds import ruleset_digests as digests

RECORD = Path(__file__).resolve().parents[2] / "golden" / "ruleset_versions.json"
ADVICE = (
    "The rules of {ruleset} version {version} are not those that were recorded under this version. Releases made with them "
    "could not be told apart. Raise the version in seeds/rules/rule_sets.csv, say in CHANGELOG.md under 'Changed meaning' what "
    "changed, and run `python -m tests.unit.dbt.test_ruleset_versions`, which records it. (Only while no release has used the "
    "version: delete its entry in tests/golden/ruleset_versions.json and run that.)"
)

Digests = dict[tuple[str, str], str]


def recorded() -> dict[str, dict[str, str]]:
    """Digest by rule set and version."""
    return json.loads(RECORD.read_text(encoding="utf-8"))


def changed(found: Digests, record: dict[str, dict[str, str]]) -> list[str]:
    """What to do about each rule set whose rows are not those of its version."""
    return [
        ADVICE.format(ruleset=ruleset, version=version)
        for (ruleset, version), digest in found.items()
        if record.get(ruleset, {}).get(version) != digest
    ]


def test_no_rule_changes_without_a_new_version():
    assert changed(digests(), recorded()) == []


def test_every_seed_of_the_rules_takes_part():
    assert {"national-2017", "national-2012"} <= {ruleset for ruleset, _ in digests()}
    assert len(list(RULES.glob("*.csv"))) >= 8


@pytest.mark.parametrize(
    ("seed", "old", "new"),
    [
        ("rule_indicators", "4.2,3.57,0.50", "4.1,3.57,0.50"),
        ("rule_terms", "national-2017,L4,primary,indoor_sports_area_m2,-1", "national-2017,L4,primary,indoor_sports_area_m2,-2"),
        ("rule_split_weights", "national-2017,junior,1.1,", "national-2017,junior,1.2,"),
        ("rule_scope", "national-2017,resource,10,teaching_point,,,,50,", "national-2017,resource,10,teaching_point,,,,60,"),
        ("rule_settings", "national-2017,comparison,unrounded", "national-2017,comparison,rounded"),
        ("rule_relaxations", "national-2017,L3_small_rural,L3,all", "national-2017,L3_small_rural,L3,primary"),
        ("rule_relaxation_terms", "national-2017,L3_small_rural,junior,visiting_pe_art_junior,1,\n", ""),
        ("rule_sets", ",true,2017,,6,true,", ",true,2017,2030,6,true,"),
    ],
)
def test_a_changed_rule_is_red_until_it_has_a_version(tmp_path, seed, old, new):
    rules = shutil.copytree(RULES, tmp_path / "rules")
    file = rules / f"{seed}.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    record = {ruleset: {version: digest} for (ruleset, version), digest in digests().items()}
    (advice,) = changed(digests(rules), record)
    (version,) = record["national-2017"]
    assert advice.startswith(f"The rules of national-2017 version {version} ")

    sets = rules / "rule_sets.csv"
    sets.write_text(sets.read_text(encoding="utf-8").replace(f"national-2017,{version},", "national-2017,new,"), encoding="utf-8")
    after = digests(rules)
    record["national-2017"]["new"] = after["national-2017", "new"]
    assert changed(after, record) == []


def test_order_and_empty_cells_are_no_rule(tmp_path):
    rules = shutil.copytree(RULES, tmp_path / "rules")
    file = rules / "rule_split_weights.csv"
    head, *rows = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([f"{head},note", *(f"{row}," for row in reversed(rows))]), encoding="utf-8")
    assert digests(rules) == digests()


if __name__ == "__main__":
    record = recorded() if RECORD.exists() else {}
    for (ruleset, version), digest in digests().items():
        record.setdefault(ruleset, {}).setdefault(version, digest)
    RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
