"""Signed copies of the papers of a release, ``published/signed_papers/<release>/``: the release itself is sealed.

A copy is the paper as it was written, but that its foot says who signed, by which entry of the record. It is taken back with the
signature. The chain holds the hash of each.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from junheng.core import chain
from junheng.core.home import KEPT_FILE, Home, is_staged, stage, staged_name
from publish.papers.papers import FOLDER
from publish.release.release import RESTRICTED
from publish.release.signature import APPROVED, Decision, last_word, said
from publish.words.texts import texts

_FEET = {
    ".docx": (re.compile(r"word/footer\d*\.xml"), re.compile(r"(?s).*")),
    ".xlsx": (re.compile(r"xl/worksheets/sheet\d+\.xml"), re.compile(r"(?s)<headerFooter.*?</headerFooter>")),
}
"""Parts of a container that hold the foot of its pages, and where in them, by the ending of the file."""
_HASH_SHOWN = 12


def copies(home: Home, release_id: str, made: Sequence[Decision]) -> dict[str, bytes]:
    """Signed copies of the papers of a release by path below the home; none unless the last word on it is an approval."""
    standing = last_word(made)
    if standing is None or standing.decision != APPROVED:
        return {}
    foot = str(texts()["papers"]["signed"]).format(
        state=said(standing), number=standing.number, entry=standing.sha256[:_HASH_SHOWN]
    )
    folder, target = home.releases / release_id, home.signed_papers / release_id
    papers = [
        path
        for place in (FOLDER, f"{RESTRICTED}/{FOLDER}")
        for path in sorted((folder / place).rglob("*"))
        if path.suffix in _FEET
    ]
    return {
        (target / path.relative_to(folder)).relative_to(home.path).as_posix(): stamped(
            chain.read_regular(path), path.suffix, foot
        )
        for path in papers
    }


def stamped(paper: bytes, suffix: str, foot: str) -> bytes:
    """A paper with what its foot says of the signature replaced."""
    part, place = _FEET[suffix]
    unsigned = escape(str(texts()["signature"]["unsigned"]))
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(paper)) as read, zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as written:
        for member in read.infolist():
            content = read.read(member)
            if part.fullmatch(member.filename):
                text = place.sub(lambda match: match[0].replace(unsigned, escape(foot)), content.decode())
                content = text.encode()
            written.writestr(member, content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def gone(home: Home, release_id: str, known: chain.Files, papers: Mapping[str, bytes]) -> list[str]:
    """Copies that the chain knows of a release and that are no more."""
    below = (home.signed_papers / release_id).relative_to(home.path).as_posix()
    return [path for path in known if path.startswith(f"{below}/") and path not in papers]


def hashes(papers: Mapping[str, bytes]) -> chain.Files:
    """Hashes of the copies by path below the home."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in papers.items()}


def stage_copies(home: Home, papers: Mapping[str, bytes]) -> list[Path]:
    """Write the copies beside those that are shown; once the chain has their hashes, :func:`show_copies` shows them."""
    return [stage(home.path / path, content, mode=KEPT_FILE) for path, content in papers.items()]


def staged_copies(home: Home, release_id: str) -> list[Path]:
    """Copies that a killed run left beside those that are shown."""
    return [path for path in (home.signed_papers / release_id).rglob(".*") if is_staged(path.name)]


def show_copies(home: Home, staged: Sequence[Path], taken_back: Sequence[str]) -> None:
    """Show copies that were written beside those that are shown, and remove those that were taken back."""
    for path in staged:
        shown = path.with_name(staged_name(path))
        path.replace(shown)
        for place in (*reversed([each for each in shown.parents if each.is_relative_to(home.signed_papers)]), shown):
            home.share(place)
    for below in taken_back:
        (home.path / below).unlink(missing_ok=True)
