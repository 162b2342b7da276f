"""Which release follows which, and what of the chain it was made from. Loads nothing that writes or reads marts."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from junheng.core import chain
from publish.tables.release_manifest import PreviousRelease

MANIFEST = chain.MANIFEST
TEMPORARY = ".tmp-"
"""Begins the name of what is not finished."""
RELEASE = re.compile(r"^r(\d{4,})-[0-9a-f]{12}$")
"""Name of a release folder."""
_NIGHT_FILE = re.compile(r"ledger/nights/([0-9]{1,18})/")


def number(release_id: str) -> int:
    """Place of a release among all, from 1."""
    return int(release_id.partition("-")[0].removeprefix("r"))


def night_digests(files: chain.Files) -> dict[int, str]:
    """SHA-256 over the files of each night, by what the chain says of them."""
    digests: dict[int, Any] = defaultdict(hashlib.sha256)
    for path in sorted(files):
        if night := _NIGHT_FILE.match(path):
            digests[int(night[1])].update(f"{path} {files[path]}\n".encode(errors="surrogatepass"))
    return {night: digest.hexdigest() for night, digest in digests.items()}


def before(known: chain.Known) -> PreviousRelease | None:
    """The release before the next one: its id and the hash of its manifest."""
    manifests = {name: files[MANIFEST] for name, files in known.adopted.items() if MANIFEST in files}
    manifests |= {name: body["manifest_sha256"] for name, body in known.releases.items()}
    manifests = {name: sha256 for name, sha256 in manifests.items() if RELEASE.match(name)}
    if not manifests:
        return None
    last = max(manifests, key=number)
    return PreviousRelease(release_id=last, manifest_sha256=manifests[last])


def holds(known: chain.Known, folder: Path) -> bool:
    """Whether every file of a release is what its manifest says, and the manifest what the chain says, as far as they say it.

    Pages of signatures come after the manifest and are not looked at.
    """
    entered = known.releases.get(folder.name, {}).get("manifest_sha256")
    try:
        if entered not in (None, chain.sha256_of(folder / MANIFEST)):
            return False
        listed = chain.parsed(chain.read_regular(folder / MANIFEST)).get("files", {})
        files = known.adopted.get(folder.name) or chain.files_of(listed)
        return all(chain.sha256_of(folder / name) == sha256 for name, sha256 in files.items())
    except (OSError, ValueError):
        return False


def follows(known: chain.Known, folder: Path) -> bool:
    """Whether a finished release without an entry is the one that comes after the last one of the chain."""
    if folder.name in known.releases or folder.name in known.adopted or not RELEASE.match(folder.name):
        return False
    try:
        previous = chain.parsed(chain.read_regular(folder / MANIFEST)).get("previous")
    except (OSError, ValueError):
        return False
    last = before(known)
    return previous == last and (last is None or number(folder.name) > number(last["release_id"]))
