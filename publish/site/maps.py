"""Maps of counties or townships, drawn from geometry that the office puts into ``<home>/maps`` (GeoJSON, WGS 84 or alike).

A place is found by a property of its feature (``maps.yml``): the code of an area or the name of a township. Nothing of a file is
shown but outlines; colours and words come from the table below the map. A file that cannot be used is named on the page.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from junheng.core.typed import StrictModel, load

Ring = list[tuple[float, float]]
"""Longitude and latitude, degrees, of the corners of an outline."""
_WIDTH = 640
"""Of a map, in units of its drawing."""
_EDGE = 4
_STEPS = (1, 2, 4, 8, 16, 32)
"""Units that corners lie apart, one after the other, until a map is small enough."""


class MapSettings(StrictModel):
    """``maps.yml``."""

    properties: tuple[str, ...]
    most_bytes_of_file: int
    most_bytes_of_map: int
    shades: int


def map_settings() -> MapSettings:
    """What is read of a file, and how large a map gets."""
    return load(Path(__file__).with_suffix(".yml"), MapSettings)


class BadMap(ValueError):
    """A file that holds no outlines."""


@dataclass(frozen=True)
class MapPlace:
    """A place of a map: its outline as an SVG path, where its words stand, and its class."""

    name: str
    words: str
    path: str
    x: int
    y: int
    css: str
    link: str = ""


@dataclass(frozen=True)
class PlaceMap:
    """A map as the template draws it; ``missing``: names of places without an outline."""

    title: str
    places: list[MapPlace]
    width: int
    height: int
    missing: list[str]


@dataclass(frozen=True)
class Shown:
    """What a map shows of a place."""

    name: str
    words: str
    css: str
    link: str = ""


class Outlines:
    """The outlines of a folder: rings by whatever names them. ``faults``: names of files that cannot be used."""

    def __init__(self, folder: Path | None) -> None:
        self._rings: dict[str, list[Ring]] = {}
        self.faults: list[str] = []
        for path in sorted(folder.glob("*.*json")) if folder and folder.is_dir() else ():
            try:
                for names, rings in _features(path):
                    for name in names:
                        self._rings.setdefault(name, []).extend(rings)
            except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
                self.faults.append(path.name)

    def drawn(self, title: str, shown: Mapping[str, Shown]) -> PlaceMap | None:
        """A map of these places, by code or name; none where no outline of theirs is known."""
        known = {place: self._rings[place] for place in shown if place in self._rings}
        if not known:
            return None
        fit, height = _fit([corner for rings in known.values() for ring in rings for corner in ring])
        for step in _STEPS:
            paths = {place: _path(rings, fit, step) for place, rings in known.items()}
            if sum(map(len, paths.values())) <= map_settings().most_bytes_of_map:
                break
        places = []
        for place, path in paths.items():
            x, y = fit(_middle(max(known[place], key=_extent)))
            what = shown[place]
            places.append(MapPlace(what.name, what.words, path, round(x), round(y), what.css, what.link))
        return PlaceMap(title, places, _WIDTH, height, [what.name for place, what in shown.items() if place not in known])


def shade(value: float, most: float) -> str:
    """Class of a quantity beside the largest one: ``s0`` for none, then as many steps as there are shades."""
    if value <= 0 or most <= 0:
        return "s0"
    return f"s{max(1, math.ceil(map_settings().shades * value / most))}"


def _features(path: Path) -> Iterator[tuple[list[str], list[Ring]]]:
    """What names each feature, and its rings. Raises BadMap and whatever a malformed document raises."""
    if path.stat().st_size > map_settings().most_bytes_of_file:
        raise BadMap(path.name)
    data = json.loads(path.read_text(encoding="utf-8-sig"))
    features = list(data["features"]) if data["type"] == "FeatureCollection" else [data]
    if not features:
        raise BadMap(path.name)
    for feature in features:
        given = {**(feature.get("properties") or {}), "id": feature.get("id")}
        names = [str(given[name]).strip() for name in map_settings().properties if given.get(name) not in (None, "")]
        yield names, list(_rings(feature["geometry"]))


def _rings(geometry: Mapping[str, Any]) -> Iterator[Ring]:
    polygons = {"Polygon": lambda rings: [rings], "MultiPolygon": list}[geometry["type"]](geometry["coordinates"])
    for polygon in polygons:
        for ring in polygon:
            corners = [(float(corner[0]), float(corner[1])) for corner in ring]
            if len(corners) < 3 or not all(abs(x) <= 180 and abs(y) <= 90 for x, y in corners):
                raise BadMap("no outline in degrees")
            yield corners


def _fit(corners: Sequence[tuple[float, float]]) -> tuple[Callable[[tuple[float, float]], tuple[float, float]], int]:
    """How corners are laid on the drawing, a degree of longitude as long as it is in the middle, and the height of that."""
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    south, north = min(y for _, y in corners), max(y for _, y in corners)
    narrow = math.cos(math.radians((south + north) / 2))
    room = _WIDTH - 2 * _EDGE
    scale = room / max((east - west) * narrow, (north - south), 1e-9)

    def fit(corner: tuple[float, float]) -> tuple[float, float]:
        left = _EDGE + (room - (east - west) * narrow * scale) / 2
        return left + (corner[0] - west) * narrow * scale, _EDGE + (north - corner[1]) * scale

    return fit, round((north - south) * scale) + 2 * _EDGE


def _path(rings: Sequence[Ring], fit: Callable[[tuple[float, float]], tuple[float, float]], step: int) -> str:
    """An outline without the corners that are nearer than ``step`` to the one before."""
    parts = []
    for ring in rings:
        kept: list[tuple[int, int]] = []
        for corner in ring:
            x, y = map(round, fit(corner))
            if not kept or max(abs(x - kept[-1][0]), abs(y - kept[-1][1])) >= step:
                kept.append((x, y))
        parts.append("M" + "L".join(f"{x} {y}" for x, y in kept) + "Z")
    return "".join(parts)


def _extent(ring: Ring) -> float:
    """Twice the area within a ring (the shoelace formula), square degrees."""
    return abs(sum(x * after_y - after_x * y for (x, y), (after_x, after_y) in zip(ring, ring[1:] + ring[:1], strict=True)))


def _middle(ring: Ring) -> tuple[float, float]:
    """Middle of the box around a ring."""
    return (min(x for x, _ in ring) + max(x for x, _ in ring)) / 2, (min(y for _, y in ring) + max(y for _, y in ring)) / 2
