"""Corrected figures on a page."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from publish.site.labels import say
from publish.site.model import Listed
from publish.tables.rows import AudCorrection
from publish.words import formats
from publish.words.texts import texts

MOST_CORRECTIONS = 10


def _amount(value: Decimal | None) -> str:
    return str(texts()["corrections"]["unknown"]) if value is None else formats.plain(value)


def _correction(row: AudCorrection) -> str:
    return say(
        "corrections",
        "listed",
        school=row["school_name"] or row["school_code"],
        year=formats.school_year(row["school_year"]),
        field=row["field_name"],
        raw=_amount(row["raw_value"]),
        value=_amount(row["corrected_value"]),
        document=row["document"],
        reason=row["reason"],
    )


def corrections_listed(rows: Sequence[AudCorrection]) -> Listed | None:
    """The corrections that figures rest on; None when there are none."""
    if not rows:
        return None
    title = say("corrections", "lead", count=len(rows))
    shown = [_correction(row) for row in rows[:MOST_CORRECTIONS]]
    return Listed(title, shown, len(rows) - len(shown), "aud_correction")
