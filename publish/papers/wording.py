"""Sentences of documents from the names that are known: a sentence is a list of clauses with names in braces.

A clause of which a name is not known is left out, and so is a sentence whose first clause is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from publish.papers.document import layout

Clauses = tuple[str, ...]
_NAME = re.compile(r"\{(\w+)\}")


def clauses(wording: Clauses, values: Mapping[str, object]) -> str:
    """The clauses of a sentence whose names are all known, without its stop; nothing where the first one is not."""
    lines = [clause.format_map(values) for clause in wording if _is_known(clause, values)]
    return layout().comma.join(lines) if _is_known(wording[0], values) else ""


def _is_known(clause: str, values: Mapping[str, object]) -> bool:
    return all(values.get(name) not in (None, "") for name in _NAME.findall(clause))


def sentences(lines: Iterable[str]) -> str:
    """Sentences one after the other, each with its stop, none of them twice."""
    return "".join(sentence + layout().stop for sentence in dict.fromkeys(filter(None, lines)))


def joined(parts: Sequence[str]) -> str:
    """Parts of a list within a sentence."""
    return layout().separator.join(parts)


def day(value: date | str | None) -> str:
    """A day as running text has it; empty for none, and what is no day as it stands."""
    if not value:
        return ""
    try:
        given = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    return layout().day.format(year=given.year, month=given.month, day=given.day)
