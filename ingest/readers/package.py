"""Parts of an office container, found as spreadsheet programs find them: whatever the case, and with either slash."""

from __future__ import annotations

import posixpath
import zipfile
from xml.etree import ElementTree


def part_name(name: str) -> str:
    """A name in the form in which names of parts are compared."""
    return name.replace("\\", "/").casefold()


class Package:
    """An opened container."""

    def __init__(self, container: zipfile.ZipFile) -> None:
        self._container = container
        self._real = {part_name(name): name for name in reversed(container.namelist())}

    @property
    def names(self) -> set[str]:
        """Names of all parts as they are compared."""
        return set(self._real)

    def holds(self, name: str) -> bool:
        """Whether there is a part of this name."""
        return part_name(name) in self._real

    def read(self, name: str) -> bytes:
        """Bytes of a part. Raises KeyError."""
        return self._container.read(self._real[part_name(name)])

    def related(self, part: str) -> dict[str, str]:
        """Names of the parts that a part is related to, by relation."""
        folder, _, file = part.rpartition("/")
        relations = f"{folder}/_rels/{file}.rels"
        if not self.holds(relations):
            return {}
        targets = {
            item.get("Id", ""): item.get("Target", "").replace("\\", "/") for item in ElementTree.fromstring(self.read(relations))
        }
        return {key: self._target(folder, target) for key, target in targets.items()}

    def _target(self, folder: str, target: str) -> str:
        path = posixpath.normpath(target if target.startswith("/") else f"/{folder}/{target}").lstrip("/")
        return path if self.holds(path) else posixpath.normpath(target).lstrip("/")
