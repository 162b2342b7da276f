"""Days as texts: one spelling, wherever a day enters."""

from __future__ import annotations

from datetime import date

_YEARS = range(1900, 2200)
"""Those a landing folder can have."""


def iso_day(text: str) -> str:
    """A day as YYYY-MM-DD, from any of the spellings of ISO 8601 (``20260301``, ``2026-W09-7``).

    Raises ValueError where it is none, or one outside the years 1900 to 2199.
    """
    day = date.fromisoformat(text.strip())
    if day.year not in _YEARS:
        raise ValueError(text)
    return day.isoformat()
