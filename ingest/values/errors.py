"""Formulas that failed: what a spreadsheet shows for them, and their numbers in the binary formats."""

from __future__ import annotations

import re

BINARY_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""Errors by their number in the binary formats."""

_ERROR_TEXT = re.compile(
    "|".join(
        map(re.escape, [*BINARY_ERRORS.values(), "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#ERROR!"])
    )
    + r"|(?:Err|错误)[:：]\s?\d{3}"
)


def is_error_text(text: str) -> bool:
    """Whether a text is what a spreadsheet shows for a formula that failed."""
    return _ERROR_TEXT.fullmatch(text) is not None
