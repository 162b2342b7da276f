"""The pages of nouns and topics as files, and the search over them: plain pages that read without a script."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from publish.site.nouns import FoundPlace, Nouns
from publish.words.environment import TEMPLATES, environment
from publish.words.texts import texts

SCRIPTS = ("table.js", "search.js")
STYLE = "page.css"
INDEX = "search-index.js"


def write_noun_pages(
    nouns: Nouns, counties: Mapping[str, str], back: Mapping[str, str], shared: Mapping[str, object], out_dir: Path
) -> None:
    """Write every page below the site. ``counties``: their names; ``back``: the page of each, by code."""
    for name in (*SCRIPTS, STYLE):
        shutil.copyfile(TEMPLATES / name, out_dir / name)
    template = environment().get_template("noun.html.j2")
    beside = {**shared, "audit": "../../audit/"}
    for kind in nouns.kinds:
        (out_dir / kind).mkdir(exist_ok=True)
    for page in nouns.pages():
        county = counties.get(page.county_code, page.county_code)
        html = template.render(
            page=page, county=county or texts()["page"]["title"], back=f"../{back[page.county_code]}", **beside
        )
        (out_dir / page.path).write_text(html, encoding="utf-8")


def write_search(places: Sequence[FoundPlace], counties: Mapping[str, str], shared: Mapping[str, object], out_dir: Path) -> None:
    """Write the page of the search, and what it searches as a script: a page opened from a disk may fetch nothing else."""
    entries = [[place.name, place.kind, counties.get(place.county_code, ""), place.link] for place in places]
    listed = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    (out_dir / INDEX).write_text(f"var searchIndex = {listed};\n", encoding="utf-8")
    kinds = list(dict.fromkeys(place.kind for place in places))
    html = environment().get_template("search.html.j2").render(kinds=kinds, count=len(places), **shared)
    (out_dir / "search.html").write_text(html, encoding="utf-8")
