"""What programs leave behind in folders and archives: never an export."""

from __future__ import annotations

_NAMES = {"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "system volume information"}
_SUFFIXES = (".tmp", ".part", ".crdownload")


def ignored(name: str) -> bool:
    """Whether a file or folder of this name is passed over."""
    lower = name.casefold()
    return name.startswith(("~$", ".")) or lower in _NAMES or lower.endswith(_SUFFIXES)
