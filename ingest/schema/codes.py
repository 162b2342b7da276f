"""School kinds of the code lists: which stages a kind has, and which code a name means."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache

from junheng.core.settings import CODES


@dataclass(frozen=True)
class Kinds:
    """Kinds of one system: ``stages`` by code, and ``codes`` by every unambiguous name or alias."""

    stages: dict[str, frozenset[str]]
    codes: dict[str, str]

    def code_of(self, text: str) -> str:
        """The code meant by a code or name; unknown text stays as it is (the catalogue judges it)."""
        return text if text in self.stages else self.codes.get(text, text)


@lru_cache(maxsize=8)
def kinds(system: str) -> Kinds:
    """Kinds of a system, from ``seeds/codes/school_kinds.csv``."""
    stages: dict[str, frozenset[str]] = {}
    meanings: dict[str, set[str]] = {}
    with open(CODES / "school_kinds.csv", encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["system"] != system:
                continue
            code = row["kind_code"]
            stages[code] = frozenset(s for s in ("primary", "junior", "senior") if row[f"has_{s}"] == "1")
            for name in (row["name_zh"], *filter(None, row["aliases"].split(";"))):
                meanings.setdefault(name, set()).add(code)
    codes = {name: next(iter(known)) for name, known in meanings.items() if len(known) == 1}
    return Kinds(stages, codes)
