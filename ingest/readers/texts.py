"""What readers say of a file: ``texts.yml``."""

from __future__ import annotations

from ingest.values.texts import texts_beside

TEXT = texts_beside(__file__)


def table_name(number: int) -> str:
    """The name of a table that has none in its file."""
    return TEXT("table", number=number)
