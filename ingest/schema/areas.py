"""Systems of area codes (``area_systems.yml``): what the code of an area says about the codes below it."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from junheng.core.data import read_yaml
from junheng.core.settings import CODES


class AreaSystem(BaseModel):
    """How the codes of one system are built."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str
    county_digits: int
    padding: str = ""
    """What fills the code of a larger area up to the length of a county's."""

    def prefix(self, code: str) -> str:
        """Leading digits shared by everything below an area."""
        while self.padding and len(code) > len(self.padding) and code.endswith(self.padding):
            code = code.removesuffix(self.padding)
        return code


@lru_cache(maxsize=1)
def area_systems() -> dict[str, AreaSystem]:
    """All systems by name. Raises ValueError when they are not those of the seed of areas."""
    entries = read_yaml(Path(__file__).with_name("area_systems.yml"))
    systems = {entry.system: entry for entry in map(AreaSystem.model_validate, entries)}
    with open(CODES / "areas.csv", encoding="utf-8", newline="") as handle:
        seeded = {row["system"] for row in csv.DictReader(handle)}
    if systems.keys() != seeded:
        raise ValueError(f"area_systems.yml and areas.csv differ: {', '.join(sorted(systems.keys() ^ seeded))}")
    return systems


def area_prefix(code: str, system: str | None = None) -> str:
    """Leading digits shared by everything below an area; a code of another length than a county's is a prefix already.

    Without a system: the one whose counties have codes of this length.
    """
    known = [area_systems()[system]] if system else area_systems().values()
    return next((entry.prefix(code) for entry in known if entry.county_digits == len(code)), code)
