"""Why a file is no table that is known: what is nearest to it, and what each of these misses."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.readers.text import BadByte, TextFile
from ingest.schema.contract import DELIMITERS
from ingest.shapes import fits
from ingest.shapes.fits import Heads, TableFit, WideFit
from ingest.shapes.shape import NEAR
from ingest.shapes.words import TEXT
from ingest.values.faults import Refusal
from ingest.values.texts import few

_NEAREST = 3
"""Contracts named to whoever delivers a file that is like nothing known."""
_NAMED = 6
"""Missing columns named of each of them."""


def no_match(tables: Sequence[TableFit], wide: Sequence[WideFit] = ()) -> Refusal:
    """Why nothing fits: a shape that nearly does, else the nearest of those that share a column, and what each of them misses."""
    every: list[TableFit | WideFit] = [*tables, *wide]
    best = max(every, key=lambda fit: fit.header.share, default=None)
    if best is not None and best.header.share >= NEAR:
        return Refusal(
            "export_lost_columns" if best.contract.is_ours else "missing_column",
            contract=best.contract.title_zh,
            columns="、".join(best.missing),
        )
    nearest: dict[str, TableFit | WideFit] = {}
    for fit in sorted(every, key=lambda fit: -fit.header.share):
        if fit.header.share > 0:
            nearest.setdefault(fit.contract.id, fit)
    named = [
        TEXT("near_contract", title=fit.contract.title_zh, columns=few(fit.missing, _NAMED, "columns"))
        for fit in list(nearest.values())[:_NEAREST]
    ]
    return Refusal("unknown_layout", nearest=TEXT("nearest", contracts="、".join(named)) if named else TEXT("nothing_known"))


def other_delimiter(file: TextFile, heads: Heads) -> Refusal | None:
    """Of a contract that insists on a delimiter: the file is its shape but for that."""
    for contract, finder in fits.table_finders():
        decoded = file.decode(contract.encodings)
        if contract.fixed_delimiter is None or isinstance(decoded, BadByte):
            continue
        fit = heads.best(contract, finder, decoded, DELIMITERS)
        if fit is not None and fit.header.share == 1:
            fixed = contract.fixed_delimiter
            return Refusal(
                "other_delimiter",
                contract=contract.title_zh,
                found=_sign(fit.delimiter),
                expected=_sign(fixed.sign),
                because=fixed.because,
            )
    return None


def _sign(delimiter: str) -> str:
    return TEXT("tab") if delimiter == "\t" else TEXT("sign", sign=delimiter)
