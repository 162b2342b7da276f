"""Licences of the libraries that are shipped, and those that do not fit: ``python -m devtools.licences`` (``licences.yml``)."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from junheng.core.settings import PROJECT_ROOT
from junheng.core.typed import StrictModel, load

SHIPPED = PROJECT_ROOT / "requirements" / "server.txt"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.MULTILINE)
_CLASSIFIER = "License :: "


class LicenceWords(StrictModel):
    """``licences.yml``."""

    accepted: tuple[str, ...]
    refused: tuple[str, ...]


def licence(name: str) -> str:
    """What an installed library says of its licence; empty where it says nothing."""
    try:
        stated = metadata(name).json
    except PackageNotFoundError:
        return ""
    lines = [line.rpartition("::")[2].strip() for line in stated.get("classifier", []) if line.startswith(_CLASSIFIER)]
    first = str(stated.get("license", "")).partition("\n")[0]
    return str(stated.get("license_expression") or "; ".join(lines) or first)


def fits(text: str, words: LicenceWords) -> bool:
    """Whether a licence may be shipped."""
    refused = any(word.casefold() in text.casefold() for word in words.refused)
    return not refused and any(word.casefold() in text.casefold() for word in words.accepted)


def shipped() -> dict[str, str]:
    """Library → its licence."""
    return {name: licence(name) for name in _PIN.findall(SHIPPED.read_text(encoding="utf-8"))}


def main() -> int:
    """Print them; 1 where one does not fit."""
    words = load(Path(__file__).with_suffix(".yml"), LicenceWords)
    unfit = []
    for name, text in sorted(shipped().items()):
        is_fit = fits(text, words)
        unfit += [] if is_fit else [name]
        print(f"{'  ' if is_fit else '✗ '}{name:45} {text or '?'}")
    return 1 if unfit else 0


if __name__ == "__main__":
    sys.exit(main())
