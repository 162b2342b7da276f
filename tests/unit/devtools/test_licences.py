"""What is shipped may be shipped: every library has a licence that fits; the list of parts (SBOM) has them all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from devtools import licences
from junheng.core.typed import load

WORDS = load(Path(licences.__file__).with_suffix(".yml"), licences.LicenceWords)


def test_every_library_has_a_licence_that_fits() -> None:
    shipped = licences.shipped()
    assert len(shipped) > 200
    assert {name: text for name, text in shipped.items() if not licences.fits(text, WORDS)} == {}


@pytest.mark.parametrize(
    "text", ["", "BUSL-1.1", "SSPL-1.0", "GPL-3.0-only", "Apache-2.0 WITH Commons Clause", "AGPL-3.0", "CC-BY-NC-4.0"]
)
def test_what_does_not_fit_is_seen(text: str) -> None:
    assert not licences.fits(text, WORDS)


def test_the_list_of_parts_names_every_library_with_its_hash(tmp_path: Path) -> None:
    target = tmp_path / "sbom.json"
    words = [
        str(Path(sys.executable).with_name("cyclonedx-py")),
        "requirements",
        str(licences.SHIPPED),
        "--output-file",
        str(target),
    ]
    subprocess.run([*words, "--output-format", "JSON"], check=True, capture_output=True)
    parts = json.loads(target.read_text(encoding="utf-8"))
    assert parts["bomFormat"] == "CycloneDX"
    assert {part["name"] for part in parts["components"]} == licences.shipped().keys()
    hashed = {part["name"] for part in parts["components"] if "hashes" in json.dumps(part)}
    assert hashed == licences.shipped().keys()
