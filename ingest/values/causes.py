"""Why something could not be read, for a person: an error said in Chinese, never by the name of a class."""

from __future__ import annotations

import errno
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

from junheng.core.data import read_yaml

_log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def _causes() -> dict[str, Any]:
    causes: dict[str, Any] = read_yaml(Path(__file__).with_suffix(".yml"))
    return causes


def cause(error: BaseException) -> str:
    """What an error means (``causes.yml``); a few words for the middle of a sentence."""
    causes = _causes()
    known: dict[str, str] = causes["errors"]
    for kind in type(error).__mro__:
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        if text := known.get(name):
            return text
    if isinstance(error, OSError):
        return str(causes["system"].get(errno.errorcode.get(error.errno or 0, ""), causes["otherwise_system"]))
    return str(causes["otherwise"])


def note(where: str, error: BaseException) -> None:
    """Tell the log which error that was and where it arose, without its message, in which a cell may stand."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    line = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    _log.warning("%s: %s at %s", where, type(error).__name__, line)
