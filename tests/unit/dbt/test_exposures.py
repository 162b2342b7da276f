"""Every mart has a reader outside that is named, by role."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.oracle.build import PROJECT

MODELS = PROJECT / "models"
ROLE = re.compile(r"(岗）|室|办公室|中心)$")


def exposures() -> list[dict[str, Any]]:
    return list(yaml.safe_load((MODELS / "exposures.yml").read_text(encoding="utf-8"))["exposures"])


def read_by(exposure: dict[str, Any]) -> set[str]:
    found = {re.fullmatch(r"ref\('(\w+)'\)", entry) for entry in exposure["depends_on"]}
    assert None not in found, exposure["name"]
    return {match.group(1) for match in found if match}


def test_every_mart_has_a_reader_and_every_reader_reads_marts() -> None:
    marts = {path.stem for path in (MODELS / "marts").rglob("*.sql")}
    assert len(marts) > 10
    read = {exposure["name"]: read_by(exposure) for exposure in exposures()}
    assert set().union(*read.values()) == marts
    assert all(read.values())


def test_a_reader_that_is_code_reads_what_it_says() -> None:
    written = {e["name"]: e["config"]["meta"]["code"] for e in exposures() if e["type"] == "application"}
    assert len(written) == 3
    for exposure in exposures():
        if exposure["name"] in written:
            code = (PROJECT.parent / written[exposure["name"]]).read_text(encoding="utf-8")
            read = set(re.findall(r"(?:\{MARTS\}|\bmarts)\.([a-z]+_\w+)", code))
            assert read, exposure["name"]
            assert read <= read_by(exposure), exposure["name"]


def test_a_reader_is_a_role_and_its_address_a_placeholder() -> None:
    for exposure in exposures():
        assert set(exposure["owner"]) == {"name"}, exposure["name"]
        assert ROLE.search(exposure["owner"]["name"]), exposure["name"]
        assert re.match(r"https://[a-z]+\.example/", exposure["url"]), exposure["name"]
        assert exposure["label"], exposure["name"]
        assert exposure["description"], exposure["name"]
