"""What a short process need not load."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder


class _Without(MetaPathFinder):
    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def find_spec(self, fullname: str, _path: object, _target: object = None) -> None:
        if fullname in self._names:
            raise ModuleNotFoundError(fullname)


def spare(*names: str) -> None:
    """Let Arrow do without pandas, or numpy, in this process, unless Arrow is loaded already.

    They take longer to load than most files to read, and Arrow only asks of a list whether it is a series or an array of theirs;
    it asks once. Whoever imports them afterwards gets them, but none of Arrow's conversions to them.
    """
    if "pyarrow" in sys.modules:
        return
    finder = _Without(names)
    sys.meta_path.insert(0, finder)
    try:
        import pyarrow.compute
        import pyarrow.parquet

        pyarrow.array([0])
    finally:
        sys.meta_path.remove(finder)
