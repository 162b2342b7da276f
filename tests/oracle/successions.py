"""Schools of a county over the years: they change category and code, merge, split, are renamed and closed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.oracle.schools import Row

_OTHER_KIND = {"211": "312", "218": "211", "311": "312", "312": "211", "341": "311", "345": "312"}


@dataclass
class Schools:
    """Codes and kinds of the schools that are there, and what became of them so far."""

    county: str
    first: int
    kinds: dict[str, str] = field(default_factory=dict)
    changes: list[Row] = field(default_factory=list)

    def open(self, kind: str) -> str:
        """A new school, with a code that was never given."""
        self.first += 1
        code = f"21{self.first:08d}"
        self.kinds[code] = kind
        return code

    def change(self, rng: random.Random, year: int) -> None:
        """One of the things that happen to schools; the first two schools stay, at most with another code."""
        what = rng.choice(["rename", "kind_change", "merge", "split", "close"])
        codes = list(self.kinds)
        code = rng.choice(codes if what in ("rename", "split") else codes[2:] or codes[:1])
        if what == "rename":
            self._note(year, code, what, code)
        elif what == "split":
            self._note(year, code, what, code)
            self._note(year, code, what, self.open(self.kinds[code]))
        elif what == "kind_change" and (kind := _OTHER_KIND.get(self.kinds[code])):
            self._note(year, code, what, self.open(kind))
            self._leave(code)
        elif len(codes) > 2:
            self._note(year, code, what, rng.choice(codes[:2]) if what == "merge" else None)
            self._leave(code)

    def _note(self, year: int, old: str, what: str, new: str | None) -> None:
        place = {"county_code": self.county, "school_year": year}
        self.changes.append({**place, "old_school_code": old, "change": what, "new_school_code": new})

    def _leave(self, code: str) -> None:
        if code in list(self.kinds)[:2]:  # the place of one of the first two is taken by its successor
            successor, kind = list(self.kinds.items())[-1]
            others = {c: k for c, k in self.kinds.items() if c != successor}
            self.kinds = {(successor if c == code else c): (kind if c == code else k) for c, k in others.items()}
        else:
            del self.kinds[code]
